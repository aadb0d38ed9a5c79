"""Which language a person reads, and sentences said in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.text import languages
from tasks.text.errors import BadInput
from tasks.text.sentences import english, t
from tests.support import environment
from tests.support.languages import write

COUNTING = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2);"


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder of catalogues of our own, and no language asked for."""
    for name in (languages.VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    languages.catalogue.cache_clear()
    yield tmp_path
    languages.catalogue.cache_clear()


def say(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    environment.use(monkeypatch, variables)
    languages.catalogue.cache_clear()
    return languages.tag()


def test_the_variable_decides_then_the_locale(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KAMISHIBAI_LANG before LC_ALL before LC_MESSAGES before LANG; an encoding and a country behind it do no harm."""
    write(spoken, "ja", {})
    assert languages.tag() == "en"
    assert say(monkeypatch, LANG="ja_JP.UTF-8") == "ja"
    assert say(monkeypatch, LC_MESSAGES="en_US.UTF-8") == "en"
    assert say(monkeypatch, LC_ALL="ja") == "ja"
    assert say(monkeypatch, LC_ALL="C") == "en"
    assert say(monkeypatch, KAMISHIBAI_LANG="ja") == "ja"


@pytest.mark.parametrize("asked", ["en", "en_GB", "C.UTF-8", "POSIX", "tlh", "../ja", "", "  "])
def test_what_nobody_has_written_is_english(asked: str, spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown language is no mistake: the person's locale may name any."""
    assert say(monkeypatch, KAMISHIBAI_LANG=asked) == "en"
    assert t("{n:picture}", n=2) == "2 pictures"


def test_a_damaged_catalogue_is_english(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command fails for its words."""
    write(spoken, "ja", {})
    (spoken / "ja" / "LC_MESSAGES" / "kamishibai.mo").write_bytes(b"no catalogue")
    assert say(monkeypatch, KAMISHIBAI_LANG="ja") == "en"


def test_windows_calls_its_locales_otherwise(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Japanese_Japan" is Japanese, "English_United States" English."""
    write(spoken, "ja", {})
    for name, expected in (("Japanese_Japan", "ja"), ("English_United States", "en"), (None, "en")):
        monkeypatch.setattr(languages, "_windows", lambda: True)
        monkeypatch.setattr("locale.getlocale", lambda name=name: (name, "932"))
        assert say(monkeypatch) == expected


def test_another_language_is_one_file(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sentences put fields in an order of their own and count in forms of their own; errors speak it too."""
    write(spoken, "xx", {"{n:picture} in {run}": "{run}: {n:one|few|many}", "write {file}": "{file}, please"}, COUNTING)
    assert say(monkeypatch, KAMISHIBAI_LANG="xx") == "xx"
    said = [t("{n:picture} in {run}", n=number, run="CH01-1") for number in (1, 3, 11, 1000)]
    assert said == ["CH01-1: 1 one", "CH01-1: 3 few", "CH01-1: 11 many", "CH01-1: 1,000 many"]
    assert BadInput("{file} is empty", "write {file}", file="a.json").do == "a.json, please"


def test_a_language_without_plurals_counts_with_its_counter(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One form, which may be a single letter."""
    write(spoken, "ja", {"{n:picture}": "画像 {n:枚}", "{n:,} left": "残り {n:,}"})
    say(monkeypatch, KAMISHIBAI_LANG="ja")
    assert [t("{n:picture}", n=number) for number in (0, 1, 1000)] == ["画像 0 枚", "画像 1 枚", "画像 1,000 枚"]
    assert t("{n:,} left", n=2000) == "残り 2,000"


def test_files_have_english(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence knows its English, sentences within it too; text of others, also in braces, stays."""
    write(spoken, "ja", {"{place}: {what}": "{place}は{what}", "is empty": "空です"})
    say(monkeypatch, KAMISHIBAI_LANG="ja")
    sentence = t("{place}: {what}", place="a.json", what=t("is empty"))
    assert (sentence, english(sentence)) == ("a.jsonは空です", "a.json: is empty")
    assert english("{what}") == t("{what}", what="{what}") == "{what}"


def test_a_sentence_is_said_once(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What t gave may go through it again, also with fields of another sentence."""
    write(spoken, "ja", {"{a}": "「{a}」", "「x」": "wrong"})
    say(monkeypatch, KAMISHIBAI_LANG="ja")
    assert t(t("{a}", a="x"), b="y") == "「x」"


def test_nothing_said_is_nothing(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The header of a catalogue, filed under no words, is never shown."""
    write(spoken, "ja", {})
    say(monkeypatch, KAMISHIBAI_LANG="ja")
    assert t("") == ""


def test_english_needs_no_catalogue(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a look at the disk nor the module that reads catalogues."""
    say(monkeypatch, LANG="en_US.UTF-8")
    monkeypatch.setattr("gettext.translation", None)
    assert t("{n:picture}", n=1) == "1 picture"
    assert languages.tag() == "en"


def test_the_tests_speak_english() -> None:
    """Whatever the locale of the machine."""
    assert os.environ[languages.VARIABLE] == "en"
