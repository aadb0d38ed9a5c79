"""results.jsonl is appended to: what a large run writes, and what a kill in the middle of a line leaves."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.pictures.store import Store
from tasks.project.run_paths import RunPaths
from tasks.runs import results
from tasks.runs.manifest import Manifest
from tasks.runs.results import Result
from tasks.runs.run import Run
from tasks.text.errors import BadInput
from tests.bench.written import Counted
from tests.support import facts

PARTS, EACH = 50, 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "CH01-001").mkdir()
    return tmp_path / "CH01-001"


def _run(folder: Path) -> Run:
    paths = RunPaths(folder)
    history = results.read(paths.results)
    return Run(paths, None, None, [], Manifest("CH01-001"), history, Store(folder))  # type: ignore[arg-type]


def _lines(numbers: Iterable[int]) -> list[Result]:
    return [facts.line(f"{number:05}", key=f"{number:05}-k", submission=f"s{number // EACH:03}") for number in numbers]


def test_a_large_run_is_written_about_once(folder: Path) -> None:
    """Fifty jobs, each looked at as the fetch stage does: at most three times the file's size in all."""
    run = _run(folder)
    with Counted(run.paths.results) as counted:
        for part in range(PARTS):
            run.add(_lines(range(part * EACH, (part + 1) * EACH)))
            counted.look()
            run.add([])
            counted.look()
    assert results.read(run.paths.results) == run.history == _lines(range(PARTS * EACH))
    assert run.paths.results.stat().st_size <= counted.bytes <= 3 * run.paths.results.stat().st_size


def test_a_command_that_goes_on_appends_as_well(folder: Path) -> None:
    """What another process wrote before is kept byte for byte, whatever the spaces in it."""
    odd = _lines([1])[0].to_json().replace(b'","', b'", "')
    path = folder / "results.jsonl"
    path.write_bytes(odd)
    inode = path.stat().st_ino
    _run(folder).add(_lines([2]))
    assert path.read_bytes() == odd + _lines([2])[0].to_json()
    assert path.stat().st_ino == inode


@pytest.mark.parametrize("length", [1, 40, -2])
def test_a_torn_line_is_no_answer(folder: Path, length: int) -> None:
    """Half a line at the end is passed over by every reader, and the next writer cuts it off."""
    one, two, three = _lines([1, 2, 3])
    path = folder / "results.jsonl"
    path.write_bytes(one.to_json() + two.to_json()[:length])
    assert results.read(path) == [one]
    assert [each.prompt_id for each in results.peek(path)] == ["00001"]
    _run(folder).add([three])
    assert path.read_bytes() == one.to_json() + three.to_json()
    for torn in (b'{"key":"' + "山".encode()[:2], bytes(300), b'{"key"' + bytes(20)):
        path.write_bytes(one.to_json() + torn)
        _run(folder).add([])
        assert path.read_bytes() == one.to_json()


def test_torn_before_the_first_line_ends(folder: Path) -> None:
    """Then nothing is there."""
    path = folder / "results.jsonl"
    path.write_bytes(_lines([1])[0].to_json()[:30])
    assert results.read(path) == [] and list(results.peek(path)) == []
    _run(folder).add(_lines([1]))
    assert results.read(path) == _lines([1])


def test_a_line_that_lacks_only_its_end_counts(folder: Path) -> None:
    """An editor may save without the last line feed: that line is whole, and the next one does not stick to it."""
    one, two = _lines([1, 2])
    path = folder / "results.jsonl"
    path.write_bytes(one.to_json().rstrip())
    assert results.read(path) == [one]
    _run(folder).add([two])
    assert path.read_bytes() == one.to_json() + two.to_json()


def test_what_is_wrong_before_the_end_is_refused(folder: Path) -> None:
    """Only a kill tears, and only at the end: a broken line with others after it is a damaged file."""
    one, two = _lines([1, 2])
    path = folder / "results.jsonl"
    path.write_bytes(one.to_json()[:30] + b"\n" + two.to_json())
    with pytest.raises(BadInput, match=r"results.jsonl:1: not JSON"):
        results.read(path)
    path.write_bytes(one.to_json() + b"\0garbage\xff" * 9)
    with pytest.raises(BadInput, match=r"results.jsonl:2: not JSON"):
        results.read(path)


def test_a_changed_line_is_written_anew(folder: Path) -> None:
    """A line that takes the place of another one: the whole file is exchanged at once."""
    run = _run(folder)
    run.add(_lines([1, 2]))
    changed = replace(_lines([1])[0], note="looked at")
    run.add([changed])
    run.add(_lines([3]))
    assert results.read(run.paths.results) == [changed, *_lines([2, 3])] == run.history


def test_a_file_that_somebody_changed_meanwhile_is_written_anew(folder: Path) -> None:
    """It is not as this command left it: appending would mix two states."""
    run = _run(folder)
    run.add(_lines([1, 2]))
    run.paths.results.write_bytes(_lines([2])[0].to_json())
    run.add(_lines([3]))
    assert results.read(run.paths.results) == _lines([1, 2, 3])
