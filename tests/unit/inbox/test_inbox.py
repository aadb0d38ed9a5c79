"""The inbox: each happening once, a person's ticks and lines kept, no secret in any of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.files import atomic
from tasks.inbox import events, inbox, markdown
from tasks.inbox.events import FAILED, Event, InboxEntry
from tasks.project.paths import Paths
from tests.support.emulator_process import ROOT


@pytest.fixture
def places(tmp_path: Path) -> Paths:
    return Paths(tmp_path)


def event(number: int, text: str = "混雑", **more: str) -> Event:
    return Event(FAILED, f"CH01-251 {number:04d}", text, "doit visual", at=f"2026-11-2{number % 4}T01:00:00Z", **more)


def test_the_same_happening_is_one_event(places: Paths) -> None:
    """Recorded twice, one event; another attempt is another one; its key does not depend on the time."""
    first = events.record(places, [event(1, detail="k 1")], "2026-11-23T00:00:00Z")
    assert events.record(places, event(1, "other words", detail="k 1")) == []
    assert len(events.record(places, event(1, detail="k 2"))) == 1
    assert len(events.read(places)) == 2 and first[0].id == event(1, detail="k 1").id


@pytest.mark.parametrize("cut", [1, 30, 10_000])
def test_a_writer_killed_inside_a_line_loses_no_earlier_event(places: Paths, cut: int) -> None:
    """A torn last line is passed over by readers and mended by the next writer; a whole one without end is kept."""
    events.record(places, [event(1), event(2)])
    path = events.journal(places)
    whole = path.read_bytes()
    path.write_bytes(whole + whole.split(b"\n")[1].replace(b"0002", b"0003")[:cut])
    assert len(events.read(places)) >= 2
    events.record(places, [event(4)])
    assert all(json.loads(line) for line in path.read_bytes().splitlines())
    assert {entry.event.subject[-1] for entry in events.read(places)} >= {"1", "2", "4"}


def test_many_writers_at_once(places: Paths) -> None:
    """Four processes record fifty events each, some the same: every one is there once, and so it is in the digest."""
    program = (
        "import sys; from pathlib import Path\n"
        "from tasks.inbox import events, inbox; from tasks.project.paths import Paths\n"
        "places, start = Paths(Path(sys.argv[1])), int(sys.argv[2])\n"
        "for n in range(start, start + 50):\n"
        " events.record(places, events.Event('failed', f'CH01-1 {n}', '混雑', '')); inbox.refresh(places)\n"
    )
    command = [sys.executable, "-c", program, str(places.root)]
    writers = [subprocess.Popen([*command, str(start)], cwd=ROOT) for start in (0, 25, 100, 150)]
    assert [writer.wait(120) for writer in writers] == [0] * 4
    keys = [entry.event.id for entry in events.read(places)]
    assert len(keys) == 175
    text = inbox.path(places).read_text()
    assert all(text.count(f"key={key}") == 1 for key in keys)


def test_the_form_of_the_digest(places: Paths) -> None:
    """One line per event in the agreed form, days newest first."""
    events.record(places, [event(1), event(2)])
    inbox.refresh(places)
    text = inbox.path(places).read_text()
    line = f"- [ ] 2026-11-22T01:00:00Z key={event(2).id} kind=failed CH01-251 0002 | 混雑 -> doit visual\n"
    assert line in text and text.index("## 2026-11-22") < text.index("## 2026-11-21")


@pytest.mark.parametrize("box", ["- [x]", "- [X]", "-［ｘ］", "* [✓]", "  - [済]"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_persons_ticks_and_lines_survive(places: Paths, box: str, newline: str) -> None:
    """Ticks in any editor's fashion, re-ordered lines, notes between and behind, other line ends: all stay."""
    events.record(places, [event(1), event(5)])
    inbox.refresh(places)
    target = inbox.path(places)
    one, five = [line for line in target.read_text().split("\n") if "key=" in line]
    mine = ["田中のメモ: 監督に確認", five + "  ← 様子見", "- [ ] 自分の用事", one.replace("- [ ]", box), "おわり", ""]
    target.write_bytes(newline.join(mine).encode())
    events.record(places, [event(2)])
    done = {entry.event.id for entry in inbox.refresh(places) if entry.done}
    after = target.read_bytes().decode().split(newline)
    assert [line for line in after if line in mine and line] == mine[:-1]
    assert done == {event(1).id} and sum("key=" in line for line in after) == 3


def test_what_was_ticked_and_removed_stays_gone(places: Paths) -> None:
    """A person may tidy ticked lines away; a line that was not ticked comes back; an emptied file as well."""
    events.record(places, [event(1), event(2)])
    inbox.done(places, [event(1).id])
    inbox.path(places).unlink()
    inbox.refresh(places)
    text = inbox.path(places).read_text()
    assert event(1).id not in text and event(2).id in text


def test_a_person_saves_at_the_same_moment(places: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save between our reading and our writing is read again and merged, not overwritten."""
    events.record(places, [event(1)])
    inbox.refresh(places)
    target, merge, saves = inbox.path(places), markdown.merge, ["まだ", ""]

    def slow(text: str, entries: list[InboxEntry], tick: object = ()) -> markdown.Merged:
        if saves.pop(0) if saves else "":
            target.write_text("人のメモ\n" + target.read_text().replace("[ ]", "[x]"))
        return merge(text, entries, tick)  # type: ignore[arg-type]

    monkeypatch.setattr(markdown, "merge", slow)
    events.record(places, [event(2)])
    inbox.refresh(places)
    text = target.read_text()
    assert text.startswith("人のメモ\n") and "- [x]" in text and event(2).id in text


@given(st.text(max_size=200), st.integers(0, 4))
def test_no_line_of_a_person_is_ever_lost(text: str, count: int) -> None:
    """Whatever stands in the file, every line of it stands there afterwards, and a second merge changes nothing."""
    entries = [InboxEntry(event(number)) for number in range(count)]
    merged = markdown.merge(text, entries).text
    rest = iter(merged.split("\n"))
    assert all(line in rest for line in text.rstrip("\n").split("\n") if line.strip())
    assert markdown.merge(merged, entries).text == merged


def test_bytes_that_are_no_utf8_stay(places: Paths) -> None:
    """A file saved in another encoding keeps its bytes."""
    note = "メモ".encode("shift_jis")
    atomic.write(inbox.path(places), note + b"\n")
    events.record(places, [event(1)])
    inbox.refresh(places)
    assert inbox.path(places).read_bytes().startswith(note + b"\n")
