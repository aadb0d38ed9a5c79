"""Further pictures of a prompt are ordered, durably, before anything is sent; an earlier one is put back.

An order that no gallery has shown yet is gone on with and not repeated, so that the same command after a crash buys
nothing twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..files import faultpoint
from ..project.run_paths import RunPaths
from ..prompts import revisions_file
from ..prompts.prompts import meant
from ..prompts.revisions import Revision
from ..requests import takes, takes_file
from ..requests.orders_file import PlacedOrder
from ..requests.request import Request
from ..requests.selection import Candidates
from ..requests.sources import asked_for
from ..requests.takes import Take, Takes
from ..runs.asked_again import held_as
from ..runs.results import asked_before
from ..runs.run import Run
from ..session.session import Session
from ..text import clock
from ..text.errors import BadInput, Stop
from ..text.sentences import t
from ..text.wording import dollars
from ..views.pages import review_file

NG = "NG"
DEARER, CENT = 1.05, 0.01
"""An order is sent while it costs hardly more than the person was told: a text was made longer since."""


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
        verdict, line = verdicts.get(name), run.lines.shown.get(name)
        is_bad = verdict and verdict.verdict == NG and line and verdict.about(line.image_sha256)
        if is_bad or (name in run.takes and run.takes[name].unshown):
            found.append(name)
    return found


def candidates(run: Run) -> Candidates:
    """The requests of the run's prompts, plain and as any take, whatever SLOT= says."""
    return Candidates(run.paths, run.catalog, None, asked_before(run.manifest, run.history))


def ordered(run: Run, counts: Mapping[str, int], slot: str | None) -> dict[str, TakesOrder]:
    """What ordering so many more takes of each prompt makes of it, by its id; nothing is written.

    counts: by prompt id. slot: None for the one the prompt says. Raises BadInput or Stop for a prompt of which none can
    be ordered.
    """
    orders, found, changes = candidates(run), dict[str, TakesOrder](), revisions_of(run)
    taken = {take.digest for its in takes_file.read(run.paths.folder).values() for take in its.ordered}
    for name, count in counts.items():
        revision = changes.get(name)
        made = _gone_on_with(run, orders, name, slot, revision)
        made = made or _new(run, orders, name, slot, count, taken, revision)
        taken |= {take.digest for take in made.takes}
        found[name] = made
    return found


def order(session: Session, run: Run, names: Sequence[str], slot: str | None, count: int = 1) -> Run:
    """Order `count` more takes of each prompt, or go on with an order that was not shown yet; the run, read anew.

    slot: None for the one the prompt says. Raises BadInput or Stop, and then nothing was ordered.
    """
    return _kept(session, run, ordered(run, dict.fromkeys(names, count), slot), names)


def order_placed(session: Session, run: Run, placed: PlacedOrder) -> Run:
    """The same of what a person ordered on the page, as far as it is not in takes.json yet; the run, read anew.

    Raises Stop when it would cost more by now than the person was told; then nothing was ordered.
    """
    names = placed.open(run.takes)
    new = ordered(run, {name: len(placed.takes[name]) for name in placed.unordered(run.takes)}, None)
    usd = sum(run.estimate(request) for made in new.values() for request in made.made if not run.is_known(request))
    if usd > placed.about_usd * DEARER + CENT:
        raise Stop(
            "{run}: this would cost about {usd} by now, and {told} was confirmed: nothing was ordered",
            "order it once more in doit review",
            run=run.paths.name,
            usd=dollars(usd),
            told=dollars(placed.about_usd),
        )
    return _kept(session, run, new, names)


def _kept(session: Session, run: Run, found: Mapping[str, TakesOrder], names: Sequence[str]) -> Run:
    """names: those that the command is about; their last orders are gone on with."""
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


def revisions_of(run: Run) -> dict[str, Revision]:
    """What a person changed of the run's prompts, as far as it is applied now, by prompt id."""
    if not (changes := revisions_file.read(run.paths.folder)):
        return {}
    return {row.id: changes[row.id] for row in asked_for(run.paths, run.catalog) if row.revised}


def _gone_on_with(
    run: Run, orders: Candidates, name: str, slot: str | None, revision: Revision | None
) -> TakesOrder | None:
    """The last order of that slot and text, while no gallery has shown all of it; None when a new one is due."""
    its = run.takes.get(name)
    if its is None or not its.unshown or its.newest.slot != slot:
        return None
    before = its.newest.revision
    if not (before.same(revision) if before else revision is None):
        return None
    made = {take.number: orders.request(name, take) for take in its.last_order}
    open_ = [made[take.number] for take in its.last_order if not take.shown_at]
    if len(open_) < len(made) and all(_is_held(run, request) for request in open_):
        return None  # what of it could come came
    return TakesOrder(its.pick(its.newest.number), tuple(made.values()), is_new=False)


def _is_held(run: Run, request: Request) -> bool:
    line = run.lines.latest(request)
    return line is not None and not run.is_known(request) and held_as(line, run.most_attempts(request)) is not None


def _new(
    run: Run,
    orders: Candidates,
    name: str,
    slot: str | None,
    count: int,
    taken: Collection[str],
    revision: Revision | None,
) -> TakesOrder:
    plain, its, line = orders.plain[name], run.takes.get(name), run.lines.shown.get(name)
    if its is None:
        _check_turn(run, plain)
        is_same = line is None or line.digest in plain.digests
        its = takes.first(line.digest if line else plain.digest, revision if is_same else None)
    made = _further(orders, name, its.newest.number + 1, count, slot, taken)
    holds = run.numbers.get(_wanted(run, name).digest, 1)
    its = its.with_order(slot, [each.digest for each in made], holds, clock.now(), revision)
    return TakesOrder(its, tuple(made), is_new=True)


def _further(
    orders: Candidates, name: str, first: int, count: int, slot: str | None, taken: Collection[str]
) -> list[Request]:
    """So many takes of a prompt from number `first` on, each unlike the others and unlike what is `taken`."""
    made = list[Request]()
    for number in range(first, first + count):
        made.append(orders.new(name, number, slot, {*taken, *(each.digest for each in made)}))
    return made


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
    was_sent = run.lines.latest(plain) or any(line.prompt_id == name for line in run.history)
    if name in run.lines.shown or (was_sent and not coming):
        return
    if finished := run.images.finished(plain):
        raise Stop(
            "{run}: another program finished {file}; nothing was ordered",
            "move it away, then: {command}",
            run=run.paths.name,
            file=finished,
            command=run.paths.makes,
        )
    what = t("is on its way") if coming else t("was never made")
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
    orders, found, changes = candidates(run), takes_file.read(run.paths.folder), revisions_of(run)
    taken = {take.digest for its in found.values() for take in its.ordered}
    slot, going_on = session.settings.slot, [name for name, its in run.takes.items() if its.unshown and its.picked == 1]
    new = dict[str, Takes]()
    for request in run.worklist.send if count > 1 else ():
        name = request.prompt_id
        if name in found or (ids is not None and name not in ids):
            continue
        made = [each.digest for each in _further(orders, name, 2, count - 1, slot, taken)]
        taken.update(made)
        its = takes.first(request.digest, changes.get(name))
        new[name] = its.with_order(slot, made, 1, clock.now(), changes.get(name)).pick(1)
    if new:
        takes_file.save(run.paths.folder, found | new)
        faultpoint.reached("ordered")
    if new or going_on:
        session.runs.reopen(run.paths, [*new, *going_on])


def pick(session: Session, run: Run, names: Sequence[str], number: int) -> Run:
    """Let take `number` of each prompt be the wanted one, from the store; the run, read anew.

    A change to its prompt with which it was ordered holds again, and none that was made since.
    Raises BadInput when one has no such take, Stop when it was never made; then nothing was changed.
    """
    orders, changes = candidates(run), dict[str, Revision | None]()
    found = takes_file.read(run.paths.folder)
    for name in names:
        take = _there(run, name, number)
        if not run.made(orders.request(name, take)):
            changes[name] = _as_ordered(run, orders, name, take)
        found[name] = run.takes[name].pick(number)
    if changes:
        revisions_file.save(run.paths.folder, session.paths.lock(f"revisions.{run.paths.name}"), changes)
    takes_file.save(run.paths.folder, found)
    faultpoint.reached("picked")
    return session.runs.reopen(run.paths, ())


def _there(run: Run, name: str, number: int) -> Take:
    its = run.takes.get(name)
    if take := its.take(number) if its else None:
        return take
    raise BadInput(
        "{run}: {name} has no take {number}; there is {there}",
        "name one of these",
        run=run.paths.name,
        name=name,
        number=number,
        there=", ".join(str(each.number) for each in its.ordered) if its else "1 only",
    )


def _as_ordered(run: Run, orders: Candidates, name: str, take: Take) -> Revision | None:
    """The change to its prompt with which the take was made. Raises Stop when it was not even made with that."""
    if run.made(orders.as_ordered(name, take)):
        return take.revision
    what = t(
        "{run}: take {number} of {name} was not made with its present text and model",
        run=run.paths.name,
        number=take.number,
        name=name,
    )
    raise Stop(
        "{what}; nothing was changed",
        "undo that change, or look into {parent}",
        what=what,
        parent=run.images.take_file(name, take.number).parent,
    )
