"""`doit adopt`: jobs at the provider that are ours and in no manifest are taken in. Those of others are left alone.

Ours is what bears our display name. Its requests are known from the manifest (a lost reply), else from the prompts,
when these still make the very same input, else from the keys in its results. A result whose prompt cannot be found
any more is kept all the same: in results.jsonl, and in the store under a stand-in, by which it is found again when
the prompt comes back.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import orjson

from tasks import lines
from tasks.all_places import all_places
from tasks.collect import Loop
from tasks.errors import NoKey, Stop
from tasks.failures import Refused, Unavailable
from tasks.gather import bring_home, opened
from tasks.gemini import Gemini
from tasks.job import JobStatus
from tasks.manifest import Item, Submission
from tasks.notices import of_adopted
from tasks.open_jobs import jobs_known
from tasks.pages.words import counted
from tasks.parts import parts_of
from tasks.places import PROMPT_ID, RunPlace
from tasks.responses import Unreadable, open_line
from tasks.run import RunWork
from tasks.session import Session
from tasks.store import stand_in

OURS = re.compile(r"kamishibai (\S+) (s[0-9]{3,}) ([0-9a-f]{16})")
KEY = re.compile(r"(.+)-([0-9a-f]{16})")
NAMED = 5  # of other people's jobs


def adopt_all(session: Session) -> None:
    """Page through every account, say what is there, take in what is ours, and collect what is finished of it."""
    works: dict[str, RunWork] = {}
    known = jobs_known(session.places)
    for name in _accounts(session):
        client = session.provider(name)
        try:
            listed = client.listing()
        except (Refused, Unavailable) as error:
            session.trouble(name, f"its jobs cannot be listed: {error.reason}", "run again later: doit adopt")
            continue
        unknown = [each for each in listed if each.name not in known]
        mine = [each for each in reversed(unknown) if OURS.fullmatch(each.display_name)]
        _say(session, name, listed, mine, [each for each in unknown if not OURS.fullmatch(each.display_name)])
        for status in mine:
            if work := _work(session, status):
                works[work.place.name] = work
                _take_in(session, client, name, work, status)
    bring_home(session, list(works.values()), Loop(session, list(works.values())))


def _accounts(session: Session) -> list[str]:
    """The providers with a batch lane and a key; the offline one only if it was ever used."""
    names = []
    for name, provider in session.catalog.providers.items():
        if provider.limits is None or (name == "emulator" and not session.places.emulator.is_dir()):
            continue
        try:
            session.provider(name)
        except NoKey as error:
            session.say(f"{name} is not looked at: {error.variable} is not set")
        except Stop as stop:
            session.say(f"{name} is not looked at: {stop.what}")
        else:
            names.append(name)
    if not names:
        raise Stop("no account can be looked at", "export GEMINI_API_KEY=... and run the same command again")
    return names


def _say(session: Session, name: str, listed: list[JobStatus], mine: list[JobStatus], others: list[JobStatus]) -> None:
    known = len(listed) - len(mine) - len(others)
    session.say(
        f"{name}: {counted(len(listed), 'job')}; {known} known, {len(mine)} ours and unknown, {len(others)} not ours"
    )
    for each in mine:
        session.say(f"  ours: {each.name} {each.state.lower()} {each.display_name}")
    for each in others[:NAMED]:
        session.say(f"  not ours, left alone: {each.name} {each.state.lower()} {each.display_name[:60]}".rstrip())
    if len(others) > NAMED:
        session.say(f"  and {len(others) - NAMED} more that are not ours")


def _work(session: Session, status: JobStatus) -> RunWork | None:
    """The run the job is for, locked; None when it is not here, or another process has it."""
    match = OURS.fullmatch(status.display_name)
    assert match
    place = _place(session, match[1])
    if place is None:
        what = f"{status.name} is for {match[1]}, which does not exist here; was it made on another machine?"
        channel, _, number = match[1].partition("-")
        session.trouble(match[1], what, f"only to take it in here: doit adopt CH={channel} RUN={number}")
        return None
    found = opened(session, [place])
    return found[0] if found else None


def _place(session: Session, name: str) -> RunPlace | None:
    places, settings = session.places, session.settings
    here = {place.name: place for place in (*all_places(places), *places.runs_of("ALL"))}
    if name not in here and settings.channel and settings.run and name == f"{settings.channel}-{settings.run}":
        return places.run(settings.channel, settings.run)
    return here.get(name)


def _take_in(session: Session, client: Gemini, provider: str, work: RunWork, status: JobStatus) -> None:
    same = [each for each in work.manifest.submissions if each.display_name == status.display_name]
    lost = [each for each in same if each.job is None]
    if lost:
        taken = lost[-1]
    elif same:
        taken = replace(same[-1], id=work.manifest.next_id())
    else:
        found = _rebuilt(session, client, provider, work, status)
        if found is None:
            return
        taken = found
    taken = replace(
        taken,
        state="submitted",
        job=status.name,
        submitted_at=status.created_at,
        endpoint=client.endpoint,
        key_fingerprint=client.fingerprint,
        adopted=True,
        provider_state=None,
        counts=None,
        ended_at=None,
        collected_at=None,
        output=None,
        reason=None,
    )
    work.record(taken)
    session.say(f"{work.place.name}: took in {status.name} as {taken.id}, {counted(len(taken.requests), 'picture')}")
    session.note(of_adopted(work.place.name, status.name, f"{status.name} was taken in by doit adopt", "doit collect"))


def _rebuilt(session: Session, client: Gemini, provider: str, work: RunWork, status: JobStatus) -> Submission | None:
    """A submission for a job that no manifest knows; None, with the reason said, when its requests are not known."""
    models = [each for each in work.catalog.models.values() if (each.provider, each.name) == (provider, status.model)]
    if not models:
        what = f"{status.name} is on the model {status.model}, which configs/image_models.yaml does not know"
        session.trouble(work.place.name, what, "add the model there (status: retired will do), then: doit adopt")
        return None
    match = OURS.fullmatch(status.display_name)
    assert match
    items, sha256 = _by_input(work, status.model, match[3]), stand_in(match[3])
    if not items and not status.done:
        what = f"{status.name} is on its way, and which pictures it makes will show only in its results"
        session.trouble(
            work.place.name, what, f"do not send this run before; when it is done: doit adopt ({status.name})"
        )
        return None
    items = items or _by_results(session, client, work, status)
    if not items:
        session.say(f"{work.place.name}: {status.name} {status.state} holds no results; nothing to take in")
        return None
    wanted = [request for each in items if (request := work.request(each.key))]
    return Submission(
        id=work.manifest.next_id(),
        display_name=status.display_name,
        task=work.place.task,
        provider=provider,
        endpoint=client.endpoint,
        model_key=models[0].key,
        model_name=status.model,
        slot=wanted[0].choice.slot if wanted else None,
        lane="batch",
        requests=tuple(items),
        request_bytes=1,
        request_sha256=sha256,
        key_fingerprint=client.fingerprint,
        estimate_usd=round(sum(work.estimate(request) for request in wanted), 6),
        intent_at=status.created_at or session.now(),
    )


def _by_input(work: RunWork, model: str, digits: str) -> list[Item]:
    """The requests, when the prompts as they are now make the very input whose sha256 begins with `digits`."""
    requests = [each for each in work.wanted if each.choice.model.name == model and each.choice.lane == "batch"]
    for part in parts_of(work.catalog, requests):
        if hashlib.sha256(part.data).hexdigest()[:16] == digits:
            return [Item(each.key, each.prompt_id, each.digest, each.prompt_sha256) for each in part.requests]
    return []


def _by_results(session: Session, client: Gemini, work: RunWork, status: JobStatus) -> list[Item]:
    """The requests by the keys in the results; keys that say nothing any more get stand-ins."""
    try:
        whole = client.status(status.name)
        keys = list(dict.fromkeys(_keys(client, whole)))
    except (Refused, Unavailable) as error:
        session.trouble(work.place.name, f"the results of {status.name} cannot be read: {error.reason}", "doit adopt")
        return []
    return [_item(work, key) for key in keys]


def _keys(client: Gemini, status: JobStatus) -> Iterator[str]:
    chunks: Iterable[bytes] = (orjson.dumps(each) + b"\n" for each in status.inline)
    for _, line in lines.split(client.download(status.output) if status.output else chunks):
        try:
            key = open_line(line).key if line.strip() else None
        except Unreadable:
            continue
        if key:
            yield key


def _item(work: RunWork, key: str) -> Item:
    if request := work.request(key):
        return Item(key, request.prompt_id, request.digest, request.prompt_sha256)
    if line := work.last.get(key):
        return Item(key, line["prompt_id"], line["digest"], line["prompt_sha256"])
    match = KEY.fullmatch(key)
    unknown = hashlib.sha256(key.encode()).hexdigest()
    if match and PROMPT_ID.fullmatch(match[1]):
        return Item(key, match[1], stand_in(match[2]), unknown)
    return Item(key, "unknown", unknown, unknown)
