"""Submit: every job of a selection is created before anything is waited for."""

from ..catalog import shipped
from ..catalog.choice import Choice
from ..catalog.lifecycle import farewell
from ..catalog.model import Lane
from ..inbox.notices import of_life_cycle
from ..lanes.batch.create_job import clear_unsent, send_unless_full
from ..lanes.batch.lost_manifest import found_again
from ..runs.run import Run
from ..runs.submissions import Part, split
from ..session.announcement import announcement
from ..session.last_day import ended_models
from ..session.session import Session
from ..text import clock
from ..text.sentences import t
from .request import learn


def submit(session: Session, runs: list[Run]) -> list[tuple[Run, Part]]:
    """Create the jobs of every run, all of them before anything is waited for; returns what is for the immediate lane.

    A run that this command has not locked has nothing to send, and whatever its files say by now is another's. One
    whose file was changed by hand is left out. Raises BadInput when none is left.
    """
    held = {run.paths.name: run for run in runs if session.runs.holds(run)}
    for run in held.values():
        _look_around(session, run)
    places = [run.paths for run in held.values() if found_again(session, run)]
    at_once, sending = [], session.runs.each(places, lambda paths: (held[paths.name], list(split(held[paths.name]))))
    choices = [request.choice for _, parts in sending for part in parts for request in part.requests]
    for choice in choices:
        _note_life_cycle(session, choice)
    for provider in dict.fromkeys(choice.model.provider for choice in choices):
        session.accounts.need_key(provider)
        if proxy := session.accounts.proxy(provider):
            session.log.say("{provider} is asked by way of the proxy {proxy}", provider=provider, proxy=proxy)
    if choices:
        session.log.say(shipped.said(session.paths))
    ended = ended_models(session, choices)
    for run, all_parts in sending:
        parts = [part for part in all_parts if _model(part) not in ended]
        for part in all_parts:
            if over := ended.get(_model(part)):
                over.tell(session, run, len(part.requests))
        for place, requests in run.elsewhere(run.worklist).items():
            session.log.say(
                "{run}: {count:picture} on their way for {place} already: waited for, not sent again",
                run=run.paths.name,
                count=len(requests),
                place=place,
            )
        for text in announcement(run, [request for part in parts for request in part.requests], clock.today()):
            session.log.say(text)
        at_once += [(run, part) for part in parts if part.lane is Lane.IMMEDIATE]
        for part in parts:
            if part.lane is Lane.BATCH and not send_unless_full(session, run, part):
                break
    return at_once


def _look_around(session: Session, run: Run) -> None:
    """What of it, and of other machines for it, is on its way."""
    clear_unsent(run)
    learn(session, run)


def _model(part: Part) -> str:
    return part.requests[0].choice.model.key


def _note_life_cycle(session: Session, choice: Choice) -> None:
    model, text = choice.model, farewell(choice.model, clock.today())
    if text:
        do = t("name another slot in the preset, template or prompts; doit validate shows which would do")
        session.log.note(of_life_cycle(model.key, model.status, model.ended_on or "", text, do))
