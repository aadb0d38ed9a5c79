"""`doit retake`: one more picture of a prompt is ordered, durably, before anything is sent; an earlier one is put back.

An order that no gallery has shown yet is gone on with and not repeated, so that the same command after a crash buys
nothing twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from ..files import faultpoint
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..prompts.prompts import meant
from ..requests import takes, takes_file
from ..requests.request import Request
from ..requests.selection import Candidates
from ..requests.takes import Takes
from ..runs.results import asked_before
from ..runs.run import Run
from ..session import outcome
from ..session.session import Session
from ..stages.gallery import write_galleries
from ..stages.make import make
from ..text import clock
from ..text.errors import BadInput, Stop
from ..text.sentences import t
from ..views.pages import review_file

NG = "NG"


def run(paths: Paths, settings: Settings) -> None:
    """Make pictures of one run again, put earlier ones back (PICK=), or say which are marked NG."""
    make_again(paths, settings, _one(settings, paths.selection(settings.channel, settings.run)))


def make_again(paths: Paths, settings: Settings, run_paths: RunPaths) -> None:
    """What IDS= and PICK= say, for the pictures of one run or one channel's thumbnails."""
    if settings.pick and (settings.slot or not settings.ids):
        raise BadInput(
            "PICK= puts a picture back that is there: it takes IDS= and no SLOT=",
            "{retake} IDS={ids} PICK={pick}",
            retake=run_paths.retake,
            ids=",".join(settings.ids) or "3",
            pick=settings.pick,
        )
    session = Session(paths, replace(settings, slot=None))
    if not settings.ids:
        _offer(session, run_paths)
        return
    with session.log.heard():
        _make(session, settings, run_paths)


def _make(session: Session, settings: Settings, paths: RunPaths) -> None:
    session.runs.lock(paths)
    run = session.runs.one(paths)
    names = chosen(run, settings.ids)
    if not names:
        session.log.say(_no_marks(paths))
        return
    if settings.pick:
        pick(session, run, names, settings.pick)
    else:
        order(session, run, names, settings.slot)
    make(session, [paths], names)
    write_galleries(session, [paths])
    outcome.tell(session, session.runs.open([paths]), paths.command, alone=True)


def _one(settings: Settings, runs: list[RunPaths]) -> RunPaths:
    if settings.run is None or len(runs) != 1:
        raise BadInput(
            "doit retake is about single pictures of one run, and none is named",
            "doit retake CH=CH01 RUN=251 IDS=3,7 (IDS=NG: all that are marked NG)",
        )
    return runs[0]


def _offer(session: Session, paths: RunPaths) -> None:
    """Say which pictures are marked NG, and the command that makes them again."""
    names = marked(session.runs.read(paths))
    if names:
        session.log.say(
            "{run}: {pictures:picture} marked NG: {names}", run=paths.name, pictures=len(names), names=", ".join(names)
        )
        session.log.say(
            "  -> {retake} IDS=NG (SLOT=i-1 for a picture now), or IDS={names}",
            retake=paths.retake,
            names=",".join(names),
        )
    else:
        session.log.say(_no_marks(paths))


def _no_marks(paths: RunPaths) -> str:
    do = t("mark pictures in: doit review; or name them: {retake} IDS=3,7", retake=paths.retake)
    return t("{run}: nothing is marked NG\n  -> {do}", run=paths.name, do=do)


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


def order(session: Session, run: Run, names: Sequence[str], slot: str | None) -> Run:
    """Order one more take of each prompt, or go on with an order that was not shown yet; the run, read anew.

    slot: None for the one the prompt says. Raises BadInput or Stop, and then nothing was ordered.
    """
    orders = Candidates(run.paths, run.catalog, None, asked_before(run.manifest, run.history))
    found, said = takes_file.read(run.paths.folder), list[str]()
    for name in names:
        ordered = {take.digest for its in found.values() for take in its.ordered}
        new = partial(orders.new, name, slot=slot, ordered=ordered)
        if not _goes_on(run.takes.get(name), slot):
            session.accounts.need_key(new(2).choice.model.provider)
        found[name], text = _ordered(run, orders.plain[name], slot, new)
        said.append(f"{run.paths.name}: {text}")
    for text in said:
        session.log.say(text)
    takes_file.save(run.paths.folder, found)
    faultpoint.reached("ordered")
    return session.runs.reopen(run.paths, names)


def _goes_on(its: Takes | None, slot: str | None) -> bool:
    """Whether such a take is ordered already and no gallery has shown it."""
    return its is not None and its.unshown and its.newest.slot == slot


def _ordered(run: Run, plain: Request, slot: str | None, new: Callable[[int], Request]) -> tuple[Takes, str]:
    """The takes of a prompt with one more, or with the one that is gone on with, and what to say of it."""
    name = plain.prompt_id
    its, line = run.takes.get(name), run.lines.shown.get(name)
    if its is None:
        _check_turn(run, plain)
        its = takes.first(line.digest if line else plain.digest)
    newest = its.newest
    if _goes_on(its, slot):
        text = t(
            "take {number} of {name} was ordered {ordered_at}; going on with it",
            number=newest.number,
            name=name,
            ordered_at=newest.ordered_at,
        )
        return its.pick(newest.number), text
    number = newest.number + 1
    request = new(number)
    holds = run.numbers.get(_wanted(run, name).digest, 1)
    return its.with_order(slot, request.digest, holds, clock.now()), t(
        "take {number} of {name} is ordered", number=number, name=name
    )


def _wanted(run: Run, name: str) -> Request:
    return next(request for request in run.wanted if request.prompt_id == name)


def _check_turn(run: Run, plain: Request) -> None:
    """A picture that nobody asked for yet, or that is on its way, is not made again."""
    name = plain.prompt_id
    coming = run.is_coming(plain)
    if name in run.lines.shown or (run.lines.latest(plain) and not coming):
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


def pick(session: Session, run: Run, names: Sequence[str], number: int) -> Run:
    """Let take `number` of each prompt be the wanted one, from the store; the run, read anew.

    Raises BadInput when one has no such take, Stop when it was never made; then nothing was changed.
    """
    orders = Candidates(run.paths, run.catalog, None, asked_before(run.manifest, run.history))
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
                parent=run.images.take_file(name, number).parent,
            )
        found[name] = its.pick(number)
    takes_file.save(run.paths.folder, found)
    faultpoint.reached("picked")
    return session.runs.reopen(run.paths, ())
