"""Files of a newer Kamishibai: what it adds does no harm here, another format is refused in one sentence."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tasks.files import schema
from tasks.files.newer import OURS
from tasks.project.run_paths import RunPaths
from tasks.prompts import revisions_file
from tasks.prompts.revisions import Edit, Revision
from tasks.providers.job_status import Counts
from tasks.requests import comparison, orders_file, takes, takes_file
from tasks.requests.orders_file import PlacedOrder
from tasks.runs import manifest, results
from tasks.runs.manifest import Manifest
from tasks.runs.read_run import read_manifest
from tasks.runs.spoiled import SpoiledManifest
from tasks.text.errors import BadInput
from tasks.views.pages import review_file
from tests.support import facts

NAME = "CH01-251"
SUBMISSION = facts.submission(counts=Counts(total=1, pending=1))
REFERENCE = comparison.ComparedPicture("a.png", "2" * 64)
COMPARISON = comparison.Comparison(
    "b",
    NAME,
    "2026-11-23T08:15:00Z",
    ("g-1",),
    (comparison.ComparedPrompt("0001", "海", "海", references=(REFERENCE,)),),
)
VERDICT = review_file.Verdict("NG", "手が六本", "2026-11-23T08:15:00Z", "3" * 64)
ORDER = PlacedOrder("k3x9a7p2", "2026-11-29T08:15:00Z", {"0001": (2,)}, 0.0168)
REVISION = Revision("2026-11-29T08:15:00Z", prompt=Edit("海", "夜の海"))
TAKES = takes.first("0" * 64).with_order("i-1", ["1" * 64], 1, "2026-11-23T08:15:00Z")

File = tuple[str, Callable[[Path], Any], Callable[[Path], Any]]
FILES: dict[str, File] = {
    "manifest": (
        "_gemini_batch/manifest.json",
        lambda folder: manifest.save(RunPaths(folder).manifest, Manifest(NAME, (SUBMISSION,))),
        lambda folder: read_manifest(RunPaths(folder)),
    ),
    "results": (
        "results.jsonl",
        lambda folder: results.save(folder / "results.jsonl", [facts.line()]),
        lambda folder: results.read(folder / "results.jsonl"),
    ),
    "takes": ("takes.json", lambda folder: takes_file.save(folder, {"0001": TAKES}), takes_file.read),
    "review": (
        "review.json",
        lambda folder: review_file.save(folder, folder / "lock", "0001", VERDICT),
        review_file.read,
    ),
    "orders": (
        "orders.json",
        lambda folder: orders_file.place(folder, folder / "lock", ORDER, {}),
        orders_file.read,
    ),
    "revisions": (
        "revisions.json",
        lambda folder: revisions_file.save(folder, folder / "lock", {"0001": REVISION}),
        revisions_file.read,
    ),
    "compare": ("compare.json", lambda folder: comparison.save(folder, COMPARISON), comparison.read),
}
"""Files that our own code writes, by schema: path, writer and reader of a folder."""


def written(folder: Path, name: str) -> Path:
    """The file as this version writes it."""
    path, write, _ = FILES[name]
    folder.mkdir()
    (folder / path).parent.mkdir(exist_ok=True)
    write(folder)
    return folder / path


def objects(data: Any, key: str = "") -> Iterator[dict[str, Any]]:
    """Every object inside whose keys are words of ours, not names that people or providers gave."""
    if isinstance(data, dict) and key not in ("takes", "verdicts", "revisions"):
        yield data
    inside = data.items() if isinstance(data, dict) else (("", each) for each in data) if isinstance(data, list) else ()
    for name, value in list(inside):
        yield from objects(value, name)


def test_all_files_with_a_version_are_here() -> None:
    """Each schema of ours that tells its version stands in the table, and has a number to be compared with."""
    assert set(FILES) - {"results"} == OURS
    assert all(schema._schema(name)["properties"]["version"]["const"] == 1 for name in OURS)


@pytest.mark.parametrize("name", FILES)
def test_what_a_newer_version_adds_does_no_harm(tmp_path: Path, name: str) -> None:
    """An unknown key in every object at once: the file passes its schema, and says what it said before."""
    path, (_, _, read) = written(tmp_path / NAME, name), FILES[name]
    before, data = read(path.parents[len(Path(FILES[name][0]).parts) - 1]), json.loads(path.read_bytes())
    found = list(objects(data))
    for each in found:
        each["from_later_versions"] = {"a": [1]}
    path.write_bytes(orjson.dumps(data))
    assert schema.find_mistakes(data, name) == []
    assert "from_later_versions" not in str(before)
    assert _without_more(read(tmp_path / NAME)) == _without_more(before)
    assert (
        len(found)
        == {"manifest": 4, "results": 2, "takes": 4, "review": 2, "orders": 2, "revisions": 3, "compare": 3}[name]
    )


def _without_more(found: Any) -> str:
    """As it is shown, but for the keys of newer versions."""
    return repr(found).replace("more={'from_later_versions': {'a': [1]}}", "more={}")


@pytest.mark.parametrize("name", sorted(OURS))
def test_another_format_is_refused_in_one_sentence(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who uses an older version learns that, and not that every second key is wrong."""
    monkeypatch.chdir(tmp_path)
    path, (place, _, read) = written(tmp_path / NAME, name), FILES[name]
    path.write_bytes(orjson.dumps({"version": 2, "all": "is different"}))
    with pytest.raises((BadInput, SpoiledManifest)) as refused:
        read(tmp_path / NAME)
    assert str(refused.value) == (
        f"{NAME}/{place}: was written by a newer Kamishibai (version 2); this one knows 1\n"
        "  -> update this Kamishibai, or go on with the newer one; nothing is lost"
    )
    assert refused.value.exit_code == (1 if name == "manifest" else 3)


@pytest.mark.parametrize("version", [0, "2", True, 1.5, None, [2]])
@pytest.mark.parametrize("name", sorted(OURS))
def test_what_is_no_later_version_is_a_mistake(tmp_path: Path, name: str, version: object) -> None:
    """Only a greater whole number tells of a newer version."""
    path, (_, _, read) = written(tmp_path / NAME, name), FILES[name]
    path.write_bytes(orjson.dumps(json.loads(path.read_bytes()) | {"version": version}))
    with pytest.raises((BadInput, SpoiledManifest), match=r"found .*, expected 1"):
        read(tmp_path / NAME)


def test_a_file_of_people_has_no_newer_version(tmp_path: Path) -> None:
    """In a file that people write, a wrong number is a mistake like any other."""
    path = tmp_path / "budget.yaml"
    path.write_text("version: 2\ncurrency: USD\ncaps: {command: 1, day: 1, month: 1}\n")
    with pytest.raises(BadInput, match=r"at /version: found 2, expected 1"):
        schema.load(path, "budget")
