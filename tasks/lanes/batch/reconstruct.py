"""The submission of a job that bears our name and that no manifest knows, made anew from the prompts or the results."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import orjson

from ...catalog.model import Lane, Model
from ...files import lines
from ...pictures.store import stand_in
from ...project.names import PROMPT_ID
from ...providers.answer import Unreadable
from ...providers.failures import Refused, Unavailable
from ...providers.gemini.responses import open_line
from ...providers.job_status import JobStatus
from ...providers.port import BatchProvider
from ...runs.manifest import OURS, Item, Submission
from ...runs.run import Run
from ...runs.submissions import parts_of
from ...session.session import Session
from ...text import clock

KEY = re.compile(r"(.+)-([0-9a-f]{16})")


def rebuilt(session: Session, client: BatchProvider, provider: str, run: Run, status: JobStatus) -> Submission | None:
    """A submission for a job that no manifest knows; None, with the reason said, when its requests are not known."""
    models = [each for each in run.catalog.models.values() if (each.provider, each.name) == (provider, status.model)]
    if not models:
        session.log.trouble(
            run.paths.name,
            "{status} is on the model {model}, which configs/image_models.yaml does not know",
            "add the model there (status: retired will do), then: doit adopt",
            status=status.name,
            model=status.model,
        )
        return None
    match = OURS.fullmatch(status.display_name)
    assert match
    items = _items(session, client, run, status, match[3])
    return _submission(client, run, status, models[0], items, match[3]) if items else None


def _items(session: Session, client: BatchProvider, run: Run, status: JobStatus, digits: str) -> list[Item]:
    """The job's requests; none, with the reason said, when they are not known. digits: of its input's sha256."""
    if items := _by_input(run, status.model, digits):
        return items
    if not status.done:
        session.log.trouble(
            run.paths.name,
            "{status} is on its way, and which pictures it makes will show only in its results",
            "do not send this run before; when it is done: doit adopt ({status})",
            status=status.name,
        )
        return []
    items = _by_results(session, client, run, status)
    if not items:
        session.log.say(
            "{run}: {status} {state} holds no results; nothing to take in",
            run=run.paths.name,
            status=status.name,
            state=status.state,
        )
    return items


def _submission(
    client: BatchProvider, run: Run, status: JobStatus, model: Model, items: list[Item], digits: str
) -> Submission:
    wanted = [request for each in items if (request := run.request(each.key))]
    return Submission(
        id=run.manifest.next_id(),
        display_name=status.display_name,
        task=run.paths.task,
        provider=model.provider,
        endpoint=client.endpoint,
        model_key=model.key,
        model_name=status.model,
        slot=wanted[0].choice.slot if wanted else None,
        lane=Lane.BATCH,
        requests=tuple(items),
        request_bytes=1,
        request_sha256=stand_in(digits),
        key_fingerprint=client.fingerprint,
        estimate_usd=round(sum(run.estimate(request) for request in wanted), 6),
        intent_at=status.created_at or clock.now(),
    )


def _by_input(run: Run, model: str, digits: str) -> list[Item]:
    """The requests, when the prompts as they are now make the very input whose sha256 begins with `digits`."""
    requests = [each for each in run.wanted if each.choice.model.name == model and each.choice.lane is Lane.BATCH]
    for part in parts_of(run.catalog, requests):
        if hashlib.sha256(part.data).hexdigest()[:16] == digits:
            return [Item(each.key, each.prompt_id, each.digest, each.prompt_sha256) for each in part.requests]
    return []


def _by_results(session: Session, client: BatchProvider, run: Run, status: JobStatus) -> list[Item]:
    """The requests by the keys in the results; keys that say nothing any more get stand-ins."""
    try:
        whole = client.status(status.name)
        keys = list(dict.fromkeys(_keys(client, whole)))
    except (Refused, Unavailable) as error:
        session.log.trouble(
            run.paths.name,
            "the results of {status} cannot be read: {reason}",
            "doit adopt",
            status=status.name,
            reason=error.reason,
        )
        return []
    return list(_told_apart(_item(run, key) for key in keys))


def _told_apart(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, none with the digest of another: each picture is kept at a place of its own."""
    seen: set[str] = set()
    for each in items:
        unknown = hashlib.sha256(each.key.encode()).hexdigest()
        yield replace(each, digest=unknown) if each.digest in seen else each
        seen.add(each.digest)


def _keys(client: BatchProvider, status: JobStatus) -> Iterator[str]:
    chunks: Iterable[bytes] = (orjson.dumps(each) + b"\n" for each in status.inline)
    for _, line in lines.split(client.download(status.output) if status.output else chunks):
        try:
            key = open_line(line).key if line.strip() else None
        except Unreadable:
            continue
        if key:
            yield key


def _item(run: Run, key: str) -> Item:
    if request := run.request(key):
        return Item(key, request.prompt_id, request.digest, request.prompt_sha256)
    if line := run.last.get(key):
        return Item(key, line.prompt_id, line.digest, line.prompt_sha256)
    match = KEY.fullmatch(key)
    unknown = hashlib.sha256(key.encode()).hexdigest()
    if match and PROMPT_ID.fullmatch(match[1]):
        return Item(key, match[1], stand_in(match[2]), unknown)
    return Item(key, "unknown", unknown, unknown)
