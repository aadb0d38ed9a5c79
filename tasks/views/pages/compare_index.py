"""`compare/<NAME>/index.html`: what came of every prompt on every slot, gathered for the page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...files import atomic
from ...project.comparison_paths import ComparisonPaths, index_is_behind
from ...prompts import comparison as compare_file
from ...prompts.request import Request
from ...runs.results import Result, latest
from ...runs.run import Run
from . import compare_page, previews, review_file
from .compare_page import Cell, PromptRow, SlotColumn, TokenCells


def write(folder: Path, runs: Sequence[Run]) -> None:
    """The page in the comparison's folder, from its slots in their order."""
    comparison = compare_file.read(folder)
    assert comparison
    newest = max((line["finished_at"] or "" for run in runs for line in run.history), default="")
    before = sum(line["cost_basis"] == "reused" for run in runs for line in run.shown.values())
    page = compare_page.ComparisonPage(
        name=comparison.name,
        rows=tuple(PromptRow(each.id, each.prompt) for each in comparison.prompts),
        columns=tuple(_column(run) for run in runs),
        made_on=newest.replace("T", " ").replace("Z", " UTC"),
        title=f"{comparison.name}: {comparison.run}",
        notes=(f"{before} pictures were bought before and came from the store; their cost is what it was then.",)
        if before
        else (),
    )
    atomic.write_if_new(folder / "index.html", compare_page.render(page))
    if index_is_behind(folder, comparison.slots):
        (folder / "index.html").touch()  # it says the same as before; the next command need not look again


def _column(run: Run) -> SlotColumn:
    paths, pictures = run.paths, run.shown
    assert isinstance(paths, ComparisonPaths)
    hashes = {paths.at(line["image"]): line["image_sha256"] for line in pictures.values()}
    small = previews.refresh(paths.images, {path: sha for path, sha in hashes.items() if path.is_file()})
    last, verdicts = latest(run.history), review_file.read(paths.folder)
    cells = []
    for request in run.wanted:
        name = request.prompt_id
        line = pictures.get(name)
        preview = small.get(paths.at(line["image"])) if line else None
        cells.append(_cell(run, request, last.get(name), line, preview, verdicts.get(name)))
    choice = run.wanted[0].choice
    lines = [*run.history, *(_bought(run, line) for line in pictures.values() if line["cost_basis"] == "reused")]
    return SlotColumn(
        slot=paths.slot,
        model_key=choice.model.key,
        model_name=choice.model.name,
        lane=choice.lane,
        cells=tuple(cells),
        spent_usd=round(sum(line["cost_usd"] for line in lines), 9),
    )


def _bought(run: Run, line: Result) -> dict[str, Any]:
    """What the picture of a line from the store was when it was paid for: `cost_usd`, `cost_basis`, `tokens`."""
    record = run.store.find(line["digest"])
    facts = record.facts if record else line
    return {name: facts.get(name, line[name]) for name in ("cost_usd", "cost_basis", "tokens")}


def _cell(
    run: Run,
    request: Request,
    last: Result | None,
    line: Result | None,
    preview: Path | None,
    verdict: review_file.Verdict | None,
) -> Cell:
    slot = run.paths.folder.name
    waiting = last is None or run.is_coming(request)
    about: dict[str, Any] = dict(line or last or {})
    if about.get("cost_basis") == "reused":
        about |= _bought(run, about)
    said = verdict if verdict and line and verdict.about(line["image_sha256"]) else None
    return Cell(
        image=f"{slot}/{line['image']}" if line else None,
        status="waiting" if waiting or last is None else last["status"],
        reason="" if waiting or last is None else last["reason"],
        failure=None if waiting or last is None else last["failure"],
        preview=f"{slot}/{run.paths.relative(preview)}" if preview else None,
        sha256=line["image_sha256"] if line else "",
        width=about.get("width"),
        height=about.get("height"),
        seconds=about.get("seconds"),
        cost_usd=about.get("cost_usd"),
        cost_basis=about.get("cost_basis", "none"),
        tokens=TokenCells(**about["tokens"]) if about else TokenCells(),
        model_name=about.get("model_name") or request.choice.model.name,
        seed=about.get("seed"),
        verdict=said.verdict if said else "",
        note=said.note if said else "",
        placeholder=request.choice.model.provider == "emulator",
    )
