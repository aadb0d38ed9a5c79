"""A provider that exists in tests alone, and is unlike the others: what it takes to be one.

Its lines are no JSON, its results lie in shards, an expired job keeps what was done, and it knows no names for jobs. It
answers from memory: what it proves is the port, not a wire.
"""

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from PIL import Image

from tasks.catalog.choice import Choice
from tasks.catalog.model import Provider
from tasks.providers.answer import Answer, Status, Tokens, Unreadable
from tasks.providers.bounds import Patience
from tasks.providers.failures import Ambiguous, Refused
from tasks.providers.job_status import Counts, JobStatus, ProviderState
from tasks.providers.port import Api, JobTraits, Picture

SHARD = 2
TOKENS = 100


@dataclass
class Job:
    """One job: its requests, and how many of them it does before it expires (None: all)."""

    lines: list[bytes]
    does: int | None
    looked: int = 0


@dataclass
class Books:
    """What the provider has, whoever connects. does: of the next jobs. loses: how many answers to a create get lost."""

    jobs: dict[str, Job] = field(default_factory=dict)
    files: dict[str, list[bytes]] = field(default_factory=dict)
    does: list[int | None] = field(default_factory=list)
    loses: int = 0

    @property
    def billed(self) -> list[bytes]:
        return [line for job in self.jobs.values() for line in job.lines[: job.does]]


BOOKS = Books()


@dataclass(frozen=True)
class Line:
    """One line: key, a tab, a picture in base64."""

    key: str | None
    line: bytes

    def answer(self) -> Answer:
        picture = base64.b64decode(self.line.partition(b"\t")[2])
        return Answer(self.key, Status.OK, None, "", Tokens(image=TOKENS), picture)


class Dummy:
    """The client of its batch lane."""

    traits = JobTraits(life_hours=1.0, kept_hours=2.0)
    fingerprint, endpoint, date = "0123456789ab", "dummy.invalid", None

    def open_line(self, line: bytes) -> Line:
        if b"\t" not in line:
            raise Unreadable("no tab")
        return Line(line.partition(b"\t")[0].decode(), line)

    def upload(self, data: bytes, display_name: str) -> str:
        found = [orjson.loads(each) for each in data.splitlines()]
        name = f"blob-{len(BOOKS.files)}"
        BOOKS.files[name] = [f"{each['key']}\t{each['request']['paint']}".encode() for each in found]
        return name

    def create(self, model: str, input_file: str, display_name: str) -> str:
        name = f"job-{len(BOOKS.jobs)}"
        BOOKS.jobs[name] = Job(BOOKS.files[input_file], BOOKS.does.pop(0) if BOOKS.does else None)
        if BOOKS.loses:
            BOOKS.loses -= 1
            raise Ambiguous("the line went dead")
        return name

    def listing(self) -> list[JobStatus]:
        return [self._told(name, job) for name, job in reversed(BOOKS.jobs.items())]

    def status(self, job: str) -> JobStatus:
        if job not in BOOKS.jobs:
            raise Refused(404, "no such job")
        BOOKS.jobs[job].looked += 1
        return self._told(job, BOOKS.jobs[job])

    def _told(self, name: str, job: Job) -> JobStatus:
        total, done = len(job.lines), len(job.lines[: job.does])
        if job.looked < 2:
            counts = Counts(total=total, pending=total)
            return JobStatus(name, "", ProviderState.RUNNING, counts, "2026-11-29T00:00:00Z", None, (), (), None)
        state = ProviderState.SUCCEEDED if job.does is None else ProviderState.EXPIRED
        shards = tuple(f"{name}/{start}" for start in range(0, done, SHARD))
        times = ("2026-11-29T00:00:00Z", "2099-01-01T00:00:00Z")
        return JobStatus(name, "", state, Counts(total=total, succeeded=done), *times, shards, (), None)

    def download(self, name: str) -> Iterator[bytes]:
        job, _, start = name.partition("/")
        found = BOOKS.jobs[job]
        for line in found.lines[: found.does][int(start) : int(start) + SHARD]:
            key = line.partition(b"\t")[0]
            yield key + b"\t" + base64.b64encode(_picture(line)) + b"\n"

    def cancel(self, job: str) -> None:
        BOOKS.jobs[job].does = 0

    def delete_file(self, name: str) -> None:
        BOOKS.files.pop(name)


def _picture(line: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 36), (len(line) % 256, sum(line) % 256, 90)).save(out, "PNG")
    return out.getvalue()


def _body(text: str, choice: Choice, references: Sequence[Picture]) -> dict[str, Any]:
    return {"paint": text}


def _client(about: Provider, url: str, key: str, timeout: float, patience: Patience) -> Dummy:
    return Dummy()


API = Api("https://dummy.invalid/keys", _body, batch=_client)
CONFIG: Mapping[str, Any] = {
    "api": "dummy",
    "base_url": "https://dummy.invalid",
    "base_url_env": "DUMMY_BASE_URL",
    "key_env": "DUMMY_API_KEY",
}
MODEL: Mapping[str, Any] = {
    "provider": "dummy",
    "name": "dummy-1",
    "label": "Dummy",
    "status": "live",
    "source": "a test",
    "lanes": ["batch"],
    "default_lane": "batch",
    "aspect_ratios": ["16:9"],
    "image_sizes": ["1K"],
    "sends_image_size": False,
    "max_references": 0,
    "tokens_per_image": {"1K": TOKENS},
    "prices": {
        "source": "a test",
        "checked": "2026-11-29",
        "batch": {"input": 0, "text_output": 0, "image_output": 10},
    },
}
