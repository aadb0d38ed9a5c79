"""The provider's own client, google-genai, on our network stack. Its only importer; imported when something is sent.

The client opens no connection and holds no key: whatever it asks goes through Http, so that proxy, certificates,
bounds, redirects and errors are those of every other call, and our exceptions come out of its calls unchanged.
"""

import logging
import ssl
import warnings

import httpx2
from google import genai

from ...text.redaction import one_line, without
from ...text.sentences import t
from ..address import is_loopback
from ..bounds import ASKED
from ..failures import Unavailable
from ..http import Http, Whole
from ..protojson import read_object

_TOLD = ("content-type", "user-agent", "x-goog-api-client", "x-goog-upload-")
"""How the headers begin that go out as the client has them; all others are Http's."""
_ADDRESS, _STATUS = "X-Goog-Upload-URL", "X-Goog-Upload-Status"


def client(http: Http, base_url: str, api_version: str, key: str) -> genai.Client:
    """google-genai without retries, which would cover create too and buy twice (P-01), asking through `http`.

    key: what no message may show; Http alone sends it. Variables that the client knows change nothing, but for a
    GOOGLE_GENAI_HTTP_CLIENT that names a library which is not there. Raises ImportError then.
    """
    logging.getLogger("google_genai").setLevel(logging.ERROR)  # it warns of a GOOGLE_API_KEY that is not used here
    warnings.filterwarnings("ignore", module=r"google\.genai\.")  # it prints words of the provider as they came
    transport = _Transport(http, base_url, key)
    options = genai.types.HttpOptions(
        base_url=base_url,
        api_version=api_version,
        httpx_client=httpx2.Client(transport=transport, trust_env=False),
        httpx_async_client=httpx2.AsyncClient(transport=httpx2.AsyncBaseTransport(), trust_env=False),
        async_client_args={"ssl": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)},  # or it would read SSL_CERT_FILE by itself
    )
    no_replay = genai.client.DebugConfig(client_mode=None)
    return genai.Client(api_key="Http adds it", http_options=options, debug_config=no_replay, vertexai=False)


class _Transport(httpx2.BaseTransport):
    """Each request of the client as a call of `http`, each answer with status 200 as the client's.

    Raises what Http raises, ValueError for an answer that is no JSON object, and Unavailable, before anything leaves,
    for an address that is not the provider's.
    """

    def __init__(self, http: Http, base_url: str, key: str) -> None:
        self._http = http
        self._base = httpx2.URL(base_url)
        self._key = key

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`, once."""
        command = request.headers.get("X-Goog-Upload-Command", "")
        headers = {name.title(): value for name, value in request.headers.items() if name.startswith(_TOLD)}
        if command.startswith("upload"):
            return self._piece(request, headers)
        if request.url.netloc != self._base.netloc or request.url.scheme != self._base.scheme:
            raise self._stranger(str(request.url))
        if command == "start":
            answer = self._http.ask(request.method, str(request.url), request.content, headers)
            return _response(request, answer, self._upload_address(answer.headers.get(_ADDRESS) or ""))
        answer = self._http.buy(str(request.url), request.content, ASKED, headers)
        read_object(answer.body)
        return _response(request, answer)

    def _piece(self, request: httpx2.Request, headers: dict[str, str]) -> httpx2.Response:
        """Send a piece of a file. Without a status in the answer the client would send it twice again (P-32)."""
        answer = self._http.upload(self._upload_address(str(request.url)), request.content, headers)
        status = answer.headers.get(_STATUS)
        if not status:
            shown = one_line(without(self._key, answer.body[:2000].decode("utf-8", "replace")), 80)
            raise Unavailable(t("upload: the answer has no status: {shown}", shown=shown))
        if status == "final":
            read_object(answer.body)
        return _response(request, answer)

    def _upload_address(self, told: str) -> str:
        """Where the provider wants the file, if that is the provider: its own host, or over https one of Google's."""
        try:
            to = self._base.join(told)
        except (httpx2.InvalidURL, ValueError):
            raise self._stranger(told) from None
        is_same = (to.scheme, to.netloc) == (self._base.scheme, self._base.netloc)
        is_google = to.scheme == "https" and to.host.endswith(".googleapis.com") and not is_loopback(str(self._base))
        if told and not to.userinfo and (is_same or is_google):
            return str(to)
        raise self._stranger(told)

    def _stranger(self, told: str) -> Unavailable:
        shown = one_line(without(self._key, told), 80)
        return Unavailable(t("upload: the answer names an address that is not the provider's: {shown}", shown=shown))


def _response(request: httpx2.Request, answer: Whole, address: str = "") -> httpx2.Response:
    """The answer with those headers alone that the client looks at: what else is in them is not our matter."""
    status = answer.headers.get(_STATUS) or ""
    headers = {_ADDRESS: address, _STATUS: one_line(status, 20)}
    return httpx2.Response(200, headers={k: v for k, v in headers.items() if v}, content=answer.body, request=request)
