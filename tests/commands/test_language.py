"""A person's language: what they read is in it, what programs read is the same in every language."""

import json
import re
from pathlib import Path

import pytest

from tests.support.studio import Studio, story

JAPANESE = "ja"
KANA = re.compile("[ぁ-ヿ]")
PROMPTS = re.compile("|".join(map(re.escape, story(5).values())))


@pytest.fixture
def eventful(studio: Studio) -> Studio:
    """Runs of someone who reads Japanese: a refusal, an answer without a picture, a provider that is not there."""
    assert studio.emulator
    studio.prompts(story(5))
    for fault, key in (("blocked_prompt", "0002"), ("no_image", "0003")):
        studio.emulator.fault(fault, match=f"{key}-", times=1)
    said = studio.visual(expect=1, KAMISHIBAI_LANG=JAPANESE)
    assert "提供元はこの内容を禁止しています" in said and "画像 2 枚が届きませんでした" in said
    studio.prompts(story(2), "CH01-002")
    studio.visual(
        "RUN=002", "SLOT=i-1", expect=1, KAMISHIBAI_LANG=JAPANESE, GOOGLE_GEMINI_BASE_URL="http://127.0.0.1:9"
    )
    return studio


def _files(studio: Studio) -> list[Path]:
    found = (path for path in (studio.folder / "workspaces").rglob("*") if path.is_file())
    return [path for path in found if path.suffix in (".json", ".jsonl", ".csv") and path.name != "prompts.json"]


def test_files_are_in_english(eventful: Studio) -> None:
    """Reasons, notes and states in results, manifests, records and the inbox's journal: others read them too."""
    files = _files(eventful)
    assert {"results.jsonl", "manifest.json", "usage.csv", "events.jsonl"} <= {path.name for path in files}
    left = {path.name: line for path in files for line in _lines(path) if KANA.search(PROMPTS.sub("", line))}
    assert left == {}


def _lines(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    return (
        [json.dumps(json.loads(line), ensure_ascii=False) for line in text.splitlines()]
        if path.suffix == ".jsonl"
        else [text]
    )


@pytest.mark.parametrize(
    "words", [("status",), ("plan", "CH=CH01"), ("report",), ("inbox",)], ids=lambda words: words[0]
)
def test_programs_read_the_same_in_every_language(words: tuple[str, ...], eventful: Studio) -> None:
    """FORMAT=json and the exit status."""
    english = eventful.doit(*words, "FORMAT=json")
    japanese = eventful.doit(*words, "FORMAT=json", KAMISHIBAI_LANG=JAPANESE)
    assert (english.returncode, _fixed(english.stdout)) == (japanese.returncode, _fixed(japanese.stdout))


def _fixed(printed: str) -> object:
    data = json.loads(printed)
    return {name: value for name, value in data.items() if name != "at"} if isinstance(data, dict) else data


def test_each_reads_the_inbox_in_their_own_language(eventful: Studio) -> None:
    """Entries that a Japanese command wrote are English to who reads English; nobody gets an entry twice."""
    english, japanese = eventful.ask("inbox"), eventful.ask("inbox", KAMISHIBAI_LANG=JAPANESE)
    assert "The provider forbids this content." in english and not KANA.search(english)
    assert "提供元はこの内容を禁止しています。" in japanese
    keys = {line for line in english.split() if re.fullmatch("[a-z2-7]{8}", line)}
    eventful.visual("RUN=002", "SLOT=i-1", expect=1, GOOGLE_GEMINI_BASE_URL="http://127.0.0.1:9")
    again = eventful.ask("inbox")
    assert keys == {line for line in again.split() if re.fullmatch("[a-z2-7]{8}", line)}


def test_pages_are_drawn_anew_in_the_language_of_who_asks(eventful: Studio) -> None:
    """doit gallery; a picture that did not come says why in that language."""
    page = eventful.run() / "gallery.html"
    assert '<html lang="ja">' in page.read_text("utf-8") and "提供元はこの内容を禁止しています。" in page.read_text(
        "utf-8"
    )
    eventful.ask("gallery", "CH=CH01")
    assert '<html lang="en">' in page.read_text("utf-8") and "The provider forbids this content." in page.read_text(
        "utf-8"
    )


def test_errors_speak_it_too(studio: Studio) -> None:
    """What is wrong with a file or a command line, with the command to copy as it is."""
    studio.run().mkdir(parents=True)
    (studio.run() / "prompts.json").write_text('{"prompts": [{"id": "0001", "prompt": "", "zz": 1}]}', "utf-8")
    said = studio.ask("validate", expect=3, KAMISHIBAI_LANG=JAPANESE)
    assert "知らないキー" in said and "空でない文字列" in said
    assert "doit plan CH=CH01" in studio.ask("plan", expect=3, KAMISHIBAI_LANG=JAPANESE)
    assert "知らない変数 SLOTT=" in studio.ask("plan", "SLOTT=1", expect=3, KAMISHIBAI_LANG=JAPANESE)
