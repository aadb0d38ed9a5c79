"""The pictures of a run as its folder, its results and the store have them together."""

import hashlib
from pathlib import Path

from tasks.pictures.store import Store
from tasks.project.run_paths import RunPaths
from tasks.requests.request import PromptSpec, requests
from tasks.requests.takes import first
from tasks.runs.found_pictures import FoundPictures
from tasks.runs.manifest import Manifest
from tasks.runs.results import Result
from tasks.runs.run import Run
from tests.support import facts


def _run(folder: Path, history: list[Result]) -> Run:
    paths = RunPaths(folder / "CH01-001")
    paths.images.mkdir(parents=True)
    store = Store(folder / ".store")
    run = Run(paths, None, None, [], Manifest("CH01-001", ()), history, store)  # type: ignore[arg-type]
    run.__dict__["_found"] = FoundPictures(0, tuple)
    return run


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _made(prompt_id: str, suffix: str, data: bytes, folder: str = "images") -> Result:
    digest = f"{int(prompt_id):02x}" * 32
    image = f"{folder}/{prompt_id}.{suffix}"
    sizes = {"image_bytes": len(data), "image_sha256": _sha256(data), "source_sha256": _sha256(b"as it came")}
    return facts.line(prompt_id, digest, image=image, **sizes)


def test_what_is_cleared_away_when_another_format_took_its_place(tmp_path: Path) -> None:
    """Only what is ours and comes back from the store for nothing; the rest is kept aside, and how many is told."""
    names = ("0001", "0002", "0003", "0004")
    history = [_made(name, suffix, f"{name} {suffix}".encode()) for suffix in ("png", "jpg") for name in names]
    once, moved = _made("0000", "png", b"0000 png"), _made("0005", "jpg", b"0005 jpg", "archive")
    run = _run(tmp_path, [once, moved, *history, _made("0005", "png", b"0005 png")])
    (run.paths.folder / "archive").mkdir()
    for line in run.history:
        run.paths.at(line.picture).write_bytes(f"{line.prompt_id} {line.picture[-3:]}".encode())
    for line in history[:3]:
        facts.keep(run.store, facts.origin(line.key, line.digest), b"as it came")
    (run.paths.images / "0001.png").write_bytes(b"painted over")
    (run.paths.images / "0003.jpg").unlink()  # it did not come to lie there yet: the png is the picture
    assert run.images.clear_former() == 2  # the one painted over, and the one that the store does not have
    kept = {path.name.partition(".")[0]: path.read_bytes() for path in (run.paths.images / "_kept").iterdir()}
    assert kept == {"0001": b"painted over", "0004": b"0004 png"}
    there = sorted(path.name for path in run.paths.images.glob("*.*"))
    assert there == ["0000.png", "0001.jpg", "0002.jpg", "0003.png", "0004.jpg", "0005.png"]
    assert run.paths.at(moved.picture).exists()
    assert run.images.clear_former() == 0


def test_a_picture_of_a_former_text_is_kept_as_the_first_take(tmp_path: Path) -> None:
    """Nobody ordered it, and so no take has its number; the numbers of the others stay theirs."""
    made = _made("0001", "png", b"as it was")
    run = _run(tmp_path, [made])
    [wanted] = requests([PromptSpec("0001", "山", facts.choice())])
    run.takes = {"0001": first("e" * 64).with_order(None, [wanted.digest], 1, "2026-11-23T00:00:00Z")}
    run.numbers = {wanted.digest: 2}
    run.paths.at(made.picture).write_bytes(b"as it was")
    run.images.set_aside(wanted)
    assert (run.paths.images / "_takes" / "0001" / "1.png").read_bytes() == b"as it was"
