"""Entries of the inbox in the language of whoever reads them; the journal has them in English."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.inbox import events, markdown
from tasks.inbox.events import LONGEST, STUCK, Event
from tasks.inbox.notices import of_trouble
from tasks.project.paths import Paths
from tasks.text import languages
from tasks.text.sentences import t
from tests.support.languages import speaking, write

SAID = "{n:picture} did not come ({names}): {why}"
WHY = "the disk is full"


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paths]:
    """A workspace, and a language with the sentences that are told here."""
    words = {
        SAID: "画像 {n:枚}が届きませんでした({names}): {why}",
        WHY: "ディスクがいっぱいです",
        "make room": "空けてください",
    }
    write(tmp_path / "locale", "ja", words)
    monkeypatch.setattr(languages, "FOLDER", tmp_path / "locale")
    yield Paths(tmp_path)
    languages.catalogue.cache_clear()


def _trouble() -> Event:
    return of_trouble("CH01-1", t(SAID, n=2, names="0001, 0002", why=t(WHY)), t("make room"))


ENGLISH = "2 pictures did not come (0001, 0002): the disk is full"
JAPANESE = "画像 2 枚が届きませんでした(0001, 0002): ディスクがいっぱいです"


@pytest.mark.parametrize("writer", ["en", "ja"])
def test_each_reads_it_in_their_own_language(writer: str, paths: Paths) -> None:
    """Whoever wrote it: the journal's words are English, the sentence within the sentence is told again too."""
    with speaking(writer):
        events.record(paths, _trouble())
    line = json.loads(events.journal(paths).read_text("utf-8"))
    assert (line["text"], line["do"]) == (ENGLISH, "make room")
    for reader, expected in (("en", ENGLISH), ("ja", JAPANESE)):
        with speaking(reader):
            (entry,) = events.read(paths)
            assert entry.event.text == ENGLISH
            assert entry.event.told().text == expected
            assert f"| {expected} -> " in markdown.body(entry.event)


def test_a_key_is_the_same_in_every_language(paths: Paths) -> None:
    """Two people who see the same happening write one entry."""
    keys = set()
    for language in ("en", "ja"):
        with speaking(language):
            keys.add(_trouble().id)
            events.record(paths, _trouble())
    assert len(keys) == len(events.read(paths)) == 1


def test_no_secret_is_kept_with_its_fields(paths: Paths) -> None:
    """What redaction takes out of the words is not kept beside them."""
    secret = "AIzaSyA1234567890abcdefghijklmnopqrstu"
    events.record(paths, of_trouble("CH01-1", t("{names} refused", names=secret), "look"))
    written = events.journal(paths).read_text("utf-8")
    assert secret not in written and "[redacted] refused" in written


@pytest.mark.parametrize(
    "made", [["{x}", {"y": 1}], ["{x.__class__}", {"x": "y"}], ["{", {"x": 1}], ["{n:picture}"], {"a": 1}, 7, [1, 2]]
)
def test_what_cannot_be_told_again_stays(made: object, paths: Paths) -> None:
    """A journal of another version, or one that somebody mended, is shown with the words that it has."""
    line = {"id": "abcdefgh", "kind": STUCK, "at": "2026-11-29T00:00:00Z", "text": "as it was", "made": {"text": made}}
    paths.inbox.mkdir(parents=True)
    events.journal(paths).write_text(json.dumps(line) + "\n", "utf-8")
    with speaking("ja"):
        (entry,) = events.read(paths)
        assert entry.event.told().text in ("as it was", "<class 'str'>")


def test_told_again_it_is_one_line_of_bounded_length(paths: Paths) -> None:
    """As its English is."""
    long = "語" * 600
    events.record(paths, of_trouble("CH01-1", t(SAID, n=2, names=long, why="a\nb"), "look"))
    with speaking("ja"):
        (entry,) = events.read(paths)
        assert len(entry.event.told().text) <= LONGEST and entry.event.told().text.endswith("…")
