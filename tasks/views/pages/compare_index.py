"""`compare/<NAME>/index.html`: what came of every prompt on every slot, gathered for the page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...catalog.pricing import CostBasis
from ...files import atomic
from ...project.comparison_paths import ComparisonPaths, index_is_behind
from ...project.settings import Retry
from ...requests import comparison as compare_file
from ...requests.request import Request
from ...runs.asked_again import held_as
from ...runs.results import Result, latest
from ...runs.run import Run
from ...text import clock
from ...text.sentences import t
from . import compare_page, previews, review_file
from .compare_page import Cell, PromptRow, SlotColumn


def write(folder: Path, runs: Sequence[Run]) -> None:
    """The page in the comparison's folder, from its slots in their order."""
    comparison = compare_file.read(folder)
    assert comparison
    newest = max((line.finished_at or "" for run in runs for line in run.history), default="")
    before = sum(_is_reused(result) for run in runs for result in run.lines.shown.values())
    page = compare_page.ComparisonPage(
        name=comparison.name,
        rows=tuple(PromptRow(each.id, each.prompt) for each in comparison.prompts),
        columns=tuple(_column(run) for run in runs),
        made_on=clock.second(newest),
        title=f"{comparison.name}: {comparison.run}",
        notes=(
            t(
                "{before:picture was|pictures were} bought before and came from the store; the cost is that of then.",
                before=before,
            ),
        )
        if before
        else (),
    )
    atomic.write_if_new(folder / "index.html", compare_page.render(page))
    if index_is_behind(folder, comparison.slots):
        (folder / "index.html").touch()  # it says the same as before; the next command need not look again


def _column(run: Run) -> SlotColumn:
    paths, pictures = run.paths, run.lines.shown
    assert isinstance(paths, ComparisonPaths)
    hashes = {paths.at(result.picture): result.image_sha256 or "" for result in pictures.values()}
    small = previews.refresh(paths.images, {path: sha for path, sha in hashes.items() if path.is_file()})
    last, verdicts = latest(run.history), review_file.read(paths.folder)
    cells = []
    for request in run.wanted:
        name = request.prompt_id
        result = pictures.get(name)
        preview = small.get(paths.at(result.picture)) if result else None
        cells.append(_cell(run, request, last.get(name), result, preview, verdicts.get(name)))
    choice = run.wanted[0].choice
    costs = [result.cost_usd for result in run.history]
    costs += [_as_bought(run, result).cost_usd for result in pictures.values() if _is_reused(result)]
    return SlotColumn(
        slot=paths.slot,
        model_key=choice.model.key,
        model_name=choice.model.name,
        lane=choice.lane,
        cells=tuple(cells),
        spent_usd=round(sum(costs), 9),
    )


def _is_reused(result: Result) -> bool:
    return result.cost_basis is CostBasis.REUSED


def _as_bought(run: Run, result: Result) -> Result:
    """The result of a picture from the store with the cost and the tokens that it had when it was paid for."""
    record = run.store.find(result.digest)
    if record is None or record.purchase is None:
        return result
    cost = record.purchase.cost
    return replace(result, cost_usd=cost.usd, cost_basis=cost.basis, tokens=record.purchase.tokens)


def _cell(
    run: Run,
    request: Request,
    last: Result | None,
    result: Result | None,
    preview: Path | None,
    verdict: review_file.Verdict | None,
) -> Cell:
    slot = run.paths.folder.name
    told = None if run.is_coming(request) else last
    said = verdict if verdict and result and verdict.about(result.image_sha256) else None
    cell = Cell(
        image=f"{slot}/{result.image}" if result else None,
        status=told.status if told else None,
        reason=told.reason if told else "",
        failure=told.failure if told else None,
        cause=told.cause if told else None,
        words=told.words or "" if told else "",
        exhausted=told is not None and held_as(told, run.most_attempts(request)) is Retry.EXHAUSTED,
        preview=f"{slot}/{run.paths.relative(preview)}" if preview else None,
        sha256=result.image_sha256 or "" if result else "",
        model_name=request.choice.model.name,
        verdict=said.verdict if said else "",
        note=said.note if said else "",
        placeholder=request.choice.model.provider == "emulator",
    )
    return _with_facts(run, cell, result or last)


def _with_facts(run: Run, cell: Cell, about: Result | None) -> Cell:
    """The cell with the figures of its picture, or of the attempt that brought none."""
    if about is None:
        return cell
    about = _as_bought(run, about) if _is_reused(about) else about
    return replace(
        cell,
        width=about.width,
        height=about.height,
        seconds=about.seconds,
        cost_usd=about.cost_usd,
        cost_basis=about.cost_basis,
        tokens=about.tokens,
        model_name=about.model_name or cell.model_name,
        seed=about.seed,
    )
