"""The derived index: what folders have on their way and have cost, believed only while their files are the same."""

import os
from pathlib import Path

from tasks.project.paths import Paths
from tasks.runs import manifest, results
from tasks.runs.index import Index
from tasks.runs.index_entry import Seen, mark, sizes
from tasks.runs.manifest import Manifest, State
from tests.support import facts

RUN = "video/runs/CH01-001"


def _folder(root: Path, name: str = RUN) -> Path:
    folder = root / "workspaces" / name
    (folder / "_gemini_batch").mkdir(parents=True)
    return folder


def _keep(folder: Path, state: State, run: str = "any") -> None:
    made = facts.submission(state=state, job="batches/j1")
    manifest.save(folder / "_gemini_batch" / "manifest.json", Manifest(run, (made,)))


def _digest() -> str:
    return facts.submission().requests[0].digest


def _places(root: Path, besides: str = "video/runs/CH09-001") -> list[str]:
    paths = Paths(root)
    index = Index(paths)
    index.look()
    index.save()
    return [
        place.relative_to(paths.workspaces).as_posix() for place in index.coming(_digest(), paths.workspaces / besides)
    ]


def test_an_open_submission_is_found_by_its_digests_from_everywhere_else(tmp_path: Path) -> None:
    """Runs, thumbnails and comparisons say what they have on its way; nobody is told of what is its own or settled."""
    for name in (RUN, "thumbnails/CH02", "compare/duel/g-1"):
        _keep(_folder(tmp_path, name), State.SUBMITTED)
    assert _places(tmp_path) == ["compare/duel/g-1", "thumbnails/CH02", RUN]
    assert _places(tmp_path, RUN) == ["compare/duel/g-1", "thumbnails/CH02"]
    _keep(tmp_path / "workspaces" / RUN, State.COLLECTED)
    assert RUN not in _places(tmp_path)


def test_an_intent_counts_only_while_its_command_is_at_work(tmp_path: Path) -> None:
    """A dead command's intent sent nothing and promises nothing."""
    _keep(_folder(tmp_path), State.INTENT)
    assert _places(tmp_path) == []


def test_files_that_are_the_same_are_not_read_again(tmp_path: Path) -> None:
    """A second look, also by another process, opens neither manifest nor results whose stat is the same."""
    folder = _folder(tmp_path)
    _keep(folder, State.SUBMITTED)
    results.save(folder / "results.jsonl", [facts.line()])
    assert _places(tmp_path) == [RUN]
    for name in ("_gemini_batch/manifest.json", "results.jsonl"):
        path = folder / name
        about = path.stat()
        with path.open("r+b") as stream:
            stream.write(b"#" * about.st_size)
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert _places(tmp_path) == [RUN]


def test_what_was_on_its_way_stays_so_when_the_manifest_cannot_be_read(tmp_path: Path) -> None:
    """A manifest cut in half: what it had on its way when it could be read is the best that anybody knows."""
    folder = _folder(tmp_path)
    _keep(folder, State.SUBMITTED)
    assert _places(tmp_path) == [RUN]
    path = folder / "_gemini_batch" / "manifest.json"
    path.write_bytes(path.read_bytes()[:200])
    assert _places(tmp_path) == [RUN]
    index = Index(Paths(tmp_path))
    entry = index.entries()[RUN]
    assert entry.trouble and entry.coming


def test_the_same_index_is_not_written_again(tmp_path: Path) -> None:
    """Where nothing changed the file keeps its time stamp; a folder that is gone is forgotten."""
    folder = _folder(tmp_path)
    _keep(folder, State.SUBMITTED)
    _places(tmp_path)
    index = tmp_path / "workspaces" / ".index.json"
    before = index.stat().st_mtime_ns
    _places(tmp_path)
    assert index.stat().st_mtime_ns == before
    folder.rename(tmp_path / "elsewhere")
    assert _places(tmp_path) == []
    assert b"CH01-001" not in index.read_bytes()


def test_what_is_spent_is_summed_by_day_without_what_is_on_its_way(tmp_path: Path) -> None:
    """Lines of settled submissions count on the day of their intent; of an open one its estimate counts."""
    folder = _folder(tmp_path)
    _keep(folder, State.COLLECTED)
    results.save(folder / "results.jsonl", [facts.line("0001", cost_usd=0.1), facts.line("0002", cost_usd=0.2)])
    entry = Index(Paths(tmp_path)).entries()[RUN]
    assert list(entry.spent.values()) == [0.1 + 0.2] and entry.coming == ()
    _keep(folder, State.FINISHED)
    entry = Index(Paths(tmp_path)).entries()[RUN]
    assert entry.spent == {} and [each.estimate_usd for each in entry.coming] == [facts.submission().estimate_usd]


def test_a_copied_folder_keeps_nobody_waiting(tmp_path: Path) -> None:
    """A copy tells of the job of the folder it was copied from: only that one is waited for; without it, the copy."""
    original, copy = _folder(tmp_path), _folder(tmp_path, f"{RUN}_copy")
    for folder in (original, copy):
        _keep(folder, State.SUBMITTED, "CH01-001")
    assert _places(tmp_path) == [RUN]
    _keep(original, State.COLLECTED, "CH01-001")
    assert _places(tmp_path) == []
    original.rename(tmp_path / "gone")
    assert _places(tmp_path) == [f"{RUN}_copy"]


def test_a_finished_folder_is_remembered_from_command_to_command(tmp_path: Path) -> None:
    """What one command found is believed by the next, until a file of it changes; of a folder that went nothing is."""
    folder, gone = _folder(tmp_path), _folder(tmp_path, "thumbnails/CH02")
    for each in (folder, gone):
        _keep(each, State.COLLECTED)
    files, folders = ("_gemini_batch/manifest.json",), ("_gemini_batch",)
    index = Index(Paths(tmp_path))
    index.look()
    found = Seen(mark(folder, (*files, *folders)), sizes(folder, folders), files, folders, 1, 0, "2026-11-23T00:00:00Z")
    index.note(folder, found)
    index.note(gone, found)
    gone.rename(tmp_path / "elsewhere")
    index.look()
    index.save()
    assert Index(Paths(tmp_path)).seen(folder, each_picture=True) == found
    assert Index(Paths(tmp_path)).seen(gone, each_picture=True) is None
    _keep(folder, State.SUBMITTED)
    assert Index(Paths(tmp_path)).seen(folder, each_picture=False) is None


def test_whether_a_command_found_what_the_next_one_should_know(tmp_path: Path) -> None:
    """Only then one that has nothing else to write keeps the index; what was kept is no news."""
    folder = _folder(tmp_path)
    _keep(folder, State.COLLECTED)
    found = Seen(mark(folder, ()), sizes(folder, ()), (), (), 1, 0, "2026-11-23T00:00:00Z")
    index = Index(Paths(tmp_path))
    assert not index.has_news
    index.note(folder, found)
    assert index.has_news
    index.look()
    index.save()
    again = Index(Paths(tmp_path))
    assert again.seen(folder, each_picture=True) == found
    assert not again.has_news
