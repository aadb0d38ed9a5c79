"""Journals of submissions that no manifest knows any more: what they tell of is paid for, and is gone on with."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...catalog.model import Lane
from ...pictures.store import stand_in
from ...runs.manifest import Item, State, Submission, display_name
from ...runs.results import Result
from ...runs.run import Run
from ...session.session import Session
from ...text import clock
from ...text.errors import Stop
from .journal import Answered, Event, Journal, Sent, Unsent


def take_up(session: Session, run: Run) -> None:
    """Put what each journal without a submission tells back into the manifest, as if it had never left it.

    A journal of which nobody can say any more what was asked for stays, and is told.
    """
    known = {each.id for each in run.manifest.submissions}
    for path in sorted(run.paths.journal("").parent.glob("s*.jsonl")):
        if path.stem not in known:
            _take_up(session, run, path)


def _take_up(session: Session, run: Run, path: Path) -> None:
    events = {key: event for key, event in Journal(path).last().items() if not isinstance(event, Unsent)}
    if not events:
        path.unlink()
        return
    try:
        run.record(_submission(session, run, path.stem, events))
    except Stop as stop:
        session.log.trouble(
            run.paths.name,
            "the manifest that {path} belongs to was lost, and {what}",
            "{do}",
            path=path,
            what=stop.what,
            do=stop.do,
        )
        return
    session.log.say("{run}: going on with {path}, whose manifest was lost", run=run.paths.name, path=path)


def _submission(session: Session, run: Run, identity: str, events: Mapping[str, Event]) -> Submission:
    """The submission of such a journal: all of its requests went to one model. Raises Stop when none says which."""
    provider, model_key, model_name, slot = _sent_to(run, events)
    client = session.accounts.immediate(provider)
    sha256 = hashlib.sha256("\n".join(events).encode()).hexdigest()
    wanted = [request for key in events if (request := run.request(key))]
    at = min((event.at for event in events.values() if isinstance(event, Sent)), default=clock.now())
    return Submission(
        id=identity,
        display_name=display_name(run.paths.name, identity, sha256),
        task=run.paths.task,
        provider=provider,
        endpoint=client.endpoint,
        model_key=model_key,
        model_name=model_name,
        slot=slot,
        lane=Lane.IMMEDIATE,
        requests=tuple(_item(run, key, event) for key, event in events.items()),
        request_bytes=1,
        request_sha256=sha256,
        key_fingerprint=client.fingerprint,
        estimate_usd=round(sum(run.estimate(request) for request in wanted), 6),
        intent_at=at,
        state=State.SENDING,
        submitted_at=at,
    )


def _sent_to(run: Run, events: Mapping[str, Event]) -> tuple[str, str, str, str | None]:
    """(provider, model key, model name, slot), by an answer, else by a prompt that is wanted still."""
    for line in _lines(events):
        return line.provider, line.model_key, line.model_name, line.slot
    for request in filter(None, map(run.request, events)):
        model = request.choice.model
        return model.provider, model.key, model.name, request.choice.slot
    raise Stop(
        "no prompt of now is among those it was sent for",
        "put the prompts back as they were, then: {command}",
        command=run.paths.command,
    )


def _lines(events: Mapping[str, Event]) -> Iterator[Result]:
    return (event.result for event in events.values() if isinstance(event, Answered))


def _item(run: Run, key: str, event: Event) -> Item:
    if isinstance(event, Answered):
        line = event.result
        return Item(key, line.prompt_id, line.digest, line.prompt_sha256, line.own_sha256, line.own_values)
    if request := run.request(key):
        return Item.of(request, key)
    prompt_id, _, digits = key.rpartition("-")
    return Item(key, prompt_id, stand_in(digits), hashlib.sha256(key.encode()).hexdigest())
