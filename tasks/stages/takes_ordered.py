"""Further pictures of a prompt are ordered, durably, before anything is sent; an earlier one is put back.

An order that no gallery has shown yet is gone on with and not repeated, so that the same command after a crash buys
nothing twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .. import faultpoint
from ..errors import BadInput, Stop
from ..project.run_paths import RunPaths
from ..prompts import takes, takes_file
from ..prompts.prompts import meant
from ..prompts.request import Request
from ..prompts.selection import Candidates
from ..prompts.takes import Take, Takes
from ..runs.asked_again import held_as
from ..runs.results import asked_before
from ..runs.run import Run
from ..session.session import Session
from ..text import clock
from ..text.sentences import t
from ..views.pages import review_file

NG = "NG"


@dataclass(frozen=True)
class TakesOrder:
    """What an order makes of one prompt. its: all its takes then. made: those that it is about, as they are sent.

    is_new: whether they are ordered now; else an earlier order is gone on with.
    """

    its: Takes
    made: tuple[Request, ...]
    is_new: bool

    @property
    def takes(self) -> tuple[Take, ...]:
        return self.its.last_order


def chosen(run: Run, given: Sequence[str]) -> list[str]:
    """Prompt ids of a run from what IDS= says: "3" means 0003 when no other could be meant; NG those marked so.

    Raises BadInput for an id that there is not.
    """
    if tuple(given) == (NG,):
        return marked(run)
    names = [request.prompt_id for request in run.wanted]
    return list(dict.fromkeys(meant(run.paths, names, each) for each in given))


def marked(run: Run) -> list[str]:
    """Prompts whose picture a person marked NG, and those with an order that was not shown yet."""
    verdicts, found = review_file.read(run.paths.folder), []
    for request in run.wanted:
        name = request.prompt_id
        verdict, line = verdicts.get(name), run.shown.get(name)
        is_bad = verdict and verdict.verdict == NG and line and verdict.about(line.image_sha256)
        if is_bad or (name in run.takes and run.takes[name].unshown):
            found.append(name)
    return found


def candidates(run: Run) -> Candidates:
    """The requests of the run's prompts, plain and as any take, whatever SLOT= says."""
    return Candidates(run.paths, run.catalog, None, asked_before(run.manifest, run.history))


def ordered(run: Run, names: Sequence[str], slot: str | None, count: int) -> dict[str, TakesOrder]:
    """What ordering `count` more takes of each prompt makes of it, by its id; nothing is written.

    slot: None for the one the prompt says. Raises BadInput or Stop for a prompt of which none can be ordered.
    """
    orders, found = candidates(run), dict[str, TakesOrder]()
    taken = {take.digest for its in takes_file.read(run.paths.folder).values() for take in its.ordered}
    for name in names:
        made = _gone_on_with(run, orders, name, slot) or _new(run, orders, name, slot, count, taken)
        taken |= {take.digest for take in made.takes}
        found[name] = made
    return found


def order(session: Session, run: Run, names: Sequence[str], slot: str | None, count: int = 1) -> Run:
    """Order `count` more takes of each prompt, or go on with an order that was not shown yet; the run, read anew.

    slot: None for the one the prompt says. Raises BadInput or Stop, and then nothing was ordered.
    """
    found = ordered(run, names, slot, count)
    for made in found.values():
        for request in made.made if made.is_new else ():
            session.accounts.need_key(request.choice.model.provider)
    for name, made in found.items():
        session.log.say("{run}: {text}", run=run.paths.name, text=_said(name, made))
    takes_file.save(
        run.paths.folder, takes_file.read(run.paths.folder) | {name: each.its for name, each in found.items()}
    )
    faultpoint.reached("ordered")
    return session.runs.reopen(run.paths, names)


def _gone_on_with(run: Run, orders: Candidates, name: str, slot: str | None) -> TakesOrder | None:
    """The last order of that slot, while no gallery has shown all of it; None when a new one is due."""
    its = run.takes.get(name)
    if its is None or not its.unshown or its.newest.slot != slot:
        return None
    made = {take.number: orders.request(name, take) for take in its.last_order}
    open_ = [made[take.number] for take in its.last_order if not take.shown_at]
    if len(open_) < len(made) and all(_is_held(run, request) for request in open_):
        return None  # what of it could come came
    return TakesOrder(its.pick(its.newest.number), tuple(made.values()), is_new=False)


def _is_held(run: Run, request: Request) -> bool:
    line = run.latest(request)
    return line is not None and not run.is_known(request) and held_as(line, run.most_attempts(request)) is not None


def _new(run: Run, orders: Candidates, name: str, slot: str | None, count: int, taken: Collection[str]) -> TakesOrder:
    plain, its, line = orders.plain[name], run.takes.get(name), run.shown.get(name)
    if its is None:
        _check_turn(run, plain)
        its = takes.first(line.digest if line else plain.digest)
    made = list[Request]()
    for number in range(its.newest.number + 1, its.newest.number + 1 + count):
        made.append(orders.new(name, number, slot, {*taken, *(each.digest for each in made)}))
    holds = run.numbers.get(_wanted(run, name).digest, 1)
    its = its.with_order(slot, [each.digest for each in made], holds, clock.now())
    return TakesOrder(its, tuple(made), is_new=True)


def _said(name: str, made: TakesOrder) -> str:
    numbers, at = [take.number for take in made.takes], made.its.newest.ordered_at
    first, last = numbers[0], numbers[-1]
    if made.is_new and first == last:
        return t("take {number} of {name} is ordered", number=first, name=name)
    if made.is_new:
        return t("takes {first} to {last} of {name} are ordered", first=first, last=last, name=name)
    if first == last:
        return t("take {number} of {name} was ordered {at}; going on with it", number=first, name=name, at=at)
    return t(
        "takes {first} to {last} of {name} were ordered {at}; going on with them",
        first=first,
        last=last,
        name=name,
        at=at,
    )


def _wanted(run: Run, name: str) -> Request:
    return next(request for request in run.wanted if request.prompt_id == name)


def _check_turn(run: Run, plain: Request) -> None:
    """A picture that nobody asked for yet, or that is on its way, is not made again."""
    name = plain.prompt_id
    coming = run.is_coming(plain)
    if name in run.shown or (run.latest(plain) and not coming):
        return
    if finished := run.finished(plain):
        raise Stop(
            "{run}: another program finished {file}; nothing was ordered",
            "move it away, then: {command}",
            run=run.paths.name,
            file=finished,
            command=run.paths.makes,
        )
    what = "is on its way" if coming else "was never made"
    raise Stop(
        "{run}: the first picture of {name} {what}; nothing was ordered",
        "first: {command}",
        run=run.paths.name,
        name=name,
        what=what,
        command=run.paths.makes,
    )


def order_beside(session: Session, paths: Sequence[RunPaths], count: int, ids: Collection[str] | None) -> None:
    """Beside each picture that would be sent now, `count` - 1 further takes of it are ordered, and earlier such orders
    gone on with. The first picture stays the wanted one. ids: prompts that may be sent; None: all.
    """
    for run in session.runs.open(paths):
        if session.runs.holds(run):
            _order_beside(session, run, count, ids)


def _order_beside(session: Session, run: Run, count: int, ids: Collection[str] | None) -> None:
    orders, found = candidates(run), takes_file.read(run.paths.folder)
    taken = {take.digest for its in found.values() for take in its.ordered}
    slot, going_on = session.settings.slot, [name for name, its in run.takes.items() if its.unshown and its.picked == 1]
    new = dict[str, Takes]()
    for request in run.worklist.send if count > 1 else ():
        name = request.prompt_id
        if name in found or (ids is not None and name not in ids):
            continue
        made = list[str]()
        for number in range(2, count + 1):
            made.append(orders.new(name, number, slot, {*taken, *made}).digest)
        taken.update(made)
        new[name] = takes.first(request.digest).with_order(slot, made, 1, clock.now()).pick(1)
    if new:
        takes_file.save(run.paths.folder, found | new)
        faultpoint.reached("ordered")
    if new or going_on:
        session.runs.reopen(run.paths, [*new, *going_on])


def pick(session: Session, run: Run, names: Sequence[str], number: int) -> Run:
    """Let take `number` of each prompt be the wanted one, from the store; the run, read anew.

    Raises BadInput when one has no such take, Stop when it was never made; then nothing was changed.
    """
    orders = candidates(run)
    found = takes_file.read(run.paths.folder)
    for name in names:
        its = run.takes.get(name)
        take = its.take(number) if its else None
        if its is None or take is None:
            there = ", ".join(str(each.number) for each in its.ordered) if its else "1 only"
            raise BadInput(
                "{run}: {name} has no take {number}; there is {there}",
                "name one of these",
                run=run.paths.name,
                name=name,
                number=number,
                there=there,
            )
        if not run.made(orders.request(name, take)):
            what = t(
                "{run}: take {number} of {name} was not made with its present text and model",
                run=run.paths.name,
                number=number,
                name=name,
            )
            raise Stop(
                "{what}; nothing was changed",
                "undo that change, or look into {parent}",
                what=what,
                parent=run.take_file(name, number).parent,
            )
        found[name] = its.pick(number)
    takes_file.save(run.paths.folder, found)
    faultpoint.reached("picked")
    return session.runs.reopen(run.paths, ())
