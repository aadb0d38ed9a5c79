"""`doit retake`: one more picture of a prompt is ordered, durably, before anything is sent; an earlier one is put back.

An order that no gallery has shown yet is gone on with and not repeated, so that the same command after a crash buys
nothing twice.
"""

from collections.abc import Callable, Sequence
from functools import partial

from .. import faultpoint
from ..errors import BadInput, Stop
from ..prompts import takes, takes_file
from ..prompts.prompts import meant
from ..prompts.request import Request
from ..prompts.selection import Orders
from ..prompts.takes import Takes
from ..runs.results import asked_before
from ..runs.run import RunWork
from ..session.session import Session
from ..views.pages import review_file

NG = "NG"


def chosen(work: RunWork, given: Sequence[str]) -> list[str]:
    """Prompt ids of a run from what IDS= says: "3" means 0003 when no other could be meant; NG those marked so.

    Raises BadInput for an id that there is not.
    """
    if tuple(given) == (NG,):
        return marked(work)
    names = [request.prompt_id for request in work.wanted]
    return list(dict.fromkeys(meant(work.place, names, each) for each in given))


def marked(work: RunWork) -> list[str]:
    """Prompts whose picture a person marked NG, and those with an order that was not shown yet."""
    verdicts, found = review_file.read(work.place.folder), []
    for request in work.wanted:
        name = request.prompt_id
        verdict, line = verdicts.get(name), work.shown.get(name)
        is_bad = verdict and verdict.verdict == NG and line and verdict.about(line["image_sha256"])
        if is_bad or (name in work.takes and work.takes[name].unshown):
            found.append(name)
    return found


def order(session: Session, work: RunWork, names: Sequence[str], slot: str | None) -> RunWork:
    """Order one more take of each prompt, or go on with an order that was not shown yet; the run, read anew.

    slot: None for the one the prompt says. Raises BadInput or Stop, and then nothing was ordered.
    """
    orders = Orders(work.place, work.catalog, None, asked_before(work.manifest, work.history))
    found, said = takes_file.read(work.place.folder), list[str]()
    for name in names:
        ordered = {take.digest for its in found.values() for take in its.ordered}
        new = partial(orders.new, name, slot=slot, ordered=ordered)
        if not _goes_on(work.takes.get(name), slot):
            session.accounts.need_key(new(2).choice.model.provider)
        found[name], text = _ordered(session, work, orders.plain[name], slot, new)
        said.append(f"{work.place.name}: {text}")
    for text in said:
        session.say(text)
    takes_file.save(work.place.folder, found)
    faultpoint.reached("ordered")
    return session.reopen(work.place, names)


def _goes_on(its: Takes | None, slot: str | None) -> bool:
    """Whether such a take is ordered already and no gallery has shown it."""
    return its is not None and its.unshown and its.newest.slot == slot


def _ordered(
    session: Session, work: RunWork, plain: Request, slot: str | None, new: Callable[[int], Request]
) -> tuple[Takes, str]:
    """The takes of a prompt with one more, or with the one that is gone on with, and what to say of it."""
    name = plain.prompt_id
    its, line = work.takes.get(name), work.shown.get(name)
    if its is None:
        _check_turn(work, plain)
        its = takes.first(line["digest"] if line else plain.digest)
    newest = its.newest
    if _goes_on(its, slot):
        text = f"take {newest.number} of {name} was ordered {newest.ordered_at}; going on with it"
        return its.pick(newest.number), text
    number = newest.number + 1
    request = new(number)
    holds = work.numbers.get(_wanted(work, name).digest, 1)
    return its.with_order(slot, request.digest, holds, session.now()), f"take {number} of {name} is ordered"


def _wanted(work: RunWork, name: str) -> Request:
    return next(request for request in work.wanted if request.prompt_id == name)


def _check_turn(work: RunWork, plain: Request) -> None:
    """A picture that nobody asked for yet, or that is on its way, is not made again."""
    name = plain.prompt_id
    coming = work.is_coming(plain)
    if name in work.shown or (plain.digest in work.last and not coming):
        return
    what = "is on its way" if coming else "was never made"
    raise Stop(
        f"{work.place.name}: the first picture of {name} {what}; nothing was ordered", f"first: {work.place.command}"
    )


def pick(session: Session, work: RunWork, names: Sequence[str], number: int) -> RunWork:
    """Let take `number` of each prompt be the wanted one, from the store; the run, read anew.

    Raises BadInput when one has no such take, Stop when it was never made; then nothing was changed.
    """
    orders = Orders(work.place, work.catalog, None, asked_before(work.manifest, work.history))
    found = takes_file.read(work.place.folder)
    for name in names:
        its = work.takes.get(name)
        take = its.take(number) if its else None
        if its is None or take is None:
            there = ", ".join(str(each.number) for each in its.ordered) if its else "1 only"
            raise BadInput(f"{work.place.name}: {name} has no take {number}; there is {there}", "name one of these")
        if not work.made(orders.request(name, take)):
            what = f"{work.place.name}: take {number} of {name} was not made with its present text and model"
            raise Stop(
                f"{what}; nothing was changed", f"undo that change, or look into {work.take_file(name, number).parent}"
            )
        found[name] = its.pick(number)
    takes_file.save(work.place.folder, found)
    faultpoint.reached("picked")
    return session.reopen(work.place, ())
