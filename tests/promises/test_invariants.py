"""The invariants of the campaigns: silent about a project that is right, and each damage is noticed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.campaign import books
from tests.campaign.invariants import Allowed, violations
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story


def found(studio: Studio, allowed: Allowed, **wanted: list[str]) -> list[str]:
    assert studio.emulator
    return violations(studio.folder, books.read(studio.emulator), allowed, wanted or {"CH01-001": ["0001", "0002"]})


def two(studio: Studio) -> Studio:
    """A run of two pictures, one of each lane."""
    entries = [{"id": "0001", "prompt": "桜"}, {"id": "0002", "prompt": "海", "slot": "f-1"}]
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    studio.visual()
    return studio


def test_a_project_of_every_kind_keeps_them(studio: Studio, emulator: EmulatorProcess) -> None:
    """Both lanes, a Kontext picture, a thumbnail, a retake, a comparison and a refused prompt: nothing to complain."""
    emulator.fault("safety", value="IMAGE_SAFETY", match="0004")
    studio.prompts(story(2) | {"0004": "その4"})
    studio.visual(expect=1)
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=2", "SLOT=f-3", expect=1)
    template = {"id": "bold", "name": "太字", "prompt_template": "{{thumbnail_prompt}}", "image_model_key": "i-2"}
    templates = {"channels": {"CH01": {"templates": [template], "default_template_id": "bold"}}}
    studio.write("workspaces/thumbnails/templates.json", templates)
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [{"episode": 1, "thumbnail_prompt": "峠"}]})
    studio.ask("thumbnails", "CH=CH01")
    studio.ask("compare", "NAME=duel", "SLOTS=g-1,f-1", "CH=CH01", "RUN=001", "IDS=1")
    wanted = {"CH01-001": ["0001", "0002"], "CH01-thumbnails": ["1-bold"], "compare-duel-f-1": ["0001"]}
    assert found(studio, Allowed(billed=(6, 6), jobs=(1, 1)), **wanted) == []


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def _without_last_row(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _bitten(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "is not what its result line says": lambda run: _bitten(run / "images" / "0001.png"),
    "is not there": lambda run: (run / "images" / "0002.png").unlink(),
    "nobody knows": lambda run: (run / "images" / "0009.png").write_bytes(b"x"),
    "left behind": lambda run: (run / ".results.jsonl.part").write_bytes(b"x"),
    "result lines, 1 usage rows": lambda run: _without_last_row(run / "usage.csv"),
    "is still submitted": lambda run: _change(run / "_gemini_batch" / "manifest.json", '"collected"', '"submitted"'),
    "no manifest knows": lambda run: _change(run / "_gemini_batch" / "manifest.json", '"batches/', '"batches/x'),
    "not in the store": lambda run: next((run.parents[2] / ".store").glob("??/*.json")).unlink(),
    "without a record": lambda run: (run.parents[2] / ".store" / "ab" / "x.png").write_bytes(b"x"),
    "is not what its record says": lambda run: _bitten(next((run.parents[2] / ".store").glob("??/*.jpg"))),
    "does not say $": lambda run: _change(run / "gallery.html", "Cost <b>$", "Cost <b>"),
    "was paid, and the provider did not book it": lambda run: _change(
        run / "results.jsonl", '"image":1120', '"image":1121'
    ),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, books.Books]:
    """A project that is right, and the provider's books of it."""
    folder = tmp_path_factory.mktemp("whole")
    with EmulatorProcess(folder / "emulator", "--job-seconds", "0", shrunk=4) as emulator:
        studio = two(Studio(folder / "project", emulator))
        said = books.read(emulator)
        assert violations(studio.folder, said, Allowed((2, 2), (1, 1)), {"CH01-001": ["0001", "0002"]}) == []
        return studio.folder, said


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_noticed(whole: tuple[Path, books.Books], what: str, tmp_path: Path) -> None:
    """One file of a finished project changed, added or removed: the list says so."""
    folder = shutil.copytree(whole[0], tmp_path / "project")
    (folder / "workspaces" / ".store" / "ab").mkdir(exist_ok=True)
    DAMAGE[what](folder / "workspaces" / "video" / "runs" / "CH01-001")
    said = violations(folder, whole[1], Allowed((2, 2), (1, 1)), {"CH01-001": ["0001", "0002"]})
    assert any(what in each for each in said), said


def test_paying_twice_is_noticed(whole: tuple[Path, books.Books]) -> None:
    """One more booked answer than rows, or than allowed, is a violation; so are a job nobody knows, a lost picture."""
    folder, said = whole
    more = books.Books([*said.billed, said.billed[0]], said.jobs | {"batches/other"}, said.sent, frozenset("0"))
    told = violations(folder, more, Allowed((2, 2), (1, 1)))
    for what in (
        "3 requests were billed",
        "billed 2 times",
        "no manifest knows",
        "no measured row",
        "sent at once and are not in the store",
    ):
        assert any(what in each for each in told), (what, told)
