"""`doit plan`: what `doit visual` would send and what it would cost. Reads files; writes nothing, sends nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

import orjson

from tasks.budget import Budget, Spending, left
from tasks.catalog import Choice, estimate, load_catalog, warning
from tasks.pages.words import counted, dollars
from tasks.places import Places, RunPlace
from tasks.purse import Purse
from tasks.request import Request
from tasks.run import RunWork, read_run
from tasks.settings import Settings


@dataclass(frozen=True)
class Row:
    """One run and one way its pictures are made. Costs in US dollars; tokens: image tokens; None: no such lane, cap.

    missing: would be sent. paid: come from the store for nothing. waiting: on their way. held: failed, not sent again.
    """

    run: str
    slot: str | None
    model_key: str
    model_name: str
    lane: str
    form: str
    present: int
    missing: int
    paid: int
    waiting: int
    held: int
    image_tokens: int
    cost_usd: float
    other_lane: str | None
    other_lane_usd: float | None
    cap_left_usd: float | None
    warning: str | None


def tell(places: Places, settings: Settings, runs: Sequence[RunPlace], today: date) -> None:
    """Print the plan of `runs` as a table, or as JSON with FORMAT=json. Raises BadInput as `doit visual` would."""
    rows = rows_of(places, settings, runs, today)
    if settings.format == "json":
        total = {"missing": sum(row.missing for row in rows), "cost_usd": round(sum(row.cost_usd for row in rows), 6)}
        data = {"rows": [asdict(row) for row in rows], "total": total}
        print(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - for the next program
    else:
        show(rows)


def rows_of(places: Places, settings: Settings, runs: Sequence[RunPlace], today: date) -> list[Row]:
    """The plan of `runs`, or of thumbnails. Raises BadInput as the command that sends would."""
    catalog, purse = load_catalog(places), Purse(places, settings.budget)
    spent, limits = purse.spent(today.isoformat()), purse.limits()
    rows: list[Row] = []
    for place in runs:
        work = read_run(place, places, catalog, settings)
        rows += plan(work, room(limits, settings.budget, place.channel, today, spent), today)
    return rows


def room(limits: Budget, allowed: float | None, channel: str, today: date, spent: list[Spending]) -> float | None:
    """US dollars that may still be spent: BUDGET= when given, else what the tightest cap leaves."""
    return left(limits, channel, today.isoformat(), spent) if allowed is None else allowed


def plan(work: RunWork, cap_left: float | None, today: date) -> list[Row]:
    """One row for each model, lane and form among the run's pictures."""
    todo = work.worklist
    sending = todo.send[: work.settings.limit]
    lists = {
        "present": todo.present,
        "missing": sending,
        "paid": todo.restore,
        "waiting": todo.waiting,
        "held": [request for request, _ in todo.held],
    }
    groups: dict[tuple[str | None, str, str, str], dict[str, list[Request]]] = {}
    for request in work.wanted:
        groups.setdefault(_group(request.choice), {name: [] for name in lists})
    for name, requests in lists.items():
        for request in requests:
            groups[_group(request.choice)][name].append(request)
    return [_row(work, found, cap_left, today) for found in groups.values()]


def _group(choice: Choice) -> tuple[str | None, str, str, str]:
    return choice.slot, choice.model.key, choice.lane, f"{choice.aspect_ratio} {choice.image_size}"


def _row(work: RunWork, found: dict[str, list[Request]], cap_left: float | None, today: date) -> Row:
    choice = next(request.choice for requests in found.values() for request in requests)
    other = next((lane for lane in choice.model.lanes if lane != choice.lane), None)
    missing = found["missing"]
    return Row(
        run=work.place.name,
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
        cap_left_usd=None if cap_left is None else round(cap_left, 6),
        warning=warning(choice, today),
    )


def _cost(requests: Iterable[Request], lane: str) -> float:
    return round(sum(_one(request, lane) for request in requests), 6)


def _one(request: Request, lane: str) -> float:
    return estimate(replace(request.choice, lane=lane), len(request.text), references=len(request.references))


def show(rows: Sequence[Row]) -> None:
    """Print the table and the sum."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    left_side = ("run", "model", "lane")
    for name in (*left_side, "missing", "from store", "on their way", "held", "cost", "other lane", "cap left"):
        table.add_column(name, justify="left" if name in left_side else "right", overflow="fold")
    for row in rows:
        table.add_row(*_cells(row))
    console = Console()
    console = console if console.is_terminal else Console(width=160)
    console.print(table if rows else "every prompt is skipped: no picture is wanted")
    for text in dict.fromkeys(row.warning for row in rows if row.warning):
        print(text)  # noqa: T201 - the person reads it
    total, missing = sum(row.cost_usd for row in rows), sum(row.missing for row in rows)
    caps = [row.cap_left_usd for row in rows if row.cap_left_usd is not None]
    short = f"; the budget leaves {dollars(min(caps))}: it will refuse some" if caps and total > min(caps) else ""
    print(f"{counted(missing, 'picture')} would be sent, about {dollars(total)}{short}; nothing was sent")  # noqa: T201


def _cells(row: Row) -> tuple[str, ...]:
    model = f"{row.slot} = {row.model_key}" if row.slot else row.model_key
    other = f"{dollars(row.other_lane_usd)} {row.other_lane}" if row.other_lane_usd is not None else ""
    cap = "" if row.cap_left_usd is None else dollars(row.cap_left_usd)
    counts = (row.missing, row.paid, row.waiting, row.held)
    shown = (str(count) if count else "" for count in counts)
    return (row.run, f"{model}, {row.form}", row.lane, *shown, dollars(row.cost_usd), other, cap)
