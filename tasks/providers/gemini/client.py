"""The Gemini API as this pipeline uses it: each call once, all through one network stack.

Upload and create go through the provider's own client (sdk), which is not even imported without anything to send. The
rest are plain calls: the client drops counts and errors of a job (P-03), and buffers or truncates a download (P-04).
"""

import io
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from ...text.redaction import one_line, without
from ...text.sentences import t
from ..answer import Reply, Unreadable
from ..bounds import Patience
from ..connected import Connected
from ..failures import Ambiguous, Refused, Unavailable
from ..http import Whole
from ..job_status import JobStatus
from ..port import Uploaded
from ..protojson import is_absurd, read_object
from .job import named, read_listing, read_operation
from .responses import Envelope, of_response, open_line
from .traits import TRAITS

MIME_TYPES = ("application/jsonl", "application/json", "text/plain")  # tried in this order, P-06
MOST_PAGES = 100
"""Of a list of jobs; more is a list without an end."""


class Gemini(Connected):
    """One account at one address.

    base_url: "https://host[:port]". timeout: seconds for one call. Jobs and files are visible only to the project
    of the key that made them (P-08), hence `fingerprint` and `endpoint` in every manifest.
    """

    traits = TRAITS
    picture_hours = 48.0  # P-08

    def __init__(
        self, base_url: str, api_version: str, key: str, timeout: float, patience: Patience | None = None
    ) -> None:
        super().__init__(base_url, key, "x-goog-api-key", "", timeout, patience)
        self._version = api_version
        self._sdk_client: Any = None

    def reach(self) -> None:
        """Ask for something that is free: whether it can be asked at all. Raises Unavailable, Refused."""
        self._ask("GET", "models?pageSize=1")

    def open_line(self, line: bytes) -> Envelope:
        """One line of a result file, its picture not decoded yet. Raises Unreadable."""
        return open_line(line)

    def upload(self, data: bytes, display_name: str) -> str:
        """Upload a request file; returns its name, "files/…". Raises Unavailable or Refused; nothing is billed."""
        refusals = []
        for mime_type in MIME_TYPES:
            try:
                return self._upload_as(data, display_name, mime_type).name
            except Refused as refusal:
                if refusal.code != 400 or refusal.trouble:
                    raise
                refusals.append(f"{mime_type}: {refusal.reason}")
        raise Refused(400, "the upload was refused as " + "; ".join(refusals))

    def upload_picture(self, data: bytes, mime: str, display_name: str) -> Uploaded:
        """Upload a reference picture. mime: "image/png" and the like. Raises Unavailable or Refused; free of charge."""
        file = self._upload_as(data, display_name, mime)
        if file.uri.startswith("https://") and file.uri == one_line(file.uri, 300):
            return file
        raise Unavailable(t("upload: the answer held no address"))

    def _upload_as(self, data: bytes, display_name: str, mime_type: str) -> Uploaded:
        """The file that the provider made of `data`, by its resumable protocol (P-32); its address may be none."""
        sdk, config = self._sdk(), {"mime_type": mime_type, "display_name": display_name}
        try:
            file = sdk.files.upload(file=io.BytesIO(data), config=config)
            return Uploaded(named("files", file.name), str(file.uri or ""))
        except (Refused, Unavailable):
            raise
        except KeyError as error:  # the client's way to say "200, but no file in it", P-05
            raise Refused(400, f"the answer held no {error}") from error
        except Exception as error:
            raise Unavailable(t("upload: {error}", error=self._words(error))) from error

    def generate(self, model: str, body: Mapping[str, Any]) -> Reply:
        """One answer on the immediate lane: POST …:generateContent, once. body: GenerateContentRequest, camelCase.

        Raises Refused or Unavailable when nothing was billed (4xx and 5xx are not, P-22), Ambiguous when
        no clear answer came back.
        """
        url = f"{self._base}/{self._version}/models/{quote(model)}:generateContent"
        answer = self._http.buy(url, orjson.dumps(body))
        if is_absurd(answer.body):
            raise Ambiguous("200, but more values than any answer has")
        try:
            return of_response(answer.body)
        except Unreadable as error:
            raise Ambiguous(f"200, but {error}") from error

    def create(self, model: str, input_file: str, display_name: str) -> str:
        """Create one job, once, without any retry; returns its name, "batches/…".

        Raises Refused or Unavailable when certainly no job was made, Ambiguous when one may exist: also after a 409 and
        a 5xx, which came when the job was made already (P-01).
        """
        sdk = self._sdk()
        try:
            job = sdk.batches.create(model=quote(model), src=input_file, config={"display_name": display_name})
            return named("batches", job.name)
        except Unavailable as error:
            if error.code in (None, 429):
                raise
            raise Ambiguous(error.reason) from error
        except (Refused, Ambiguous):
            raise
        except Exception as error:
            raise Ambiguous(t("no clear answer: {reason}", reason=self._words(error))) from error

    def listing(self) -> list[JobStatus]:
        """Every job the key can see, newest first, without its results: what is not listed may exist (P-13).

        One request for every 100 jobs. Raises Unavailable, Refused.
        """
        found: list[JobStatus] = []
        token = ""
        for _ in range(MOST_PAGES):
            page = f"&pageToken={quote(token, safe='')}" if token else ""
            answer = self._ask("GET", f"batches?pageSize=100{page}")
            try:
                jobs, token = read_listing(answer.body, self._key)
            except ValueError as error:
                raise Unavailable(t("unreadable list of jobs: {shown}", shown=self._shown(answer.body))) from error
            found += jobs
            if not token:
                return found
        raise Unavailable(t("the list of jobs has no end"))

    def cancel(self, job: str) -> None:
        """Ask the provider to stop a job. An answer proves nothing, only its state does.

        Raises Unavailable, Refused.
        """
        self._ask("POST", f"{quote(job)}:cancel")

    def delete_file(self, name: str) -> None:
        """Free the space of an uploaded file. Raises Unavailable, Refused."""
        self._ask("DELETE", quote(name))

    def status(self, job: str) -> JobStatus:
        """What the provider says of a job now. Raises Unavailable, Refused (404: not there, or not for this key)."""
        answer = self._ask("GET", quote(job))
        try:
            return read_operation(read_object(answer.body), self._key).of(job)
        except ValueError as error:
            raise Unavailable(t("unreadable job status: {shown}", shown=self._shown(answer.body))) from error

    def download(self, name: str) -> Iterator[bytes]:
        """The bytes of a result file in pieces of at most 1 MiB, as they arrive; a line feed after all.

        A line feed follows when the answer is known to be whole, so that a last line without one is not taken for cut.
        Raises Refused (403: gone or never there), BrokeOff when the answer breaks off; without a length or chunks a
        cut cannot be seen here, so the caller counts what came.
        """
        return self._http.stream(f"{self._base}/{self._version}/{quote(name)}:download?alt=media")

    def _ask(self, method: str, path: str) -> Whole:
        return self._http.ask(method, f"{self._base}/{self._version}/{path}")

    def _sdk(self) -> Any:
        """The provider's own client. Raises Unavailable when it cannot be had."""
        if self._sdk_client is None:
            try:
                from .sdk import client

                self._sdk_client = client(self._http, self._base, self._version, self._key)
            except ImportError as error:
                raise Unavailable(t("google-genai cannot be used: {error}", error=str(error))) from error
        return self._sdk_client

    def _words(self, error: Exception) -> str:
        """What the provider's client could not make of an answer."""
        return one_line(without(self._key, str(error)), 160) or type(error).__name__
