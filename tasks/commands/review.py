"""`doit review`: galleries and comparisons on 127.0.0.1, where verdicts are given, until it is stopped."""

import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvicorn

from ..project.paths import Paths
from ..project.settings import Settings
from ..stages.workbench import Workbench
from ..text.errors import BadInput, Stop
from ..text.sentences import t
from ..views.pages import review_app

ADDRESS = "127.0.0.1"
USUAL_PORT = 8766
_SECONDS_TO_END = 2
"""For answers under way when it is stopped; a save takes a few milliseconds."""


def run(paths: Paths, settings: Settings) -> None:
    """Serve the page the person asked for, and all others."""
    page = start_page(paths, settings.channel, settings.run, settings.name)
    serve(paths, USUAL_PORT if settings.port is None else settings.port, page)


def start_page(paths: Paths, channel: str | None, run: str | None, name: str | None) -> str:
    """Path, from /, of the page the person asked for. Raises BadInput when that page was not made yet."""
    if name is not None:
        page, make = f"compare/{name}/index.html", f"doit compare NAME={name} SLOTS=g-1,i-1"
    elif channel not in (None, "ALL") and run is not None:
        page, make = f"video/runs/{channel}-{run}/gallery.html", f"doit visual CH={channel} RUN={run}"
    elif channel not in (None, "ALL"):
        page, make = f"video/{channel}.html", f"doit visual CH={channel}"
    else:
        return ""
    if not (paths.workspaces / page).is_file():
        raise BadInput(
            "there is no {workspaces} to look at yet", "{make}", workspaces=paths.workspaces / page, make=make
        )
    return page


def serve(paths: Paths, port: int, page: str) -> None:
    """Say the address, then answer until Ctrl-C or SIGTERM. port: 0 takes a free one. Raises Stop when it is taken."""
    with _listening(port) as listener, contextlib.closing(Workbench(paths, command)) as bench:
        taken = listener.getsockname()[1]
        config = uvicorn.Config(
            review_app.application(paths, taken, bench),
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
        server = uvicorn.Server(config)
        with _ended_by_signals(server):
            print(f"http://{ADDRESS}:{taken}/{page}", flush=True)  # noqa: T201 - the person opens it
            print(t("O is OK, N is NG, Enter writes a note, E rewrites, 1-9 pick a take. All is saved."), flush=True)  # noqa: T201
            print(t("Pictures are ordered by one click that names the price. Ctrl-C ends it."), flush=True)  # noqa: T201
            server.run(sockets=[listener])
    print(t("\nreview ended; the verdicts are in review.json beside each gallery"), flush=True)  # noqa: T201


def command(words: Sequence[str]) -> list[str]:
    """What starts this very program with these words, in the project's folder."""
    package = __name__.partition(".")[0]
    if package == "kamishibai":
        return [sys.executable, "-m", package, *words]
    dodo = Path(__file__).resolve().parents[2] / "dodo.py"
    return [sys.executable, "-m", "doit", "-f", str(dodo), "-d", ".", *words]


@contextlib.contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Ctrl-C and SIGTERM set a flag from before the address is said: an exception raised anywhere could get lost.

    uvicorn does so itself, but only once it has started, and raises both signals again at its end.
    """
    before = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        another = port + 1 if 1024 <= port < 65535 else USUAL_PORT
        what = t("is not allowed")
        if error.errno == errno.EADDRINUSE:
            what = t("is taken: another doit review or another program has it")
        raise Stop(
            "port {port} of {address} {what}",
            "doit review PORT={another} (PORT=0 takes any free one)",
            port=port,
            address=ADDRESS,
            what=what,
            another=another,
        ) from None
    return listener
