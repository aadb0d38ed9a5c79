"""What the page of a run may ask for: a prompt to be changed, what pictures would cost, an order, a take put back.

Nothing is sent here. An order is written down with the takes that it makes; what makes them is the ordinary command,
in a process of its own, which holds the run's lock only while it sends or fetches.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..catalog.choice import Choice
from ..catalog.model import Model
from ..files import regular
from ..money.budget import refusal, tightest
from ..project.all_paths import paths_of
from ..project.comparison_paths import ComparisonPaths
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import MOST_TAKES, Settings
from ..project.thumbnail_paths import ThumbnailPaths
from ..prompts import revisions, revisions_file
from ..prompts.prompts import Prompt
from ..prompts.revisions import Revision
from ..requests import orders_file, takes_file
from ..requests.orders_file import PlacedOrder
from ..requests.request import Request
from ..requests.sources import asked_for, prompt_specs
from ..runs import results
from ..runs.glimpse import UNREADABLE
from ..runs.run import Run
from ..session.session import Session
from ..text import clock
from ..text.errors import BadInput, Stop
from ..text.sentences import t
from ..text.wording import dollars
from . import takes_ordered
from .order_work import OrderWork, on_their_way

MOST_LISTED = 400
PICTURES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True)
class QuoteRow:
    """Pictures of one order that are made in one way. lane: in a word."""

    slot: str
    model: str
    lane: str
    pictures: int
    about_usd: float
    about: str


@dataclass(frozen=True)
class Quote:
    """What an order would cost. prompts, pictures: counts. left: what the caps leave, in words; "" without any.

    refused: why it could not be sent, in words; "" where nothing is known.
    """

    prompts: int
    pictures: int
    about_usd: float
    about: str
    rows: tuple[QuoteRow, ...]
    left: str = ""
    refused: str = ""


class Workbench:
    """One for the server. command: what starts doit with these words. All methods may be called on any thread."""

    def __init__(self, paths: Paths, command: Callable[[Sequence[str]], list[str]]) -> None:
        self._paths = paths
        self._work = OrderWork(paths, command)

    def prompt(self, folder: Path, name: str) -> dict[str, Any]:
        """A prompt as it may be changed: what is asked for now, what the file says, what there is to choose from."""
        run_paths, catalog = self._run(folder), self._session(folder).catalog
        now = _row(asked_for(run_paths, catalog), name)
        written = _row(asked_for(run_paths, catalog, {}), name)
        kept = revisions_file.read(folder).get(name)
        slots = {slot.code: slot for slot in catalog.slots.values()}
        alive = {code: slot for code, slot in slots.items() if _is_alive(catalog.models[slot.model_key])}
        return {
            "now": _said(now),
            "written": _said(written),
            "revised": list(now.revised),
            "fallen": _fallen(kept) if kept and not now.revised else None,
            "is_templated": isinstance(run_paths, ThumbnailPaths),
            "slots": [{"code": code, "model": slot.model_key, "lane": str(slot.lane)} for code, slot in alive.items()],
            "pictures": _pictures(run_paths),
            "most_takes": MOST_TAKES,
        }

    def change(
        self, folder: Path, name: str, prompt: str, slot: str | None, references: Sequence[str]
    ) -> dict[str, Any]:
        """Keep what a person changed of a prompt; what the file says itself is no change. Nothing is bought.

        The answer: which keys were changed, and the prompt as its card shows it then. Raises BadInput for what could
        not be asked for, and then nothing was changed.
        """
        run_paths, catalog = self._run(folder), self._session(folder).catalog
        kept, row = revisions_file.read(folder), _row(asked_for(run_paths, catalog, {}), name)
        revision = revisions.of_row(row, prompt, slot, references, clock.now())
        others = {other: each for other, each in kept.items() if other != name}
        changes = others | ({name: revision} if revision else {})
        asked = prompt_specs(run_paths, catalog, None, [name], changes)  # whether it can be asked for
        lock = self._paths.lock(f"revisions.{run_paths.name}")
        revisions_file.save(folder, lock, {name: revision})
        return {"revised": list(revision.keys) if revision else [], "prompt": asked[0].prompt if asked else prompt}

    def quote(self, folder: Path, names: Sequence[str], takes: int) -> Quote:
        """What it would cost to order so many more takes of each. Raises Stop for what cannot be ordered."""
        return self._quoted(folder, names, takes)[0]

    def _quoted(self, folder: Path, names: Sequence[str], takes: int) -> tuple[Quote, dict[str, tuple[int, ...]]]:
        session = self._session(folder)
        run = session.runs.read(paths_of(self._paths, folder))
        made = takes_ordered.ordered(run, dict.fromkeys(takes_ordered.chosen(run, names), takes), None)
        asked = [request for each in made.values() for request in each.made if not run.is_known(request)]
        for request in asked:
            session.accounts.need_key(request.choice.model.provider)
        numbers = {name: tuple(take.number for take in each.takes) for name, each in made.items()}
        return _priced(session, run, len(made), asked), numbers

    def order(
        self, folder: Path, names: Sequence[str], takes: int, identity: str, confirmed_usd: float
    ) -> dict[str, Any]:
        """Write the order down, durably, and begin it. The same id again is the same order.

        Raises Stop when it costs more than was confirmed, a cap forbids it, or another one is about its pictures.
        """
        if any(each.id == identity for each in orders_file.read(folder)):
            return self.orders(folder)
        quote, numbers = self._quoted(folder, names, takes)
        if quote.about_usd > confirmed_usd + 0.00005:
            raise Stop(
                "it costs {now} by now, and {told} was confirmed: nothing was ordered",
                "look at the new price and confirm once more",
                now=quote.about,
                told=dollars(confirmed_usd),
            )
        if quote.refused:
            raise Stop("{why}", "nothing was ordered", why=quote.refused)
        placed = PlacedOrder(identity, clock.now(), numbers, quote.about_usd)
        lock = self._lock(folder)
        if orders_file.place(folder, lock, placed, takes_file.read(folder)):
            self._work.begin(paths_of(self._paths, folder), identity)
        return self.orders(folder)

    def go_on(self, folder: Path, identity: str) -> dict[str, Any]:
        """Go on with an order whose server was stopped, or that needed a person."""
        orders_file.named(folder, identity)
        self._work.begin(paths_of(self._paths, folder), identity)
        return self.orders(folder)

    def leave(self, folder: Path, identity: str) -> dict[str, Any]:
        """Give an order up; what of it was sent comes home by whatever command comes next."""
        orders_file.leave(folder, self._lock(folder), identity)
        return self.orders(folder)

    def pick(self, folder: Path, name: str, number: int) -> None:
        """Put a take back. Raises Stop with what the command says when it cannot be."""
        run_paths = paths_of(self._paths, folder)
        said = self._work.run(run_paths, f"IDS={name}", f"PICK={number}")[1]
        its = takes_file.read(folder).get(name)
        if its is None or its.picked != number:
            raise Stop("{said}", "nothing was changed", said=said)

    def orders(self, folder: Path) -> dict[str, Any]:
        """Every order that is not over, and the last one: how far it is, and what it has cost."""
        placed, takes = orders_file.read(folder), takes_file.read(folder)
        shown = [each for each in placed if each.open(takes)] or [each for each in placed if not each.is_left][-1:]
        return {"orders": [self._progress(folder, each) for each in shown], **self._revised(folder)}

    def _revised(self, folder: Path) -> dict[str, list[str]]:
        """Ids of prompts that were changed here: those whose change holds, and those whose file changed since."""
        kept = sorted(revisions_file.check(folder)[0])
        applied = set(kept)
        with suppress(BadInput):  # what is wrong is said where pictures are asked for
            rows = asked_for(paths_of(self._paths, folder), self._session(folder).catalog) if kept else ()
            applied = {row.id for row in rows if row.revised}
        return {"revised": [each for each in kept if each in applied], "fallen": sorted(set(kept) - applied)}

    def _progress(self, folder: Path, order: PlacedOrder) -> dict[str, Any]:
        run_paths, takes = paths_of(self._paths, folder), takes_file.read(folder)
        digests = order.digests(takes)
        lines = _lines(run_paths, digests)
        coming = on_their_way(run_paths, digests)
        came = {line.digest for line in lines if line.is_picture}
        failed = {line.digest for line in lines} - came
        return {
            "id": order.id,
            "at": order.at,
            "names": list(order.takes),
            "open": order.open(takes),
            "pictures": order.pictures,
            "came": len(came),
            "on_their_way": len(coming),
            "failed": len(failed - coming),
            "about": dollars(order.about_usd),
            "spent": dollars(sum(line.cost_usd for line in lines)),
            "is_at_work": self._work.is_at_work(order.id),
            "said": self._work.said(order.id),
            "command": t("{retake} ORDER={id}", retake=run_paths.retake, id=order.id),
        }

    def close(self) -> None:
        """Let what is at work end in good order."""
        self._work.close()

    def _lock(self, folder: Path) -> Path:
        return self._paths.lock(f"orders.{paths_of(self._paths, folder).name}")

    def _session(self, folder: Path) -> Session:
        number = paths_of(self._paths, folder).run_name.number
        return Session(self._paths, Settings(channel=paths_of(self._paths, folder).channel, run=number))

    def _run(self, folder: Path) -> RunPaths:
        found = paths_of(self._paths, folder)
        if not isinstance(found, ComparisonPaths):
            return found
        raise BadInput(
            "what is compared is fixed: its prompts are not changed", "compare by another name, with other prompts"
        )


def _is_alive(model: Model) -> bool:
    return model.status != "retired"


def _row(rows: Sequence[Prompt], name: str) -> Prompt:
    for row in rows:
        if row.id == name:
            return row
    raise BadInput("there is no prompt {name} any more", "doit gallery draws the page anew", name=name)


def _said(row: Prompt) -> dict[str, Any]:
    return {"prompt": row.prompt, "slot": row.slot, "references": list(row.references)}


def _fallen(revision: Revision) -> dict[str, Any]:
    """A change that is not applied any more: when it was made, and its text; null where that was not changed."""
    return {"at": revision.at, "prompt": revision.prompt.now if revision.prompt else None}


def _pictures(paths: RunPaths) -> list[str]:
    """What may be referred to: pictures of the run's folder, those in references/ first; paths from there."""
    found = [*sorted((paths.folder / "references").rglob("*")), *sorted(paths.images.glob("*"))]
    names = [paths.relative(path) for path in found if path.suffix.lower() in PICTURES and path.is_file()]
    return names[:MOST_LISTED]


def _priced(session: Session, run: Run, prompts: int, asked: Sequence[Request]) -> Quote:
    groups: dict[tuple[str, str, str], list[Request]] = {}
    for request in asked:
        groups.setdefault(_way(request.choice), []).append(request)
    rows = []
    for (slot, model, lane), group in groups.items():
        usd = sum(map(run.estimate, group))
        rows.append(QuoteRow(slot, model, lane, len(group), round(usd, 6), dollars(usd)))
    usd = round(sum(map(run.estimate, asked)), 6)
    channel, today = run.paths.channel, clock.today().isoformat()
    limits, spent = session.reservations.limits(), session.reservations.spent(today)
    room, why = tightest(limits, channel, today, spent), refusal(limits, channel, today, usd, spent)
    left = "" if room is None else t("the cap leaves {usd}", usd=dollars(room.usd))
    if room is not None and room.scope:
        left = t("the cap of {channel} leaves {usd}", channel=room.scope, usd=dollars(room.usd))
    refused = t("{what}\n-> {do}", what=why.what, do=why.do) if why and usd else ""
    return Quote(prompts, len(asked), usd, dollars(usd), tuple(rows), left, refused)


def _way(choice: Choice) -> tuple[str, str, str]:
    return choice.slot or choice.model.key, choice.model.name, str(choice.lane)


def _lines(paths: RunPaths, digests: set[str]) -> list[results.Peeked]:
    with suppress(*UNREADABLE):
        if regular.there(paths.results):
            return [line for line in results.peek(paths.results) if line.digest in digests]
    return []
