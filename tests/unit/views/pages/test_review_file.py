"""review.json: what a person said of each picture."""

import json
import threading
from pathlib import Path

import pytest

from tasks.text.errors import BadInput
from tasks.views.pages import review_file
from tasks.views.pages.review_file import Verdict, decode, encode, merged, read, save

GOOD = Verdict("OK", "", "2026-11-23T08:15:00Z", "a" * 64)
BAD = Verdict("NG", "手が六本", "2026-11-23T08:16:00Z", "b" * 64)


def test_nothing_said_yet(tmp_path: Path) -> None:
    """A place without the file has no verdicts."""
    assert read(tmp_path) == {}


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    """Notes in Japanese come back; another save keeps what is there; taking back removes one."""
    save(tmp_path, tmp_path / ".locks" / "a.lock", "0003", BAD)
    save(tmp_path, tmp_path / ".locks" / "a.lock", "0001", GOOD)
    assert read(tmp_path) == {"0001": GOOD, "0003": BAD}
    assert "手が六本" in (tmp_path / "review.json").read_text("utf-8")
    save(tmp_path, tmp_path / ".locks" / "a.lock", "0003", None)
    assert read(tmp_path) == {"0001": GOOD}
    assert not list(tmp_path.glob(".*.part"))


def test_the_same_verdicts_give_the_same_bytes() -> None:
    """In whatever order they were given."""
    assert encode({"0002": BAD, "0001": GOOD}) == encode({"0001": GOOD, "0002": BAD})
    assert decode(json.loads(encode({"0001": GOOD}))) == {"0001": GOOD}
    assert merged({"0001": GOOD}, "0001", BAD) == {"0001": BAD}


def test_a_verdict_is_about_one_picture() -> None:
    """Made again, a picture has no verdict yet."""
    assert BAD.about("b" * 64)
    assert not BAD.about("c" * 64)
    assert not BAD.about(None)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"version": 2, "verdicts": {}}',
        '{"version": 1, "verdicts": {"../x": {"verdict": "OK", "note": "", "at": "2026-11-23T08:15:00Z", "sha256": "'
        + "a" * 64
        + '"}}}',
        '{"version": 1, "verdicts": {"1": {"verdict": "meh", "note": "", "at": "2026-11-23T08:15:00Z", "sha256": "'
        + "a" * 64
        + '"}}}',
    ],
)
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    """Nothing is saved over a file that cannot be read: its verdicts could be lost."""
    (tmp_path / "review.json").write_text(text)
    with pytest.raises(BadInput, match=r"review\.json"):
        save(tmp_path, tmp_path / "a.lock", "0001", GOOD)
    assert (tmp_path / "review.json").read_text() == text


def test_many_tabs_at_once_lose_nothing(tmp_path: Path) -> None:
    """Eight writers, ten verdicts each: all eighty are there."""

    def write(tab: int) -> None:
        for number in range(10):
            save(tmp_path, tmp_path / "a.lock", f"{tab}-{number}", GOOD)

    tabs = [threading.Thread(target=write, args=(tab,)) for tab in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(review_file.read(tmp_path)) == 80
