"""`doit plan`: what `doit visual` would send and what it would cost. Reads files; writes nothing, sends nothing."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from ..catalog.catalog import load_catalog
from ..catalog.choice import Choice
from ..catalog.lifecycle import farewell
from ..catalog.model import Lane
from ..catalog.pricing import estimate
from ..errors import Stop
from ..money.budget import Budget, Room, Spending, tightest
from ..money.reservations import Reservations
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..prompts import reading_notes
from ..prompts.request import Request
from ..runs.index import Index
from ..runs.left_out import LeftOut
from ..runs.run import Run, read_run
from ..runs.todo import Todo
from ..text.redaction import visible


@dataclass(frozen=True)
class PlanRow:
    """One run and one way its pictures are made. Costs in US dollars; tokens: image tokens; None: no such lane, cap.

    cap_left_usd: what the tightest cap leaves, which is that of cap_channel, or over all channels ("").
    all_left_usd: what the caps over all channels leave.
    missing: would be sent. paid: come from the store for nothing. waiting: on their way, also for other places:
    those are counted in elsewhere, by name. held: failed, not sent again.
    bought_again: of the missing, those that were paid for before. shared: further ones that are bought for an earlier
    place, which needs them too, by its name.
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
    bought_again: int = 0
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    shared: Mapping[str, int] = field(default_factory=dict)
    cap_channel: str = ""
    all_left_usd: float | None = None

    @property
    def group(self) -> tuple[str | None, str, Lane, str]:
        """What the pictures of one row have in common."""
        return self.slot, self.model_key, self.lane, self.form


@dataclass(frozen=True)
class PlanText:
    """What the provider would be told for one missing picture, as it would be sent."""

    run: str
    id: str
    slot: str | None
    model_key: str
    text: str


@dataclass(frozen=True)
class Planned:
    """The rows of all places that can be read, in their order, and those that are left out.

    notes: what to know of how they were read.
    texts: of every picture that would be sent; None when nobody asked for them.
    """

    rows: list[PlanRow]
    left_out: LeftOut
    notes: Sequence[str] = ()
    texts: list[PlanText] | None = None

    def say(self) -> None:
        """How prompts are read, where a person should know; what is left out, and why."""
        for note in self.notes:
            print(visible(note), file=sys.stderr)  # noqa: T201 - the person reads it
        for where, stop in self.left_out.told():
            print(visible(f"{where}: {stop}"), file=sys.stderr)  # noqa: T201 - the person reads it

    def conclude(self) -> None:
        """The same; raises Stop when anything is left out."""
        self.say()
        if self.left_out.why:
            what = "the plan is without {places:place} that cannot be read"
            raise Stop(what, "mend what the lines above name; doit validate says all", places=len(self.left_out.why))


def planned(paths: Paths, settings: Settings, runs: Sequence[RunPaths], today: date) -> Planned:
    """What is planned for `runs`, or thumbnails. Raises BadInput when none can be read, as the command that sends."""
    catalog, index = load_catalog(paths), Index(paths)
    purse = Reservations(paths, settings.budget, index)
    spent, limits, left_out = purse.spent(today.isoformat()), purse.limits(), LeftOut()
    texts, counted, first = list[PlanText](), 0, dict[str, str]()

    def rows_of(run_paths: RunPaths) -> list[PlanRow]:
        nonlocal counted
        run = read_run(run_paths, paths, catalog, settings, index=index)
        rooms = [_room(limits, settings.budget, channel, today, spent) for channel in (run_paths.channel, "")]
        todo = run.worklist
        shared = {each.key: first[known] for each in todo.send if (known := _known(each, first))}
        own = [each for each in todo.send if each.key not in shared]
        sending = own[: None if settings.limit is None else settings.limit - counted]
        counted += len(sending)
        first.update({digest: run.paths.name for each in sending for digest in each.digests})
        texts.extend(_text(run, request) for request in sending if settings.text)
        return [_shared(row, todo, shared) for row in plan(run, todo, sending, rooms[0], rooms[1], today)]

    rows = list(left_out.each(runs, rows_of))
    if left_out.why and not rows:
        raise left_out.refusal()
    read = (paths for paths in runs if paths.name not in left_out.why)
    notes = [note.what for paths in read for note in reading_notes.notes(paths.folder)]
    rows_made = [row for found in rows for row in found]
    return Planned(rows_made, left_out, notes, texts if settings.text else None)


def _known(request: Request, first: Mapping[str, str]) -> str | None:
    return next((digest for digest in request.digests if digest in first), None)


def _shared(row: PlanRow, todo: Todo, shared: Mapping[str, str]) -> PlanRow:
    """The row with what stands in an earlier place too: it is bought there, once."""
    own = [each.key for each in todo.send if each.key in shared and _group(each.choice) == row.group]
    return replace(row, shared=dict(Counter(shared[key] for key in own))) if own else row


def _text(run: Run, request: Request) -> PlanText:
    choice = request.choice
    return PlanText(run.paths.name, request.prompt_id, choice.slot, choice.model.key, request.text)


def as_data(made: Planned) -> dict[str, Any]:
    """The object that FORMAT=json prints."""
    rows = made.rows
    total = {"missing": sum(row.missing for row in rows), "cost_usd": round(sum(row.cost_usd for row in rows), 6)}
    left = [{"run": name, "what": stop.what, "do": stop.do} for name, stop in made.left_out.why.items()]
    texts = {} if made.texts is None else {"texts": [asdict(text) for text in made.texts]}
    return {"rows": [asdict(row) for row in rows], "total": total, "left_out": left} | texts


def _room(limits: Budget, allowed: float | None, channel: str, today: date, spent: list[Spending]) -> Room | None:
    """What may still be spent: BUDGET= when given, else what the tightest cap leaves. channel: "" for all together."""
    return tightest(limits, channel, today.isoformat(), spent) if allowed is None else Room(allowed, "")


def plan(
    run: Run, todo: Todo, sending: list[Request], own: Room | None, together: Room | None, today: date
) -> list[PlanRow]:
    """One row for each model, lane and form among the run's pictures. sending: those that would be sent."""
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
    choices = {_group(request.choice): request.choice for request in reversed(run.wanted)}
    others = run.elsewhere(todo)
    rows = [_row(run, choices[group], found, others, own, today) for group, found in groups.items()]
    return [replace(row, all_left_usd=round(together.usd, 6)) for row in rows] if together else rows


def _group(choice: Choice) -> tuple[str | None, str, Lane, str]:
    return choice.slot, choice.model.key, choice.lane, choice.form


def _row(
    run: Run,
    choice: Choice,
    found: dict[str, list[Request]],
    others: Mapping[str, list[Request]],
    room: Room | None,
    today: date,
) -> PlanRow:
    other = next((lane for lane in choice.model.lanes if lane != choice.lane), None)
    missing = found["missing"]
    return PlanRow(
        run=run.paths.name,
        slot=choice.slot,
        model_key=choice.model.key,
        model_name=choice.model.name,
        lane=choice.lane,
        form=choice.form,
        **{name: len(requests) for name, requests in found.items()},
        elsewhere=_elsewhere(others, found["waiting"]),
        shared={},
        image_tokens=len(missing) * choice.image_tokens,
        cost_usd=_cost(missing, choice.lane),
        other_lane=other,
        other_lane_usd=_cost(missing, other) if other else None,
        cap_left_usd=round(room.usd, 6) if room else None,
        cap_channel=room.scope if room else "",
        warning=farewell(choice.model, today),
        bought_again=sum(run.buys_again(request) for request in missing),
    )


def _elsewhere(others: Mapping[str, list[Request]], waiting: list[Request]) -> dict[str, int]:
    """How many of those that are waited for are on their way for other places, by the place."""
    keys = {request.key for request in waiting}
    found = {name: sum(each.key in keys for each in requests) for name, requests in others.items()}
    return {name: count for name, count in found.items() if count}


def _cost(requests: Iterable[Request], lane: Lane) -> float:
    return round(sum(_one(request, lane) for request in requests), 6)


def _one(request: Request, lane: Lane) -> float:
    return estimate(replace(request.choice, lane=lane), request.text, references=len(request.references))
