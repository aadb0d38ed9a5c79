"""`doit plan`: what `doit visual` would send and what it would cost. Reads files; writes nothing but the index of what
is finished, sends nothing."""

import functools
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from ..catalog.catalog import Catalog, load_catalog
from ..catalog.choice import Choice
from ..catalog.lifecycle import farewell
from ..catalog.model import Lane, Model
from ..catalog.pricing import estimate
from ..money.budget import Budget, Room, Spending, tightest
from ..money.reservations import Reservations
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..requests.request import Request
from ..runs.index import Index
from ..runs.index_entry import MadeWith
from ..runs.left_out import LeftOut
from ..runs.read_run import read_run
from ..runs.run import Run
from ..runs.summary import MOST_LOOKED_INTO, address, deciding, is_done, look, newest
from ..runs.todo import Todo
from ..text.errors import Stop
from ..text.redaction import visible


@dataclass(frozen=True)
class PlanRow:
    """One run and one way its pictures are made. Costs in US dollars; tokens: image tokens; None: no such lane, cap.

    cap_left_usd: what the tightest cap leaves, which is that of cap_channel, or over all channels ("").
    all_left_usd: what the caps over all channels leave.
    missing: would be sent. paid: come from the store for nothing. waiting: on their way, also for other places:
    those are counted in elsewhere, by name. held: failed, not sent again, or a pointer of Git LFS. changed: finished
    pictures that stay until RETRY=changed, for changed_usd; rewritten: those of them whose rows say something else.
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
    changed: int = 0
    changed_usd: float = 0.0
    rewritten: int = 0

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
        say_left_out(self.left_out)

    def conclude(self) -> None:
        """The same; raises Stop when anything is left out."""
        self.say()
        stop_without(self.left_out)


def say_left_out(left_out: LeftOut) -> None:
    """Which places the plan is without, and why."""
    for where, stop in left_out.told():
        print(visible(f"{where}: {stop}"), file=sys.stderr)  # noqa: T201 - the person reads it


def stop_without(left_out: LeftOut) -> None:
    """Raise Stop when the plan is without any."""
    if left_out.why:
        raise Stop(
            "the plan is without {places:place} that cannot be read",
            "mend what the lines above name; doit validate says all",
            places=len(left_out.why),
        )


def planned(paths: Paths, settings: Settings, runs: Sequence[RunPaths], today: date) -> Planned:
    """What is planned for `runs`, or thumbnails. Raises BadInput when none can be read, as the command that sends."""
    catalog, index = load_catalog(paths), Index(paths)
    purse = Reservations(paths, settings.budget, index)
    spent, limits, left_out = purse.spent(today.isoformat()), purse.limits(), LeftOut()
    texts, notes, counted, first = list[PlanText](), list[str](), 0, dict[str, str]()
    finished = _Finished(paths, settings, catalog, index, len(runs))

    @functools.cache
    def room(channel: str) -> Room | None:
        return _room(limits, settings.budget, channel, today, spent)

    def rows_of(run_paths: RunPaths) -> list[PlanRow]:
        nonlocal counted
        rooms = room(run_paths.channel), room("")
        if rows := finished.rows(run_paths, *rooms, today):
            return rows
        run = read_run(run_paths, paths, catalog, settings, index=index)
        todo = run.worklist
        shared = {each.key: first[known] for each in todo.send if (known := _known(each, first))}
        own = [each for each in todo.send if each.key not in shared]
        sending = own[: None if settings.limit is None else settings.limit - counted]
        counted += len(sending)
        first.update({digest: run.paths.name for each in sending for digest in each.digests})
        texts.extend(_text(run, request) for request in sending if settings.text)
        notes.extend(note.what for note in run.notes())
        rows = [_shared(row, todo, shared) for row in plan(run, todo, sending, *rooms, today)]
        finished.note(run_paths, rows)
        return rows

    rows = list(left_out.each(runs, rows_of))
    index.keep_if_worth()
    if left_out.why and not rows:
        raise left_out.refusal()
    rows_made = [row for found in rows for row in found]
    return Planned(rows_made, left_out, notes, texts if settings.text else None)


class _Finished:
    """Runs with nothing left to do, as the index knows them: their rows without reading their prompts."""

    def __init__(self, paths: Paths, settings: Settings, catalog: Catalog, index: Index, runs: int) -> None:
        self._catalog = catalog
        self._index = index
        self._each = runs <= MOST_LOOKED_INTO
        self._decided_at = newest([*deciding(paths), paths.templates])
        self._address = address()
        self._asks_more = bool(settings.slot or settings.retry or settings.text)

    def rows(self, run_paths: RunPaths, own: Room | None, together: Room | None, today: date) -> list[PlanRow]:
        """Those of such a run; none for any other."""
        seen = None if self._asks_more else look(run_paths, self._index, self._each, self._decided_at).seen
        if seen is None or not is_done(seen, self._decided_at, self._address):
            return []
        models = self._catalog.models
        if any(each.model_key not in models for each in seen.plan):
            return []
        rows = [_known_row(run_paths, each, models[each.model_key], own, today) for each in seen.plan]
        return [replace(row, all_left_usd=round(together.usd, 6)) for row in rows] if together else rows

    def note(self, run_paths: RunPaths, rows: Sequence[PlanRow]) -> None:
        """Let the index remember what the run's pictures are made with, where nothing of it is left to do."""
        seen = None if self._asks_more else self._index.seen(run_paths.folder, self._each)
        if (
            seen
            and is_done(seen, self._decided_at, self._address)
            and not any(row.missing or row.paid or row.waiting or row.shared for row in rows)
        ):
            plan = tuple(MadeWith(row.slot, row.model_key, row.lane, row.form, row.present, row.held) for row in rows)
            self._index.note(run_paths.folder, replace(seen, plan=plan))


def _known_row(run_paths: RunPaths, known: MadeWith, model: Model, room: Room | None, today: date) -> PlanRow:
    other = next((lane for lane in model.lanes if lane != known.lane), None)
    return PlanRow(
        run=run_paths.name,
        slot=known.slot,
        model_key=known.model_key,
        model_name=model.name,
        lane=known.lane,
        form=known.form,
        present=known.present,
        missing=0,
        paid=0,
        waiting=0,
        held=known.held,
        image_tokens=0,
        cost_usd=0,
        other_lane=other,
        other_lane_usd=0 if other else None,
        cap_left_usd=round(room.usd, 6) if room else None,
        cap_channel=room.scope if room else "",
        warning=farewell(model, today),
    )


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
    total |= {"changed": sum(row.changed for row in rows)}
    total |= {"changed_usd": round(sum(row.changed_usd for row in rows), 6)}
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
        "held": [*todo.pointers, *(request for request, _ in todo.held)],
        "changed": todo.kept,
        "rewritten": todo.rewritten,
    }
    groups: dict[tuple[str | None, str, Lane, str], dict[str, list[Request]]] = {}
    asked = [*run.wanted, *run.beside]
    for request in asked:
        groups.setdefault(_group(request.choice), {name: [] for name in lists})
    for name, requests in lists.items():
        for request in requests:
            groups[_group(request.choice)][name].append(request)
    choices = {_group(request.choice): request.choice for request in reversed(asked)}
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
        changed_usd=_cost(found["changed"], choice.lane),
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
    return estimate(replace(request.choice, lane=lane), request.text, request.references)
