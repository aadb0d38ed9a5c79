"""The submission of a job that bears our name and that no manifest knows, made anew from the prompts or the results."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace

from ...catalog.model import Lane, Model
from ...pictures import lines
from ...pictures.store import stand_in
from ...project.names import PROMPT_ID
from ...providers.answer import Unreadable
from ...providers.failures import Refused, Unavailable
from ...providers.job_status import JobStatus
from ...providers.port import BatchProvider
from ...runs.deadlines import hours_between
from ...runs.manifest import OURS, Item, Submission
from ...runs.run import Run
from ...runs.submissions import groups_of, next_id
from ...session.session import Session
from ...text import clock
from ...text.errors import Stop
from .result_files import pieces

KEY = re.compile(r"(.+)-([0-9a-f]{16})")


def rebuilt(session: Session, client: BatchProvider, provider: str, run: Run, status: JobStatus) -> Submission | None:
    """A submission for a job that no manifest knows; None, with the reason said, when it holds nothing.

    Raises Stop while its requests are not known.
    """
    models = [each for each in run.catalog.models.values() if (each.provider, each.name) == (provider, status.model)]
    if not models:
        raise Stop(
            "{status} is on the model {model}, which configs/image_models.yaml does not know",
            "add the model there (status: retired will do), then: doit adopt",
            status=status.name,
            model=status.model,
        )
    match = OURS.fullmatch(status.display_name)
    assert match
    items = _items(session, client, run, status, match[3])
    return _submission(client, run, status, models[0], items, match[3]) if items else None


def _items(session: Session, client: BatchProvider, run: Run, status: JobStatus, digits: str) -> list[Item]:
    """The job's requests; none, with the reason said, when it has no results. digits: of its input's sha256."""
    if items := _by_input(run, status, digits):
        return items
    if not status.done:
        raise Stop(
            "{status} is on its way, and which pictures it makes will show only in its results",
            "do not send this run before; when it is done: doit adopt ({status})",
            status=status.name,
        )
    items = _by_results(client, run, status)
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
        id=next_id(run),
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
        **asdict(client.traits),
    )


def _by_input(run: Run, status: JobStatus, digits: str) -> list[Item]:
    """The requests, when prompts that stand together make the very input whose sha256 begins with `digits`.

    Together among all prompts, or among those that are missing: LIMIT= and what was there already left the others out.
    """
    for wanted in (run.wanted, run.worklist.send):
        ways = ((each, each.choice) for each in wanted)
        requests = [each for each, how in ways if (how.model.name, how.lane) == (status.model, Lane.BATCH)]
        for group in groups_of(requests):
            found = _window([encoded for _, encoded in group], status.counts.total, digits)
            if found:
                return [Item.of(each) for each, _ in group[found]]
    return []


def _window(encoded: Sequence[bytes], size: int, digits: str) -> slice | None:
    """Which neighbouring lines make the input whose sha256 begins with `digits`. size: how many; 0: nobody knows."""
    for start in range(len(encoded)):
        digest = hashlib.sha256()
        for end in range(start, len(encoded)):
            digest.update(encoded[end])
            if size and end - start + 1 < size:
                continue
            if digest.hexdigest()[:16] == digits:
                return slice(start, end + 1)
            if size:
                break
    return None


def _by_results(client: BatchProvider, run: Run, status: JobStatus) -> list[Item]:
    """The requests by the keys in the results; keys that say nothing any more get stand-ins. None when these are gone.

    Raises Stop when the results cannot be read now.
    """
    try:
        whole = client.status(status.name)
        keys = list(dict.fromkeys(_keys(client, whole)))
    except (Refused, Unavailable) as error:
        if _are_gone(client, status, error):
            return []
        raise Stop(
            "the results of {status} cannot be read: {reason}", "doit adopt", status=status.name, reason=error.reason
        ) from None
    return list(_told_apart(_item(run, key) for key in keys))


def _are_gone(client: BatchProvider, status: JobStatus, error: Refused | Unavailable) -> bool:
    """Whether the results of a job that ended long ago are refused, later than the provider keeps them."""
    if not isinstance(error, Refused) or error.code not in (403, 404) or not status.ended_at or not client.date:
        return False
    return hours_between(status.ended_at, client.date) >= client.traits.kept_hours


def _told_apart(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, none with the digest of another: each picture is kept at a place of its own."""
    seen: set[str] = set()
    for each in items:
        unknown = hashlib.sha256(each.key.encode()).hexdigest()
        yield replace(each, digest=unknown) if each.digest in seen else each
        seen.add(each.digest)


def _keys(client: BatchProvider, status: JobStatus) -> Iterator[str]:
    for _, line in lines.split(pieces(client, status.outputs, status.inline)):
        try:
            key = client.open_line(line).key if line.strip() else None
        except Unreadable:
            continue
        if key:
            yield key


def _item(run: Run, key: str) -> Item:
    if request := run.request(key):
        return Item.of(request, key)
    if line := run.lines.last.get(key):
        return Item(key, line.prompt_id, line.digest, line.prompt_sha256, line.own_sha256, line.own_values)
    match = KEY.fullmatch(key)
    unknown = hashlib.sha256(key.encode()).hexdigest()
    if match and PROMPT_ID.fullmatch(match[1]):
        return Item(key, match[1], stand_in(match[2]), unknown)
    return Item(key, "unknown", unknown, unknown)
