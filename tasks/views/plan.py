"""`doit plan`: what `doit visual` would send and what it would cost. Reads files; writes nothing, sends nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from ..catalog.catalog import load_catalog
from ..catalog.choice import Choice
from ..catalog.lifecycle import farewell
from ..catalog.model import Lane
from ..catalog.pricing import estimate
from ..money.budget import Budget, Room, Spending, tightest
from ..money.reservations import Reservations
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..prompts.request import Request
from ..runs.run import Run, read_run


@dataclass(frozen=True)
class PlanRow:
    """One run and one way its pictures are made. Costs in US dollars; tokens: image tokens; None: no such lane, cap.

    cap_left_usd: what the tightest cap leaves, which is that of cap_channel, or over all channels ("").
    all_left_usd: what the caps over all channels leave.
    missing: would be sent. paid: come from the store for nothing. waiting: on their way. held: failed, not sent again.
    """

    run: str
    slot: str | None
    model_key: str
    model_name: str
    lane: Lane
    form: str
    present: int
    missing: int
    paid: int
    waiting: int
    held: int
    image_tokens: int
    cost_usd: float
    other_lane: Lane | None
    other_lane_usd: float | None
    cap_left_usd: float | None
    warning: str | None
    cap_channel: str = ""
    all_left_usd: float | None = None


def planned(paths: Paths, settings: Settings, runs: Sequence[RunPaths], today: date) -> list[PlanRow]:
    """The rows of all `runs`, or of thumbnails, in their order. Raises BadInput as the command that sends would."""
    catalog, purse = load_catalog(paths), Reservations(paths, settings.budget)
    spent, limits = purse.spent(today.isoformat()), purse.limits()
    rows: list[PlanRow] = []
    for run_paths in runs:
        run = read_run(run_paths, paths, catalog, settings)
        rooms = [_room(limits, settings.budget, channel, today, spent) for channel in (run_paths.channel, "")]
        rows += plan(run, rooms[0], rooms[1], today)
    return rows


def as_data(rows: Sequence[PlanRow]) -> dict[str, Any]:
    """The object that FORMAT=json prints."""
    total = {"missing": sum(row.missing for row in rows), "cost_usd": round(sum(row.cost_usd for row in rows), 6)}
    return {"rows": [asdict(row) for row in rows], "total": total}


def _room(limits: Budget, allowed: float | None, channel: str, today: date, spent: list[Spending]) -> Room | None:
    """What may still be spent: BUDGET= when given, else what the tightest cap leaves. channel: "" for all together."""
    return tightest(limits, channel, today.isoformat(), spent) if allowed is None else Room(allowed, "")


def plan(run: Run, own: Room | None, together: Room | None, today: date) -> list[PlanRow]:
    """One row for each model, lane and form among the run's pictures."""
    todo = run.worklist
    sending = todo.send[: run.settings.limit]
    lists = {
        "present": todo.present,
        "missing": sending,
        "paid": todo.restore,
        "waiting": todo.waiting,
        "held": [request for request, _ in todo.held],
    }
    groups: dict[tuple[str | None, str, Lane, str], dict[str, list[Request]]] = {}
    for request in run.wanted:
        groups.setdefault(_group(request.choice), {name: [] for name in lists})
    for name, requests in lists.items():
        for request in requests:
            groups[_group(request.choice)][name].append(request)
    rows = [_row(run, found, own, today) for found in groups.values()]
    return [replace(row, all_left_usd=round(together.usd, 6)) for row in rows] if together else rows


def _group(choice: Choice) -> tuple[str | None, str, Lane, str]:
    return choice.slot, choice.model.key, choice.lane, f"{choice.aspect_ratio} {choice.image_size}"


def _row(run: Run, found: dict[str, list[Request]], room: Room | None, today: date) -> PlanRow:
    choice = next(request.choice for requests in found.values() for request in requests)
    other = next((lane for lane in choice.model.lanes if lane != choice.lane), None)
    missing = found["missing"]
    return PlanRow(
        run=run.paths.name,
        slot=choice.slot,
        model_key=choice.model.key,
        model_name=choice.model.name,
        lane=choice.lane,
        form=f"{choice.aspect_ratio} {choice.image_size}",
        **{name: len(requests) for name, requests in found.items()},
        image_tokens=len(missing) * choice.model.tokens_per_image.get(choice.image_size, 0),
        cost_usd=_cost(missing, choice.lane),
        other_lane=other,
        other_lane_usd=_cost(missing, other) if other else None,
        cap_left_usd=round(room.usd, 6) if room else None,
        cap_channel=room.scope if room else "",
        warning=farewell(choice.model, today),
    )


def _cost(requests: Iterable[Request], lane: Lane) -> float:
    return round(sum(_one(request, lane) for request in requests), 6)


def _one(request: Request, lane: Lane) -> float:
    return estimate(replace(request.choice, lane=lane), len(request.text), references=len(request.references))
