"""Submit: every job of a selection is created before anything is waited for; then the immediate lane sends."""

from ..catalog.choice import Choice
from ..catalog.lifecycle import farewell
from ..inbox.notices import of_life_cycle
from ..lanes.batch.create_job import clear_unsent, send_unless_full
from ..lanes.immediate.lane import send_now
from ..runs.run import RunWork
from ..runs.submissions import split
from ..session.announcement import announcement
from ..session.session import Session


def submit(session: Session, works: list[RunWork]) -> None:
    """Create the jobs of every run in `works`, all of them before anything is waited for; then the immediate lane.

    A run that this command has not locked has nothing to send, and whatever its files say by now is another's.
    """
    works = [work for work in works if session.holds(work)]
    for work in works:
        clear_unsent(work)
    at_once, sending = [], [(work, list(split(work))) for work in works]
    choices = [request.choice for _, parts in sending for part in parts for request in part.requests]
    for choice in choices:
        _note_life_cycle(session, choice)
    for provider in dict.fromkeys(choice.model.provider for choice in choices):
        session.accounts.need_key(provider)
    for work, parts in sending:
        for text in announcement(work, [request for part in parts for request in part.requests], session.today()):
            session.say(text)
        at_once += [(work, part) for part in parts if part.lane == "immediate"]
        for part in parts:
            if part.lane == "batch" and not send_unless_full(session, work, part):
                break
    send_now(session, works, at_once)


def _note_life_cycle(session: Session, choice: Choice) -> None:
    model, text = choice.model, farewell(choice.model, session.today())
    if text:
        do = "name another slot in the preset, template or prompts; doit validate shows which would do"
        session.note(of_life_cycle(model.key, model.status, model.ended_on or "", text, do))
