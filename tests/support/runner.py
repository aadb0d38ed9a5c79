"""`python -m …` without the second that imports cost: a server that has them done already forks a child for each.

    runner.run([sys.executable, "-m", "doit", "list"], env, cwd)     like subprocess.run(..., capture_output=True)
    runner.start([sys.executable, "-m", "doit", "visual"], env, cwd)  like subprocess.Popen(..., text=True)

What the child does is what a fresh interpreter would do, but for imports: libraries and this checkout's modules, which
do nothing while they are imported, are there already (tests/commands/test_loaded_modules.py looks at imports in
processes of its own). One server per test process, and one more if commands want the development mode; it ends when
that process ends, and so do the descriptors it was given. Where a fork is not safe (macOS), for anything but `-m` in
this checkout, and with KAMISHIBAI_TEST_PLAIN=1, it is subprocess itself.
"""

import array
import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

LIBRARIES = [
    *("doit.doit_cmd", "google.genai", "google.genai.types", "urllib3", "sqlite3", "duckdb", "slack_sdk"),
    *("PIL.Image", "PIL.ImageDraw", "PIL.ImageOps", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.WebPImagePlugin"),
    *("isal.isal_zlib", "jsonschema", "jsonschema_rs", "orjson", "pybase64", "yaml"),
    *("jinja2", "rich.console", "rich.live", "rich.progress", "rich.table"),
    *("starlette.applications", "starlette.routing", "uvicorn"),
]

ROOT = Path(__file__).resolve().parents[2]
Process = Any
"""subprocess.Popen[str], or Forked, which answers to the same names as far as tests use them."""
DEV_MODE = "PYTHONDEVMODE"
"""Commands that run in Python's development mode are forked by a server that does."""


def run(
    command: Sequence[str], env: Mapping[str, str], cwd: Path, timeout: float = 120
) -> "subprocess.CompletedProcess[str]":
    """Run `command` to its end. Raises subprocess.TimeoutExpired after `timeout` seconds, with the child killed."""
    if not _forkable(command, env, cwd):
        return subprocess.run(command, env=dict(env), cwd=cwd, capture_output=True, text=True, timeout=timeout)
    child = Forked(command[2:], env, cwd, stderr=subprocess.PIPE)
    try:
        out, err = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise
    return subprocess.CompletedProcess(command, child.returncode or 0, out, err)


def start(
    command: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    stdin: int | None = None,
    stdout: int | None = subprocess.PIPE,
) -> Process:
    """Start `command`; what it prints to either stream comes out of `.stdout`."""
    if not _forkable(command, env, cwd):
        return subprocess.Popen(
            command, env=dict(env), cwd=cwd, stdin=stdin, stdout=stdout, stderr=subprocess.STDOUT, text=True
        )
    return Forked(command[2:], env, cwd, stdin=stdin, stdout=stdout)


def _forkable(command: Sequence[str], env: Mapping[str, str], cwd: Path) -> bool:
    """A child of ours has the interpreter's settings of this process: they must be the ones it asks for."""
    settings = [name for name in {**os.environ, **env} if name.startswith(("PYTHON", "LC_", "LANG"))]
    return (
        sys.platform == "linux"
        and not os.environ.get("KAMISHIBAI_TEST_PLAIN")
        and list(command[:2]) == [sys.executable, "-m"]
        and cwd == ROOT
        and all(env.get(name) == os.environ.get(name) for name in settings if name != DEV_MODE)
    )


class Forked:
    """A child of the server. args: module and its arguments, as after `python -m`."""

    def __init__(
        self,
        args: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        stdin: int | None = None,
        stdout: int | None = subprocess.PIPE,
        stderr: int | None = subprocess.STDOUT,
    ) -> None:
        self.args = list(args)
        self.returncode: int | None = None
        with contextlib.ExitStack() as theirs:
            given, self.stdin = _stream(theirs, stdin, "w")
            out, self.stdout = _stream(theirs, stdout, "r")
            err, self.stderr = (out, None) if stderr == subprocess.STDOUT else _stream(theirs, stderr, "r")
            self._said, said = socket.socketpair()
            theirs.callback(said.close)
            order = {"args": self.args, "env": dict(env), "cwd": str(cwd)}
            _server(env).order(order, [given, out, err, said.fileno()])
        self.pid = int.from_bytes(self._said.recv(4), "big")

    def poll(self) -> int | None:
        """The exit status, -signal when a signal ended it, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._said.settimeout(max(timeout, 0.001) if timeout is not None else None)
            try:
                said = self._said.recv(64)
            except TimeoutError:
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
            self.returncode = os.waitstatus_to_exitcode(int(said)) if said else -signal.SIGKILL
            self._said.close()
        return self.returncode

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        """All that it printed, when it has ended."""
        said: dict[str, str] = {}
        readers = [
            threading.Thread(target=lambda name=name, pipe=pipe: said.update({name: pipe.read()}), daemon=True)
            for name, pipe in (("out", self.stdout), ("err", self.stderr))
            if pipe
        ]
        for reader in readers:
            reader.start()
        if self.stdin:
            with self.stdin:
                self.stdin.write(input or "")
        self.wait(timeout)
        for reader in readers:
            reader.join()
        for pipe in (self.stdout, self.stderr):
            if pipe:
                pipe.close()
        return said.get("out", ""), said.get("err", "")

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _stream(theirs: contextlib.ExitStack, kind: int | None, mode: str) -> tuple[int, IO[str] | None]:
    """The child's descriptor, closed here with `theirs`, and our end if `kind` asks for a pipe."""
    if kind != subprocess.PIPE:
        descriptor = os.open(os.devnull, os.O_RDWR)
        theirs.callback(os.close, descriptor)
        return descriptor, None
    read, write = os.pipe()
    ours, given = (read, write) if mode == "r" else (write, read)
    theirs.callback(os.close, given)
    return given, os.fdopen(ours, mode, encoding="utf-8")


class _Server:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._orders, orders = socket.socketpair()
        command = [sys.executable, str(Path(__file__).resolve()), str(orders.fileno())]
        self._process = subprocess.Popen(command, env=dict(env), pass_fds=[orders.fileno()], stdin=subprocess.DEVNULL)
        orders.close()
        self._lock = threading.Lock()

    def order(self, order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        data = json.dumps(order).encode()
        with self._lock:
            head = len(data).to_bytes(8, "big")
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
            self._orders.sendmsg([head], rights)
            self._orders.sendall(data)

    def stop(self) -> None:
        self._orders.close()
        self._process.wait(timeout=30)


@functools.cache
def _server_of(pid: int, dev_mode: str) -> _Server:
    server = _Server({**os.environ, DEV_MODE: dev_mode})
    atexit.register(server.stop)
    return server


def _server(env: Mapping[str, str]) -> _Server:
    return _server_of(os.getpid(), env.get(DEV_MODE, ""))


def serve(orders: socket.socket) -> None:
    """The server: a child for every order until the other end is closed."""
    sys.path[0] = str(ROOT)
    for name in [*LIBRARIES, *_ours()]:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
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


def _ours() -> list[str]:
    paths = [path.relative_to(ROOT).with_suffix("") for path in sorted((ROOT / "tasks").rglob("*.py"))]
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
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(OSError):
        os.write(said, b"%d" % status)
    os._exit(0)


def _become(order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """What `python -m …` would do, in this process, to its end."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    for descriptor in set(descriptors) - {0, 1, 2}:
        os.close(descriptor)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    importlib.import_module("random").seed()
    importlib.reload(importlib.import_module("tasks.files.faultpoint"))  # it reads the environment when it is imported
    sys.path[0] = order["cwd"]
    sys.argv = ["-m", *order["args"][1:]]
    sys.orig_argv = [sys.executable, "-m", *order["args"]]
    sys.stdin = sys.__stdin__ = os.fdopen(0, encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # type: ignore[misc]
    _end(_main(order["args"][0]))


def _main(module: str) -> int:
    import runpy
    import traceback

    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
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
    if sys.flags.dev_mode:
        gc.collect()  # what was left open is said
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if status == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status & 0xFF)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as given_orders:
        serve(given_orders)
    os._exit(0)  # duckdb complains at length about an ordinary end
