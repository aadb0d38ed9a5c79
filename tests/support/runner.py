"""`python -m …` without the second that imports cost: a server that has them done already forks a child for each.

    runner.run([sys.executable, "-m", "doit", "list"], env, cwd)     like subprocess.run(..., capture_output=True)
    runner.start([sys.executable, "-m", "doit", "visual"], env, cwd)  like subprocess.Popen(..., text=True)

What the child does is what a fresh interpreter would do, but for imports: libraries and this checkout's modules, which
do nothing while they are imported, are there already, and so is what libraries make of themselves at their first use
(tests/commands/test_loaded_modules.py looks at imports in processes of its own). One server per test process, and one
more if commands want the development mode; it ends when that process ends, and so do the descriptors it was given.
Where a fork is not safe (macOS), for anything but `-m` in this checkout, and with KAMISHIBAI_TEST_PLAIN=1, it is
subprocess itself.
"""

import array
import atexit
import contextlib
import functools
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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

LIBRARIES = [
    *("doit.doit_cmd", "google.genai", "google.genai.types", "urllib3", "sqlite3", "duckdb", "slack_sdk"),
    *("PIL.Image", "PIL.ImageDraw", "PIL.ImageOps", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.WebPImagePlugin"),
    *("PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.PpmImagePlugin", "tomllib", "encodings.idna"),
    *("isal.isal_zlib", "jsonschema", "jsonschema_rs", "orjson", "pybase64", "yaml"),
    *("jinja2", "rich.console", "rich.live", "rich.progress", "rich.table"),
    *("starlette.applications", "starlette.routing", "uvicorn"),
]

SHAPES = [
    *("BatchJob", "BatchJobSource", "File", "HttpOptions", "HttpResponse", "CreateFileConfig", "CreateFileResponse"),
    *("UploadFileConfig", "_CreateBatchJobParameters", "_CreateFileParameters"),
]
"""Of google.genai.types, those that upload and create use: pydantic builds each at its first use."""
PLUGINS = ("doit.LOADER", "doit.COMMAND", "doit.BACKEND", "doit.REPORTER")

ROOT = Path(__file__).resolve().parents[2]
Process = Any
"""subprocess.Popen[str], or Forked, which answers to the same names as far as tests use them."""
PEAK = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]); "
    "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
)
"""A small parent, so that nothing of this process counts."""
LINES = "KAMISHIBAI_LINES"
"""Where it is set, each child notes which lines it runs (tests/support/lines.py)."""
DEV_MODE = "PYTHONDEVMODE"
"""Commands that run in Python's development mode are forked by a server that does."""


def run(
    command: Sequence[str], env: Mapping[str, str], cwd: Path, timeout: float = 120
) -> "subprocess.CompletedProcess[str]":
    """Run `command` to its end. Raises subprocess.TimeoutExpired after `timeout` seconds, with the child killed."""
    if not _forkable(command, env, cwd):
        return subprocess.run(command, env=dict(env), cwd=cwd, capture_output=True, text=True, timeout=timeout)
    child = _ended(command, env, cwd, timeout)
    return subprocess.CompletedProcess(command, child.returncode or 0, *child.said)


def peak_mib(
    command: Sequence[str], env: Mapping[str, str], cwd: Path, timeout: float = 120
) -> "tuple[subprocess.CompletedProcess[str], float]":
    """The same, and how many MiB it held at most; those that a fork shares with the server count too."""
    if not _forkable(command, env, cwd):
        done = run([sys.executable, "-c", PEAK, *command], env, cwd, timeout)
        return done, int(done.stdout.rpartition("peak ")[2]) / 1024
    child = _ended(command, env, cwd, timeout)
    return subprocess.CompletedProcess(command, child.returncode or 0, *child.said), child.peak_kib / 1024


def _ended(command: Sequence[str], env: Mapping[str, str], cwd: Path, timeout: float) -> "Forked":
    child = Forked(command[2:], env, cwd, stderr=subprocess.PIPE)
    try:
        child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise
    return child


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


@contextlib.contextmanager
def program(path: Path, module: str) -> Iterator[None]:
    """A program at `path` that does what `python -m module` does in the folder where a shell runs it."""
    if not _forks():
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        path.chmod(0o755)
        yield
        return
    name = f"\0kamishibai-{os.getpid()}-{time.monotonic_ns()}"
    path.write_text(f"#!{sys.executable} -IS\n{CLIENT}\nmain({name!r}, {module!r})\n")
    path.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen()
        threading.Thread(target=_pass_on, args=(listener,), daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)


CLIENT = """
import json, os, socket, sys

def main(name, module):
    order = {"args": [module, *sys.argv[1:]], "env": dict(os.environ), "cwd": os.getcwd()}
    data = json.dumps(order).encode()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(name)
        socket.send_fds(server, [len(data).to_bytes(8, "big")], [0, 1, 2])
        server.sendall(data)
        server.recv(4)
        ended = server.recv(64).split()
    status = os.waitstatus_to_exitcode(int(ended[0])) if ended else -9
    os._exit(status if status >= 0 else 128 - status)
"""


def _pass_on(listener: socket.socket) -> None:
    """What programs ask for, to the server, which answers them itself."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            head, descriptors, _, _ = socket.recv_fds(client, 8, 3)
            order = json.loads(_exactly(client, int.from_bytes(head, "big")))
            _server(order["env"]).order(order, [*descriptors, client.fileno()])
            for descriptor in descriptors:
                os.close(descriptor)


def _forks() -> bool:
    return sys.platform == "linux" and not os.environ.get("KAMISHIBAI_TEST_PLAIN")


def _forkable(command: Sequence[str], env: Mapping[str, str], cwd: Path) -> bool:
    """A child of ours has the interpreter's settings of this process: they must be the ones it asks for."""
    settings = [name for name in {**os.environ, **env} if name.startswith(("PYTHON", "LC_", "LANG"))]
    return (
        _forks()
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
        self.peak_kib = 0
        self.said = "", ""
        with contextlib.ExitStack() as theirs:
            given, self.stdin = _stream(theirs, stdin, "w")
            out, self.stdout = _stream(theirs, stdout, "r")
            err, self.stderr = (out, None) if stderr == subprocess.STDOUT else _stream(theirs, stderr, "r")
            self._said, said = socket.socketpair()
            theirs.callback(said.close)
            order = {
                "args": self.args,
                "env": dict(env),
                "cwd": str(cwd),
                "test": os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0],
            }
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
            status, self.peak_kib = map(int, said.split()) if said else (signal.SIGKILL, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
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
        self.said = said.get("out", ""), said.get("err", "")
        return self.said

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _stream(theirs: contextlib.ExitStack, kind: int | None, mode: str) -> tuple[int, IO[str] | None]:
    """The child's descriptor, closed here with `theirs`, and our end if `kind` asks for a pipe. kind: as for Popen."""
    if kind != subprocess.PIPE:
        descriptor = os.open(os.devnull, os.O_RDWR) if kind is None or kind < 0 else os.dup(kind)
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
    make_ready()
    notes = _notes()
    gc.collect()
    gc.freeze()
    ended, end = os.pipe()
    os.set_blocking(end, False)
    signal.set_wakeup_fd(end)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([orders, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _tell_ends(children)
        if orders not in ready:
            continue
        head, descriptors, _, _ = socket.recv_fds(orders, 8, 4)
        if not head:
            return
        order = json.loads(_exactly(orders, int.from_bytes(head, "big")))
        *streams, said = descriptors
        if (child := os.fork()) == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (orders.detach(), ended, end, said, *children.values()):
                os.close(descriptor)
            os.setsid()
            _become(order, streams, notes)
        for descriptor in streams:
            os.close(descriptor)
        os.write(said, child.to_bytes(4, "big"))
        children[child] = said


def _tell_ends(children: dict[int, int]) -> None:
    """Say of every child that has ended how it did, to who waits for it. children: pid -> where to say it."""
    while children:
        child, status, usage = os.wait4(-1, os.WNOHANG)
        if not child:
            return
        said = children.pop(child)
        with contextlib.suppress(OSError):
            os.write(said, b"%d %d" % (status, usage.ru_maxrss))
        os.close(said)


def make_ready() -> None:
    """What every command would do again: imports, the client's shapes, the pages' templates, doit's plugins."""
    with _no_last_words():
        importlib.import_module("duckdb")
    for name in [*LIBRARIES, *_ours()]:
        importlib.import_module(name)
    types, render, plugins = map(
        importlib.import_module, ("google.genai.types", "tasks.views.pages.render", "doit.plugin")
    )
    for name in SHAPES:
        getattr(types, name).model_rebuild()
    for path in render.FOLDER.glob("*.html"):
        render.environment().get_template(path.name)
    plugins.entry_points = functools.cache(plugins.entry_points)
    for group in PLUGINS:
        plugins.entry_points(group=group)


def _notes() -> Any:
    """Notes of which lines run, set up as far as can be; None unless they are wanted."""
    if LINES not in os.environ:
        return None
    notes = importlib.import_module("tests.support.lines").Notes(Path(os.environ[LINES]))
    with notes.of(""):
        return notes


@contextlib.contextmanager
def _no_last_words() -> Iterator[None]:
    """What is imported meanwhile does nothing at an end, where duckdb looks through all memory for what is left."""
    register = atexit.register
    atexit.register = lambda *_, **__: None  # type: ignore[assignment]
    yield
    atexit.register = register


def _ours() -> list[str]:
    paths = [path.relative_to(ROOT).with_suffix("") for path in sorted((ROOT / "tasks").rglob("*.py"))]
    return [".".join(path.parts) for path in paths if path.name not in ("__main__", "__init__")]


def _exactly(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += stream.recv(size - len(data))
    return data


def _become(order: Mapping[str, Any], descriptors: Sequence[int], notes: Any = None) -> None:
    """What `python -m …` would do, in this process, to its end. notes: of the lines that it runs, if wanted."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    for descriptor in set(descriptors) - {0, 1, 2}:
        os.close(descriptor)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    importlib.import_module("random").seed()
    if "KAMISHIBAI_KILL_AT" in os.environ:
        importlib.reload(importlib.import_module("tasks.files.faultpoint"))  # it reads that when it is imported
    sys.path[0] = order["cwd"]
    sys.argv = ["-m", *order["args"][1:]]
    sys.orig_argv = [sys.executable, "-m", *order["args"]]
    sys.stdin = sys.__stdin__ = os.fdopen(0, encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # type: ignore[misc]
    if notes:
        notes.begin(order["test"])
    status = _main(order["args"][0])
    if notes:
        threading._shutdown()  # type: ignore[attr-defined]
        notes.write()
    _end(status)


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
