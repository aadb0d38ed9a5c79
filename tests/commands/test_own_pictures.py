"""Pictures that people put into images/: touched up, or in place of one that never came. They end the matter."""

import json
from pathlib import Path

import pytest

from tasks.emulator.placeholder.painter import paint
from tests.support.studio import Studio, story


def own(studio: Studio, name: str, run: str = "CH01-001") -> Path:
    """A person's picture at the place of that prompt."""
    path = studio.run(run) / "images" / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(paint("自分で描いた", 640, 360, "image/png", name))
    return path


def status(studio: Studio) -> dict[str, object]:
    return dict(json.loads(studio.ask("status", "FORMAT=json"))["runs"])


@pytest.fixture
def refused(studio: Studio) -> Studio:
    """Three prompts; the second was refused."""
    assert studio.emulator
    studio.emulator.fault("safety", match="0002")
    studio.prompts(story(3))
    studio.visual(expect=1)
    return studio


def test_a_picture_touched_up_in_place_leaves_nothing_to_do(studio: Studio) -> None:
    """Edited in another program, or half of it lost: the first is there for every command, the second is not."""
    studio.prompts(story(2))
    studio.visual()
    path = own(studio, "0002")
    assert status(studio) == {"total": 1, "pictures": 2, "failed": 0, "finished": 1, "to_do": []}
    assert "nothing left to do" in studio.ask("status")
    studio.visual()
    before = studio.snapshot()
    assert "2 of 2 pictures" in studio.visual()
    assert studio.snapshot() == before
    path.write_bytes(path.read_bytes()[:-20])
    assert status(studio)["to_do"] == ["CH01-001"]


def test_a_persons_picture_in_place_of_a_refused_one_ends_the_matter(refused: Studio) -> None:
    """Status, plan, exit status, inbox and gallery say so; nothing is sent, moved or bought, also with RETRY=."""
    assert "1 open" in refused.ask("inbox")
    data = own(refused, "0002").read_bytes()
    assert status(refused) == {"total": 1, "pictures": 3, "failed": 0, "finished": 1, "to_do": []}
    [row] = json.loads(refused.ask("plan", "CH=CH01", "FORMAT=json"))["rows"]
    assert (row["present"], row["held"], row["missing"]) == (3, 0, 0)
    assert "nothing open" in refused.ask("inbox")
    for words in ((), ("RETRY=refused",)):
        assert "3 of 3 pictures, 1 of them yours (0002)" in refused.visual(*words)
    page = (refused.run() / "gallery.html").read_text()
    assert "a picture of yours" in page and 'href="images/0002.png"' in page
    assert page.count('class="card there"') == 3 and "SAFETY" not in page
    assert (refused.run() / "images" / "0002.png").read_bytes() == data
    assert not (refused.run() / "images" / "_kept").exists() and refused.jobs_created == 1


def test_visual_itself_closes_the_entry(refused: Studio) -> None:
    """The next command that looks at the run ticks the entry in pm_inbox.md."""
    own(refused, "0002")
    refused.visual()
    inbox = (refused.folder / "workspaces" / "inbox" / "pm_inbox.md").read_text()
    assert inbox.count("- [x]") == 1 and "- [ ]" not in inbox


def test_what_is_no_picture_ends_nothing(refused: Studio) -> None:
    """A file that no program opens, a text, a folder: the prompt stays refused and nothing is touched."""
    path = own(refused, "0002")
    for data in (b"", b"hello", path.read_bytes()[:500]):
        path.write_bytes(data)
        assert "RETRY=refused" in refused.visual(expect=1)
        assert status(refused)["failed"] == 1 and path.read_bytes() == data
    path.unlink()
    path.mkdir()
    assert "images/0002.png: is a folder" in refused.visual(expect=3) and refused.jobs_created == 1


@pytest.mark.parametrize("fault", [("no_image", None), ("request_error", 3)])
def test_every_kind_of_failure_is_ended(studio: Studio, fault: tuple[str, object]) -> None:
    """Also one that would be sent again by itself: the person has a picture there now."""
    assert studio.emulator
    studio.emulator.fault(fault[0], value=fault[1], match="0001")
    studio.prompts(story(1))
    studio.visual(expect=1)
    own(studio, "0001")
    studio.visual()
    assert studio.jobs_created == 1 and "nothing open" in studio.ask("inbox")


def test_a_retake_puts_it_aside(refused: Studio) -> None:
    """Ordered on purpose, another picture is bought, and that of the person lies in _kept."""
    data = own(refused, "0002").read_bytes()
    assert refused.emulator
    refused.ask("retake", "CH=CH01", "RUN=001", "IDS=2", expect=1)
    assert refused.jobs_created == 2
    refused.emulator.clear_faults()
    refused.ask("retake", "CH=CH01", "RUN=001", "IDS=2", "RETRY=refused")
    assert [path.read_bytes() for path in (refused.run() / "images" / "_kept").iterdir()] == [data]


def test_an_older_picture_touched_up_does_not_hide_a_refusal(studio: Studio) -> None:
    """The prompt was changed after the touching up, and the new one is refused: that is said."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.visual()
    own(studio, "0001")
    studio.emulator.fault("safety", match="0001")
    studio.emulator.advance(10_000_000)
    studio.prompts({"0001": "書き直した場面"})
    studio.visual(expect=1)
    studio.visual(expect=1)
    studio.emulator.set_clock("2026-11-23T00:00:00Z")
