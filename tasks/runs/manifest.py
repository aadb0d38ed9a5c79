"""`_gemini_batch/manifest.json`: which requests went into which job, and what became of it.

A submission moves in one direction:

intent -> creating -> submitted -> finished -> collected
   |         |
   +---------+--> dropped          (no job was made: nothing to pay, nothing to fetch)

intent     written before anything is sent; a process that dies here has sent nothing that costs
creating   the input file is uploaded and the create is about to leave: from here on a job may exist
submitted  the provider named the job
finished   the provider will not work on it any more; its results are not all with us yet (`awaited`: which, and when
           they are asked for again)
collected  every request has its line in results.jsonl

On the immediate lane there is no job: sending -> collected. While it is "sending", its journal says which requests
left and what became of them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ..catalog.model import Lane
from ..files import atomic
from ..files.newer import added, known
from ..pictures.store import OWN
from ..providers.job_status import ANSWERED, Counts, ProviderState
from ..text.word import Word
from .awaited import Awaited

if TYPE_CHECKING:
    from ..requests.request import Request  # how prompts are read is nothing for a command that only looks

VERSION = 1
HOURS = 48.0
"""What a job's life and its results last, of submissions that do not say otherwise."""
SCHEMA = "../../../../../schemas/manifest.schema.json"


class State(Word):
    """How far a submission is; the page above says what each means."""

    INTENT = "intent"
    CREATING = "creating"
    SENDING = "sending"
    SUBMITTED = "submitted"
    FINISHED = "finished"
    COLLECTED = "collected"
    DROPPED = "dropped"


OPEN = frozenset(State) - {State.COLLECTED, State.DROPPED}
MAY_EXIST = OPEN - {State.INTENT}
OURS = re.compile(r"kamishibai (\S+) (s[0-9]{3,}) ([0-9a-f]{16})")
"""Our display names: run, submission, digest of the requests."""


def asked(request: "Request") -> dict[str, Any]:
    """What items, results and store records say alike of what was asked for."""
    own = request.own
    names = ("key", "prompt_id", "digest", "prompt_sha256")
    said = (own.as_sent or None, dict(own.values) or None) if own else (None, None)
    return {name: getattr(request, name) for name in names} | dict(zip(OWN, said, strict=True))


@dataclass(frozen=True)
class Item:
    """One request of a submission: what its picture is for, also after prompts.json was edited.

    own_sha256, own_values: what its row itself said (`requests.own`); None in manifests of older versions.
    failed: its line of results.jsonl, when it is answered and brought no picture: of a picture the store tells, of the
    others nobody else, should that file be lost. more: keys of newer versions, kept as they are.
    """

    key: str
    prompt_id: str
    digest: str
    prompt_sha256: str
    own_sha256: str | None = None
    own_values: Mapping[str, str] | None = None
    failed: Mapping[str, Any] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(request: "Request", key: str = "") -> "Item":
        """The item of a request, sent as `key`; "": as it is called today."""
        return Item(**asked(request) | ({"key": key} if key else {}))


@dataclass(frozen=True)
class Submission:
    """Our attempt to create one job. Times are UTC ISO 8601; `counts` are the provider's, zero when it has none.

    awaited: what has not come of a finished job, once it was looked for. outputs: its result files at the provider.
    life_hours, kept_hours: as in providers.port.JobTraits, of the provider it was sent to.
    shared: its name in the store that several machines share; "" where nothing is shared.
    more: keys of newer versions, kept as they are.
    """

    id: str
    display_name: str
    task: str
    provider: str
    endpoint: str
    model_key: str
    model_name: str
    slot: str | None
    lane: Lane
    requests: tuple[Item, ...]
    request_bytes: int
    request_sha256: str
    key_fingerprint: str
    estimate_usd: float
    intent_at: str
    state: State = State.INTENT
    input_file: str | None = None
    job: str | None = None
    provider_state: ProviderState | None = None
    counts: Counts | None = None
    submitted_at: str | None = None
    ended_at: str | None = None
    collected_at: str | None = None
    outputs: tuple[str, ...] = ()
    adopted: bool = False
    reason: str | None = None
    awaited: Awaited | None = None
    life_hours: float = HOURS
    kept_hours: float = HOURS
    shared: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether the provider may be working on it."""
        return self.state in (State.CREATING, State.SUBMITTED)

    @property
    def has_results(self) -> bool:
        """Whether there may be answers: in a file, or inline in the job itself (P-11)."""
        return bool(self.outputs) or self.provider_state in ANSWERED

    @property
    def share_usd(self) -> float:
        """What one of its requests was estimated to cost, in US dollars."""
        return self.estimate_usd / len(self.requests)

    @property
    def keys(self) -> list[str]:
        return [item.key for item in self.requests]

    @property
    def owed(self) -> list[Item]:
        """Those of its requests that have no line in results.jsonl yet, while it is open."""
        return [item for item in self.requests if self.awaited is None or item.key in self.awaited.keys]


@dataclass(frozen=True)
class Kept:
    """What a person decides about, when last looked.

    pictures: finished ones that stay though their channel asks for others; about_usd: what RETRY=changed costs.
    pointers: pictures that Git LFS has not fetched.
    """

    pictures: int = 0
    about_usd: float = 0.0
    pointers: int = 0


NOTHING = Kept()
_KNOWN = frozenset(each.name for each in fields(Submission)) - {"more"} | {"output"}
_TOLD = ("complete", "references", "read_at", "look_for_jobs", "looked_for", "tidied")
_OURS = frozenset(("$schema", "version", "run", "submissions", "kept", *_TOLD))


@dataclass(frozen=True)
class Manifest:
    """All submissions of one run, oldest first. complete: when last looked, nothing was left to do.

    references: the pictures that prompts refer to, by path from the run's folder: bytes and time stamp (ns) when last
    looked, so that painting over one is noticed without reading any. read_at: when prompts and configs were read for
    that look, UTC; what was changed later has to be read again. None in manifests of older versions.
    kept: finished pictures that were changed for the whole channel, when last looked.
    tidied: pictures that `doit tidy` removed, since the store gives them back for nothing: by path, their sha256.
    look_for_jobs: an earlier manifest was lost; the provider's list has to be read before anything is sent.
    looked_for: the providers whose list was read for that since; the others are asked before anything goes to them.
    more: keys of newer versions, kept as they are.
    """

    run: str
    submissions: tuple[Submission, ...] = ()
    complete: bool = False
    references: dict[str, list[int]] = field(default_factory=dict)
    read_at: str | None = None
    look_for_jobs: bool = False
    looked_for: tuple[str, ...] = ()
    kept: Kept = NOTHING
    tidied: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def open(self) -> list[Submission]:
        return [each for each in self.submissions if each.state in OPEN]

    def jobs_open(self) -> list[Submission]:
        """Submissions whose job is to be looked for, asked about or fetched."""
        return [each for each in self.open() if each.state not in (State.INTENT, State.SENDING)]

    def sending(self) -> list[Submission]:
        """Immediate submissions that are under way, or were when their command was stopped."""
        return [each for each in self.submissions if each.state is State.SENDING]

    def in_flight(self) -> frozenset[str]:
        """Keys of requests that a job may still answer."""
        return self._in_flight

    @cached_property
    def _in_flight(self) -> frozenset[str]:
        return frozenset(item.key for each in self.submissions if each.state in MAY_EXIST for item in each.owed)

    def coming(self) -> frozenset[str]:
        """Digests of the pictures that a job may still bring, under whatever prompt ids they were asked for."""
        return self._coming

    @cached_property
    def _coming(self) -> frozenset[str]:
        return frozenset(item.digest for each in self.submissions if each.state in MAY_EXIST for item in each.owed)

    def jobs(self) -> frozenset[str]:
        return frozenset(each.job for each in self.submissions if each.job)

    def submission(self, identity: str) -> Submission:
        return next(each for each in self.submissions if each.id == identity)

    def attempt(self, submission_id: str, key: str) -> int:
        """How many times the request of `key` had been sent when this submission was, itself included; under any id."""
        return bisect_right(self._sent.get(digits_of(key), ()), self._places[submission_id])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {each.id: place for place, each in enumerate(self.submissions)}

    @cached_property
    def _sent(self) -> dict[str, list[int]]:
        """For each request, the places of the submissions it really went out with, ascending."""
        sent: dict[str, list[int]] = {}
        for place, each in enumerate(self.submissions):
            for digits in dict.fromkeys(map(digits_of, each.keys)) if each.state is not State.DROPPED else ():
                sent.setdefault(digits, []).append(place)
        return sent

    def with_(self, submission: Submission) -> "Manifest":
        """This manifest with that submission replaced, or appended when it is new; no longer complete."""
        if all(each.id != submission.id for each in self.submissions):
            return replace(self, submissions=(*self.submissions, submission), complete=False)
        kept = tuple(submission if each.id == submission.id else each for each in self.submissions)
        return replace(self, submissions=kept, complete=False)


def digits_of(key: str) -> str:
    """Of the request's digest, which says the same under whatever prompt id it was sent."""
    return key.rpartition("-")[2]


def display_name(run: str, submission_id: str, request_sha256: str) -> str:
    """The name by which a job is found again. It holds the content, so a lost manifest finds its job too."""
    return f"kamishibai {run} {submission_id} {request_sha256[:16]}"


def is_twin(name: str, run: str, request_sha256: str) -> bool:
    """Whether a job of that display name was made for that run from these requests; the number may be another."""
    found = OURS.fullmatch(name)
    return found is not None and (found[1], found[3]) == (run, request_sha256[:16])


def decode(run: str, data: Mapping[str, Any]) -> Manifest:
    """Manifest from checked JSON."""
    submissions = tuple(submission_of(record) for record in data["submissions"])
    own = {name: data[name] for name in _TOLD if name in data}
    own |= {"looked_for": tuple(own["looked_for"])} if "looked_for" in own else {}
    return Manifest(run, submissions, **own, kept=kept_of(data), more=added(data, _OURS))


def kept_of(data: Mapping[str, Any]) -> Kept:
    """What the manifest says of finished pictures that stay."""
    return Kept(**known(Kept, data.get("kept", {})))


def submission_of(record: Mapping[str, Any]) -> Submission:
    """One submission from checked JSON."""
    own = {name: value for name, value in record.items() if name in _KNOWN}
    output = own.pop("output", None)
    return Submission(
        **own
        | {
            "lane": Lane(record["lane"]),
            "state": State(record["state"]),
            "provider_state": ProviderState(record["provider_state"]) if record.get("provider_state") else None,
            "counts": Counts(**known(Counts, record["counts"])) if record.get("counts") else None,
            "requests": tuple(map(_item, record["requests"])),
            "outputs": tuple(record.get("outputs") or ([output] if output else ())),
            "awaited": _awaited(record["awaited"]) if record.get("awaited") else None,
            "more": added(record, _KNOWN),
        }
    )


def _awaited(record: Mapping[str, Any]) -> Awaited:
    return Awaited(**known(Awaited, record) | {"keys": tuple(record["keys"])})


def _item(record: Mapping[str, Any]) -> Item:
    return Item(
        record["key"],
        record["prompt_id"],
        record["digest"],
        record["prompt_sha256"],
        record.get("own_sha256"),
        record.get("own_values"),
        record.get("failed"),
        added(record, Item.__dataclass_fields__),
    )


def encode(manifest: Manifest) -> bytes:
    """The file's bytes: indented, for a person to read."""
    data = {
        "$schema": SCHEMA,
        "version": VERSION,
        "run": manifest.run,
        "complete": manifest.complete,
        **({"read_at": manifest.read_at} if manifest.read_at else {}),
        **({"references": manifest.references} if manifest.references else {}),
        **({"kept": asdict(manifest.kept)} if manifest.kept != NOTHING else {}),
        **({"tidied": dict(manifest.tidied)} if manifest.tidied else {}),
        **({"look_for_jobs": True} if manifest.look_for_jobs else {}),
        **({"looked_for": list(manifest.looked_for)} if manifest.looked_for else {}),
        "submissions": [record_of(submission) for submission in manifest.submissions],
        **manifest.more,
    }
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def record_of(submission: Submission) -> dict[str, Any]:
    """One submission as JSON has it."""
    record = _with_more(asdict(submission))
    outputs = record.pop("outputs")
    record["output"] = outputs[0] if outputs else None
    if len(outputs) > 1:
        record["outputs"] = outputs
    for name, usual in _USUAL.items():
        if record[name] == usual:
            del record[name]
    return record | {"requests": list(map(_item_record, record["requests"]))}


def _item_record(record: dict[str, Any]) -> dict[str, Any]:
    told = (*OWN, "failed")
    return {name: value for name, value in _with_more(record).items() if value is not None or name not in told}


_USUAL = {"awaited": None, "life_hours": HOURS, "kept_hours": HOURS, "shared": ""}


def _with_more(record: dict[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = record.pop("more")
    return record | more


def save(path: Path, manifest: Manifest) -> None:
    """Durable when it returns."""
    atomic.write(path, encode(manifest))


def drop_unsent(manifest: Manifest, reason: str) -> Manifest:
    """Intents that a stopped process left behind: nothing was created from them."""
    stale = (
        replace(each, state=State.DROPPED, reason=reason) for each in manifest.submissions if each.state is State.INTENT
    )
    return _with_all(manifest, stale)


def _with_all(manifest: Manifest, submissions: Iterable[Submission]) -> Manifest:
    for submission in submissions:
        manifest = manifest.with_(submission)
    return manifest
