"""The Gemini API as this pipeline uses it. The only module that imports google.genai, and only when something is sent.

Upload and create go through the provider's own client. Status, list and download are plain GETs: the client drops
counts and errors of a job (P-03), and buffers or truncates a download (P-04). Without anything to send, the
client is not even imported.
"""

import io
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from ...text.redaction import one_line, without
from ...text.sentences import t
from ..answer import Reply, Unreadable
from ..failures import Ambiguous, BrokeOff, Refused, Unavailable
from ..http import Http, fingerprint, retry_after, whole
from ..job_status import JobStatus
from ..port import Uploaded
from .job import read_operation
from .responses import of_response

CHUNK = 1 << 20
MIME_TYPES = ("application/jsonl", "application/json", "text/plain")  # tried in this order, P-06


class Gemini:
    """One account at one address.

    base_url: "https://host[:port]". timeout: seconds for one call. Jobs and files are visible only to the project
    of the key that made them (P-08), hence `fingerprint` and `endpoint` in every manifest.
    """

    def __init__(self, base_url: str, api_version: str, key: str, timeout: float) -> None:
        self._base = base_url.rstrip("/")
        self._version = api_version
        self._key = key
        self._timeout = timeout
        self._sdk_client: Any = None
        self.fingerprint = fingerprint(key)
        self.endpoint = urlsplit(self._base).hostname or self._base
        self._http = Http(self.endpoint, ("x-goog-api-key", key), timeout)

    @property
    def date(self) -> str | None:
        """The provider's clock, ISO 8601, by its last plain answer and the time since; None before the first."""
        return self._http.date

    def upload(self, data: bytes, display_name: str) -> str:
        """Upload a request file; returns its name, "files/…". Raises Unavailable or Refused; nothing is billed."""
        refusals = []
        for mime_type in MIME_TYPES:
            try:
                return str(self._upload_as(data, display_name, mime_type).name)
            except Refused as refusal:
                if refusal.code != 400:
                    raise
                refusals.append(f"{mime_type}: {refusal.reason}")
        raise Refused(400, "the upload was refused as " + "; ".join(refusals))

    def upload_picture(self, data: bytes, mime: str, display_name: str) -> Uploaded:
        """Upload a reference picture. mime: "image/png" and the like. Raises Unavailable or Refused; free of charge."""
        file = self._upload_as(data, display_name, mime)
        if not file.uri:
            raise Unavailable(t("upload: the answer held no address"))
        return Uploaded(str(file.name), str(file.uri))

    def _upload_as(self, data: bytes, display_name: str, mime_type: str) -> Any:
        config = {"mime_type": mime_type, "display_name": display_name}
        try:
            file = self._sdk().files.upload(file=io.BytesIO(data), config=config)
        except KeyError as error:  # the SDK's way to say "200, but no file in it", P-05
            raise Refused(400, f"the answer held no {error}") from error
        except ValueError as error:
            raise Unavailable(t("upload: {key}", key=without(self._key, str(error)))) from error
        except Exception as error:
            raise _sorted_error(error, self._key) from error
        if not file.name:
            raise Unavailable(t("upload: the answer held no name"))
        return file

    def generate(self, model: str, body: Mapping[str, Any]) -> Reply:
        """One answer on the immediate lane: POST …:generateContent, once. body: GenerateContentRequest, camelCase.

        Raises Refused or Unavailable when nothing was billed (4xx and 5xx are not, P-22), Ambiguous when
        no clear answer came back.
        """
        url = f"{self._base}/{self._version}/models/{quote(model)}:generateContent"
        answer = self._http.buy(url, orjson.dumps(body))
        try:
            return of_response(answer.body)
        except Unreadable as error:
            raise Ambiguous(f"200, but {error}") from error

    def create(self, model: str, input_file: str, display_name: str) -> str:
        """Create one job, once, without any retry; returns its name, "batches/…".

        Raises Refused or Unavailable when certainly no job was made, Ambiguous when one may exist.
        """
        try:
            job = self._sdk().batches.create(model=model, src=input_file, config={"display_name": display_name})
        except Exception as error:
            raise _create_error(error, self._key) from error
        if not job.name:
            raise Ambiguous("the answer named no job")
        return str(job.name)

    def listing(self) -> list[JobStatus]:
        """Every job the key can see, newest first, without its results: what is not listed may exist (P-13).

        One request for every 100 jobs. Raises Unavailable, Refused.
        """
        found: list[JobStatus] = []
        token: str | None = ""
        while token is not None:
            page = f"&pageToken={quote(token, safe='')}" if token else ""
            with self._ask("GET", f"/{self._version}/batches?pageSize=100{page}") as response:
                body = whole(response)
            try:
                answer = orjson.loads(body)
                found += [self._read(each) for each in answer.get("operations", ())]
                token = answer.get("nextPageToken") or None
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise Unavailable(t("unreadable list of jobs: {shown}", shown=self._shown(body))) from error
        return found

    def cancel(self, job: str) -> None:
        """Ask the provider to stop a job. An answer proves nothing, only its state does.

        Raises Unavailable, Refused.
        """
        with self._ask("POST", f"/{self._version}/{quote(job)}:cancel") as response:
            whole(response)

    def delete_file(self, name: str) -> None:
        """Free the space of an uploaded file. Raises Unavailable, Refused."""
        with self._ask("DELETE", f"/{self._version}/{quote(name)}") as response:
            whole(response)

    def status(self, job: str) -> JobStatus:
        """What the provider says of a job now. Raises Unavailable, Refused (404: not there, or not for this key)."""
        with self._ask("GET", f"/{self._version}/{quote(job)}") as response:
            body = whole(response)
        try:
            return self._read(orjson.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable(t("unreadable job status: {shown}", shown=self._shown(body))) from error

    def download(self, name: str) -> Iterator[bytes]:
        """The bytes of a result file in pieces of at most 1 MiB, as they arrive.

        A line feed follows when the answer is known to be whole, so that a last line without one is not taken for cut.
        Raises Refused (403: gone or never there), BrokeOff when the answer breaks off; without a length or chunks a
        cut cannot be seen here, so the caller counts what came.
        """
        import urllib3

        with self._ask("GET", f"/{self._version}/{quote(name)}:download?alt=media") as response:
            try:
                while piece := response.read(CHUNK):
                    yield piece
            except urllib3.exceptions.HTTPError as error:
                raise BrokeOff(t("the download broke off: {name__}", name__=type(error).__name__)) from error
            if response.headers.get("Content-Length") or response.chunked:
                yield b"\n"

    def _read(self, operation: dict[str, Any]) -> JobStatus:
        return read_operation(operation, self._key)

    def _shown(self, body: bytes) -> str:
        return one_line(without(self._key, body[:2000].decode("utf-8", "replace")), 80)

    def _ask(self, method: str, path: str) -> Any:
        return self._http.ask(method, self._base + path)

    def _sdk(self) -> Any:
        """The client, without retries: they would cover create too and buy twice (P-01)."""
        if self._sdk_client is None:
            from google import genai

            options = genai.types.HttpOptions(
                base_url=self._base, api_version=self._version, timeout=int(self._timeout * 1000)
            )
            self._sdk_client = genai.Client(api_key=self._key, http_options=options, vertexai=False)
        return self._sdk_client


def _create_error(error: Exception, key: str) -> Exception:
    """Refused when the provider said no, Unavailable when nothing can have been made, else Ambiguous."""
    import httpx2
    from google.genai import errors

    if isinstance(error, errors.APIError) and error.code == 429:
        return _not_now(error, key)
    if isinstance(error, errors.ClientError) and error.code not in (408, 499):
        return Refused(error.code, _sdk_reason(error, key))
    if isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout)):
        return Unavailable(t("no connection: {name__}", name__=type(error).__name__))
    reason = _sdk_reason(error, key) if isinstance(error, errors.APIError) else type(error).__name__
    return Ambiguous(reason)


def _sorted_error(error: Exception, key: str) -> Exception:
    """Our kind of error for a failed call that may be repeated."""
    import httpx2
    from google.genai import errors

    if isinstance(error, errors.APIError):
        if error.code in (408, 429, 499) or not 400 <= error.code < 500:
            return _not_now(error, key)
        return Refused(error.code, _sdk_reason(error, key))
    if isinstance(error, (httpx2.HTTPError, OSError)):
        return Unavailable(t("no answer: {name__}", name__=type(error).__name__))
    return error


def _sdk_reason(error: Any, key: str) -> str:
    """What the client's error says, without the key: some answers repeat it."""
    return one_line(without(key, f"{error.code} {error.status or ''} {error.message or ''}"), 300)


def _not_now(error: Any, key: str) -> Unavailable:
    return Unavailable(_sdk_reason(error, key), retry_after(getattr(error.response, "headers", {})), error.code)
