"""Commands of one code without the second that imports cost: a process that has them done already forks for each.

What the child does is what `python -m doit …` would do but for imports: libraries and all modules of that code, however
called, are there already. A module that reads the variable of the fault points is read anew.
"""

import array
import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARIES = (
    *("doit.doit_cmd", "google.genai", "google.genai.types", "urllib3", "sqlite3", "duckdb", "slack_sdk"),
    *("PIL.Image", "PIL.ImageDraw", "PIL.ImageOps", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.WebPImagePlugin"),
    *("isal.isal_zlib", "jsonschema", "jsonschema_rs", "orjson", "pybase64", "yaml", "filelock"),
    *("jinja2", "rich.console", "rich.live", "rich.progress", "rich.table"),
    *("starlette.applications", "starlette.routing", "uvicorn", "genai_prices"),
)
FAULTS = b"KAMISHIBAI_KILL_AT"
APART = {"tests", "docs", "schemas", "configs", "workspaces"}
"""Folders of a code that hold no code of commands."""


class Forge:
    """The process that forks commands of the code in `code`; it ends when its socket is closed."""

    def __init__(self, code: Path) -> None:
        self._orders, theirs = socket.socketpair()
        command = [sys.executable, str(Path(__file__).resolve()), str(theirs.fileno()), str(code)]
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        # Equal hashes of texts in both halves, as far as an order comes from a set.
        env |= {"PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, cwd=code, env=env
        )
        theirs.close()
        self._lock = threading.Lock()
        self._orders.recv(1)
        atexit.register(self.stop)

    def order(self, command: Sequence[str], env: Mapping[str, str], descriptors: Sequence[int]) -> None:
        """command: arguments of `python -m doit`. descriptors: its streams, then where its number and end are said."""
        data = json.dumps({"command": list(command), "env": dict(env)}).encode()
        with self._lock:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
            self._orders.sendmsg([len(data).to_bytes(8, "big")], rights)
            self._orders.sendall(data)

    def stop(self) -> None:
        """End it; it has no children but commands that somebody waits for."""
        self._orders.close()
        self._process.wait(timeout=30)


def serve(orders: socket.socket, code: str) -> None:
    """Import, then a child for every order until the other end is closed."""
    sys.path[0] = code
    for name in (*LIBRARIES, *_modules(Path(code))):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    orders.send(b"!")
    while True:
        head, descriptors, _, _ = socket.recv_fds(orders, 8, 4)
        if not head:
            return
        order = json.loads(_exactly(orders, int.from_bytes(head, "big")))
        if os.fork() == 0:
            orders.close()
            _attend(order, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _modules(code: Path) -> list[str]:
    """Every module of that code by its dotted name, but programs."""
    rooms = sorted(path for path in code.iterdir() if path.is_dir() and path.name not in APART and path.name[0] != ".")
    paths = [path.relative_to(code).with_suffix("") for room in rooms for path in sorted(room.rglob("*.py"))]
    return [".".join(path.parts) for path in paths if path.name not in ("__main__", "__init__")]


def _exactly(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += stream.recv(size - len(data))
    return data


def _attend(order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Between server and child: says the child's number, then how it ended."""
    said = descriptors[3]
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    child = os.fork()
    if child == 0:
        os.close(said)
        _become(order, descriptors[:3])
    for descriptor in descriptors[:3]:
        os.close(descriptor)
    os.write(said, child.to_bytes(4, "big"))
    alive = os.pidfd_open(child)
    if alive not in select.select([alive, said], [], [])[0]:  # whoever waited for it has gone
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(OSError):
        os.write(said, b"%d" % status)
    os._exit(0)


def _become(order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """What `python -m doit` would do, in this process, to its end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a guard in the background has it ignored
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    for descriptor in set(descriptors) - {0, 1, 2}:
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    importlib.import_module("random").seed()
    for module in [each for each in sys.modules.values() if _reads_faults(each)]:
        importlib.reload(module)
    sys.path[0] = os.getcwd()
    sys.argv = ["-m", *order["command"]]
    sys.orig_argv = [sys.executable, "-m", "doit", *order["command"]]
    sys.stdin = sys.__stdin__ = os.fdopen(0, encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # type: ignore[misc]
    _end(_main())


def _reads_faults(module: ModuleType) -> bool:
    path = getattr(module, "__file__", None) or ""
    if not path.startswith(os.getcwd() + os.sep) or not path.endswith(".py"):
        return False
    with open(path, "rb") as stream:
        return FAULTS in stream.read()


def _main() -> int:
    import runpy
    import traceback

    try:
        runpy.run_module("doit", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except KeyboardInterrupt:
        traceback.print_exc()
        return -signal.SIGINT
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end(status: int) -> None:
    """The end of an interpreter: threads, atexit, streams; an interrupt nobody took ends it as that signal does."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status & 0xFF)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
    os._exit(0)  # duckdb complains at length about an ordinary end
