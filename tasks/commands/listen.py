"""`doit listen`: a receiver for Gemini's webhooks on 127.0.0.1. A job that ended is collected at once.

Polling stays the default; this needs a public HTTPS address whose requests some tunnel or proxy brings here. Each job
is collected by a `doit collect JOB=…` of its own, so whatever happens to it, the receiver goes on.

Webhooks are Standard Webhooks, signed with the secret of a static webhook.

Headers webhook-id, webhook-timestamp, webhook-signature; body {"type": "batch.succeeded", "version": "v1",
"timestamp": "...", "data": {"id": "...", ...}} (ai.google.dev/gemini-api/docs/webhooks and /api/webhooks, read
2026-11; the form of data.id is not shown there for a real job, so it is taken with and without "batches/").
"""

import contextlib
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..project.extras import Extra, missing
from ..project.paths import Paths
from ..project.settings import Settings
from ..session.open_jobs import open_jobs
from ..text.errors import Stop
from ..text.sentences import t

CODE = Path(__file__).resolve().parents[2]
PATH = "/gemini"
USUAL_PORT = 8767
MOST_BYTES = 64 << 10
SECRET = "GEMINI_WEBHOOK_SECRET"  # noqa: S105 - the name of the variable
STOP_SECONDS = 20.0
EVENTS = frozenset({"batch.succeeded", "batch.failed", "batch.expired", "batch.cancelled"})
REMEMBERED = 10_000  # ids; far more than arrive within the five minutes that a timestamp is good for
_STOPS = (signal.SIGINT, signal.SIGTERM)


def run(paths: Paths, settings: Settings) -> None:
    """Receive until Ctrl-C or SIGTERM. PORT=0 takes a free one. Raises Stop without a secret or a free port."""
    gate = _gate()
    port = USUAL_PORT if settings.port is None else settings.port
    try:
        server = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise Stop(
            "port {port} cannot be used: {strerror}",
            "doit listen PORT=0 takes a free one",
            port=port,
            strerror=error.strerror,
        ) from None
    collector = Collector(paths)
    with server, collector:
        url = f"http://127.0.0.1:{server.getsockname()[1]}{PATH}"
        print(t("listening on {url}; Ctrl-C ends it", url=url), flush=True)  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            _serve(app(gate, collector.take), server)
    print(t("stopped; what is still on its way: doit collect"))  # noqa: T201


def _gate() -> "Gate":
    try:
        return Gate(os.environ.get(SECRET, "").strip())
    except ValueError:
        raise Stop(
            "{secret} is not set, or is no secret of a webhook",
            "export {secret}=whsec_... (shown once when the webhook is made), then the same command again",
            secret=SECRET,
        ) from None


def _serve(application: Any, server: socket.socket) -> None:
    config = uvicorn.Config(application, log_level="warning", access_log=False, lifespan="off", server_header=False)
    before = {number: signal.getsignal(number) for number in _STOPS}
    try:
        uvicorn.Server(config).run(sockets=[server])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def app(gate: "Gate", take: Callable[[str], None]) -> Any:
    """The web application: POST on one path, small bodies, signed. take: is given the name of each job that ended."""

    async def receive(request: Request) -> Response:
        try:
            job = gate.admit(request.headers, await _body(request))
        except Unwelcome as error:
            return PlainTextResponse(f"{error.reason}\n", error.status)
        if job:
            take(job)
        return PlainTextResponse("thanks\n")

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


async def _body(request: Request) -> bytes:
    """The body; 413 as soon as it is too large, whatever its length said."""
    pieces, size = [], 0
    async for piece in request.stream():
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise Unwelcome(413, "too large")
    return b"".join(pieces)


class Unwelcome(Exception):
    """A request that is refused. status: the HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Gate:
    """Lets through what is signed, fresh and new."""

    def __init__(self, secret: str) -> None:
        """secret: "whsec_…". Raises ValueError when it cannot be one, Stop without the part [webhooks]."""
        try:
            from standardwebhooks import Webhook, WebhookVerificationError
            from standardwebhooks.webhooks import EmptyWebhookSecretError
        except ImportError:
            raise missing(Extra.WEBHOOKS, "doit listen") from None
        self._refusals = (WebhookVerificationError, ValueError)
        try:
            self._webhook = Webhook(secret)
        except (EmptyWebhookSecretError, ValueError):
            raise ValueError("no webhook secret") from None
        self._seen: OrderedDict[str, None] = OrderedDict()

    def admit(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The job that a request says has ended: "batches/…"; None when it is about something else.

        Raises Unwelcome: 401 wrong or old signature, 409 came before, 400 unreadable.
        """
        small = {name.lower(): value for name, value in headers.items()}
        try:
            self._webhook.verify(body, small, json_parse=False)
        except self._refusals as error:
            raise Unwelcome(401, "signature, timestamp or headers are not right") from error
        identity = small["webhook-id"]
        if identity in self._seen:
            raise Unwelcome(409, "came before")
        job = _ended(body)
        self._seen[identity] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return job


def _ended(body: bytes) -> str | None:
    try:
        data = orjson.loads(body)
        kind, identity = str(data["type"]), str((data.get("data") or {}).get("id") or "")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unwelcome(400, "not a webhook of the expected form") from error
    return f"batches/{identity.rpartition('/')[2]}" if kind in EVENTS and identity else None


class Collector:
    """Collects one job after another on a thread of its own; stops with the process it started."""

    def __init__(self, paths: Paths) -> None:
        self._places = paths
        self._jobs: queue.Queue[str | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="collect")
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def __enter__(self) -> "Collector":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is begun any more; what runs is interrupted, which loses nothing."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.send_signal(signal.SIGINT)
        self._jobs.put(None)
        self._thread.join(STOP_SECONDS)

    def take(self, job: str) -> None:
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            found = open_jobs(self._places)
            # What came from outside goes no further than this comparison.
            name = next((each.submission.job for each in found.jobs if each.submission.job == job), None)
            if name is not None:
                self._collect(f"JOB={name}")
            elif found.unreadable:
                print(t("{job} is in no manifest that can be read", job=_shown(job)), flush=True)  # noqa: T201
                self._collect()
            else:
                said = t("{job} is in no manifest, or collected already: nothing to do", job=_shown(job))
                print(said, flush=True)  # noqa: T201

    def _collect(self, *words: str) -> None:
        dodo = CODE / "dodo.py"
        program = ["doit", "-f", str(dodo)] if dodo.is_file() else [__name__.partition(".")[0], "-f", "dodo.py"]
        command = [sys.executable, "-m", *program, "-d", str(self._places.root.resolve())]
        with self._lock:
            if self._stopped:
                return
            environment = {name: value for name, value in os.environ.items() if name != SECRET}
            self._process = subprocess.Popen([*command, "collect", *words], env=environment)  # noqa: S603
        self._process.wait()
        with self._lock:
            self._process = None


def _shown(job: str) -> str:
    return re.sub(r"[^A-Za-z0-9/_-]", "?", job[:60])
