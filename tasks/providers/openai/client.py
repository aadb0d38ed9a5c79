"""The OpenAI API as this pipeline uses it: each call once, all through our own network stack.

Its own client is not used: it repeats POSTs by itself and sends no idempotency key, so that a lost answer to a create
buys twice (O-01), and importing it takes a second.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
import pybase64

from ...text import clock
from ...text.errors import BadInput
from ...text.redaction import one_line
from ...text.sentences import t
from ..answer import Reply, Unreadable
from ..bounds import ASKED, Patience
from ..connected import Connected
from ..failures import Ambiguous, Refused, Unavailable
from ..http import Whole
from ..job_status import JobStatus
from ..port import Uploaded
from ..protojson import is_absurd, items, message, read_object, text
from .job import GENERATIONS, MARK, as_lines, endpoint_of, named, read_batch, read_listing
from .responses import REFUSING, ResultLine, of_refusal, of_response, open_line
from .traits import TRAITS

MOST_PAGES = 300
"""Of a list of batches; more is a list without an end."""
_LOOKED_BACK = timedelta(hours=TRAITS.life_hours + TRAITS.kept_hours + 24)


class OpenAi(Connected):
    """One account at one address.

    base_url: with its "/v1". timeout: seconds for one call. Files and batches belong to the project of the key.
    """

    traits = TRAITS

    def __init__(self, base_url: str, key: str, timeout: float, patience: Patience | None = None) -> None:
        super().__init__(base_url, key, "Authorization", "Bearer ", timeout, patience, more=_part_of_the_account())
        self._endpoints: dict[str, str] = {}

    def reach(self) -> None:
        """Ask for something that is free: whether it can be asked at all. Raises Unavailable, Refused."""
        self._ask("GET", "models")

    def ends_on(self, model: str) -> str | None:
        """The last day of a model, YYYY-MM-DD, where one is announced (O-10). Raises Unavailable, Refused."""
        told = text(self._read("GET", f"models/{quote(model, safe='')}").get("shutdown_date"))
        try:
            return datetime.fromisoformat(told).date().isoformat() if told else None
        except ValueError:
            raise Unavailable(t("unreadable last day of {model}", model=model)) from None

    def open_line(self, line: bytes) -> ResultLine:
        """One line of a result file, its picture not decoded yet. Raises Unreadable."""
        return open_line(line)

    def upload(self, data: bytes, display_name: str) -> str:
        """Upload lines of batch_request.jsonl in the provider's form (O-03, O-09); returns the name, "file-…".

        Raises Unavailable, and Refused, before anything leaves, for a line that would fail the whole job. It is free.
        """
        lines = list(as_lines(data))
        file = Upload("file", f"{display_name}.jsonl", "application/octet-stream", b"".join(lines))
        name = self._uploaded({"purpose": "batch"}, file)
        self._endpoints[name] = text(read_object(lines[0]).get("url")) if lines else GENERATIONS
        return name

    def _uploaded(self, values: Mapping[str, str], file: "Upload") -> str:
        kind, form = _form(values, [file])
        answer = self._http.upload(f"{self._base}/files", form, {"Content-Type": kind}, with_key=True)
        try:
            return named("file", read_object(answer.body).get("id"))
        except ValueError as error:
            raise Unavailable(t("upload: the answer names no file: {shown}", shown=self._shown(answer.body))) from error

    def create(self, model: str, input_file: str, display_name: str) -> str:  # noqa: ARG002 - the lines name the model
        """Create one batch, once, without any retry; returns its name, "batch_…".

        Raises Refused or Unavailable when certainly no batch was made, Ambiguous when one may exist: also after a 409
        and a 5xx, and after a 200 that is no batch.
        """
        endpoint = self._endpoints.get(input_file, GENERATIONS)
        asked = {"input_file_id": input_file, "endpoint": endpoint, "completion_window": "24h"}
        body = orjson.dumps(asked | {"metadata": {MARK: display_name}})
        try:
            answer = self._http.buy(f"{self._base}/batches", body, ASKED)
            return read_batch(read_object(answer.body), self._key).name
        except Unavailable as error:
            if error.code in (None, 429):
                raise
            raise Ambiguous(error.reason) from error
        except ValueError as error:
            raise Ambiguous(t("200, but no batch: {shown}", shown=self._shown(answer.body))) from error

    def listing(self) -> list[JobStatus]:
        """Every batch whose results may still be had, newest first: what is not listed may exist.

        The provider lists all that there ever were; those that are too old to be fetched are not asked for.
        Raises Unavailable, Refused.
        """
        found: list[JobStatus] = []
        after = ""
        for _ in range(MOST_PAGES):
            answer = self._ask("GET", f"batches?limit=100{f'&after={after}' if after else ''}")
            try:
                jobs, after = read_listing(answer.body, self._key)
            except ValueError as error:
                raise Unavailable(t("unreadable list of jobs: {shown}", shown=self._shown(answer.body))) from error
            found += jobs
            if not after or self._is_past(jobs[-1]):
                return found
        raise Unavailable(t("the list of jobs has no end"))

    def _is_past(self, job: JobStatus) -> bool:
        oldest = datetime.fromisoformat(self.date or clock.now()) - _LOOKED_BACK
        return job.created_at is not None and datetime.fromisoformat(job.created_at) < oldest

    def status(self, job: str) -> JobStatus:
        """What the provider says of a batch now. Raises Unavailable, Refused (404: not there, or not for this key)."""
        answer = self._ask("GET", f"batches/{quote(job, safe='')}")
        try:
            return read_batch(read_object(answer.body), self._key).of(job)
        except ValueError as error:
            raise Unavailable(t("unreadable job status: {shown}", shown=self._shown(answer.body))) from error

    def download(self, name: str) -> Iterator[bytes]:
        """The bytes of a result file in pieces of at most 1 MiB, as they arrive; see Http.stream.

        Raises Refused (404: gone or never there), BrokeOff when the answer breaks off.
        """
        return self._http.stream(f"{self._base}/files/{quote(name, safe='')}/content")

    def cancel(self, job: str) -> None:
        """Ask the provider to stop a batch; one that is over already (409) stays as it is. Only its state tells more.

        Raises Unavailable, Refused.
        """
        try:
            self._ask("POST", f"batches/{quote(job, safe='')}/cancel")
        except Unavailable as error:
            if error.code != 409:
                raise

    def delete_file(self, name: str) -> None:
        """Free the space of an uploaded file. Raises Unavailable, Refused."""
        self._ask("DELETE", f"files/{quote(name, safe='')}")

    def generate(self, model: str, body: Mapping[str, Any], /) -> Reply:  # noqa: ARG002 - the body names it
        """One picture at once, asked for once.

        Raises Refused or Unavailable when nothing was billed, Ambiguous when no clear answer came back. What the safety
        system refuses is an answer.
        """
        address = f"{self._base}{endpoint_of(body).removeprefix('/v1')}"
        kind, data = _edit(body) if body.get("images") else ("application/json", orjson.dumps(body))
        try:
            answer = self._http.buy(address, data, more={"Content-Type": kind})
        except Refused as refusal:
            if refusal.word in REFUSING:
                return of_refusal(refusal)
            raise
        if is_absurd(answer.body):
            raise Ambiguous("200, but more values than any answer has")
        try:
            return of_response(answer.body)
        except Unreadable as error:
            raise Ambiguous(f"200, but {error}") from error

    def _ask(self, method: str, path: str) -> Whole:
        return self._http.ask(method, f"{self._base}/{path}")

    def _read(self, method: str, path: str) -> dict[str, Any]:
        answer = self._ask(method, path)
        try:
            return read_object(answer.body)
        except ValueError as error:
            raise Unavailable(t("unreadable answer: {shown}", shown=self._shown(answer.body))) from error


_PARTS = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
"""Headers, and the official client's variables for them (O-19)."""


def _part_of_the_account() -> dict[str, str]:
    """The headers that name organisation and project, where the environment does. Raises BadInput for no name."""
    told = {header: os.environ.get(variable, "").strip() for header, variable in _PARTS.items()}
    for header, name in told.items():
        if name and not re.fullmatch(r"[\w-]{1,100}", name, re.ASCII):
            raise BadInput(
                "{variable}={shown} is no name of an organization or project; nothing was sent",
                "set {variable} to one like org-… or proj_…, or unset it",
                variable=_PARTS[header],
                shown=one_line(name, 60),
            )
    return {header: name for header, name in told.items() if name}


class OpenAiJobs(OpenAi):
    """The same account where reference pictures are uploaded once and named in the lines of a batch (O-17)."""

    picture_hours = TRAITS.kept_hours

    def upload_picture(self, data: bytes, mime: str, display_name: str) -> Uploaded:
        """Upload a reference picture; it lives as long as the results of a job. Raises Unavailable, Refused; free."""
        seconds = str(int(self.picture_hours * 3600))
        values = {"purpose": "vision", "expires_after[anchor]": "created_at", "expires_after[seconds]": seconds}
        name = self._uploaded(values, Upload("file", _plain(display_name), mime, data))
        return Uploaded(name, name)


class Upload(NamedTuple):
    """A file of a form: the name of its field, its own, its kind, its bytes."""

    field: str
    filename: str
    mime: str
    data: bytes


def _edit(body: Mapping[str, Any]) -> tuple[str, bytes]:
    """(Content-Type, form) of a request with reference pictures at once: they travel in it (O-17)."""
    values = {name: str(value) for name, value in body.items() if name != "images"}
    files = []
    for number, each in enumerate(items(body["images"]), 1):
        mime, _, data = text(message(each).get("file_id")).removeprefix("data:").partition(";base64,")
        files.append(Upload("image[]", f"{number}.{mime.rpartition('/')[2]}", mime, pybase64.b64decode(data)))
    return _form(values, files)


def _plain(name: str) -> str:
    """A filename that no header of a form trips over."""
    return re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)


def _form(values: Mapping[str, str], files: Sequence[Upload]) -> tuple[str, bytes]:
    """(Content-Type, body) of a form with those values and files."""
    seen = hashlib.sha256(b"".join([*(value.encode() for value in values.values()), *(each.data for each in files)]))
    boundary = f"kamishibai-{seen.hexdigest()}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in values.items()
    ]
    for file in files:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{file.field}"; filename="{file.filename}"\r\n'
        parts += [head.encode(), f"Content-Type: {file.mime}\r\n\r\n".encode(), file.data, b"\r\n"]
    return f"multipart/form-data; boundary={boundary}", b"".join([*parts, f"--{boundary}--\r\n".encode()])
