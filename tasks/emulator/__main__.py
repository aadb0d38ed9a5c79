"""`python -m tasks.emulator`: start the offline Gemini API and say how to use it."""

import argparse
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from .control import help_text
from .server import Server
from .world.faults import Fault, Faults, parse_option
from .world.ledger import Ledger
from .world.output_file import OutputFiles
from .world.state import Clock, State
from .world.world import World

DEFAULT_JOB_SECONDS = 3.0


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM, Ctrl-C, or the end of standard input when asked to watch it."""
    options = _read_options(arguments)
    state = State(options.state or Path(tempfile.mkdtemp(prefix="emulator-")))
    world = World(state, Clock(state), Faults(state), Ledger(state), OutputFiles(state.folder / "outputs"))
    _prepare(world, options)
    server = Server(world, options.port, options.verbose)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop_soon(server))
    if options.until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(server,), daemon=True).start()
    if options.port_file:
        _write_port(options.port_file, server.server_address[1])
    print(_greeting(server.url, state.folder, world), flush=True)  # noqa: T201 - a person reads it
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    return 0


def _read_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}",
        description="The offline Gemini API: Files, Batch and generateContent on this machine only, free of charge.",
        epilog=help_text(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--state", type=Path, metavar="DIR", help="where jobs and files live on (without it: a new temporary folder)")
    add("--port", type=int, default=0, help="0, the default, takes a free one")
    add("--port-file", type=Path, metavar="FILE", help="write the port here as soon as requests are answered")
    add("--host", choices=["127.0.0.1"], default="127.0.0.1", help="this machine only; nothing else can be chosen")
    add(
        "--job-seconds",
        type=float,
        metavar="N",
        help=f"how long new jobs take ({DEFAULT_JOB_SECONDS:g} in a new state)",
    )
    add("--flux-seconds", type=float, metavar="N", help="how long new FLUX Kontext orders take (as long as jobs)")
    add("--clock", metavar="ISO", help="let the emulator's time stand still here; move it with POST /_emulator/clock")
    add("--until-stdin-closes", action="store_true", help="stop when standard input ends")
    add("--fault", type=_fault, action="append", default=[], metavar="NAME[=VALUE][,times=N...]", help="see below")
    add("--verbose", action="store_true", help="print every request")
    return parser.parse_args(arguments)


def _fault(text: str) -> Fault:
    try:
        return parse_option(text)
    except (ValueError, TypeError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _prepare(world: World, options: argparse.Namespace) -> None:
    """Options given now win over what the state remembers."""
    if options.job_seconds is not None or world.state.setting("job_seconds") is None:
        seconds = DEFAULT_JOB_SECONDS if options.job_seconds is None else options.job_seconds
        world.state.set("job_seconds", str(seconds))
    if options.flux_seconds is not None:
        world.state.set("flux_seconds", str(options.flux_seconds))
    if options.clock:
        world.clock.freeze(options.clock)
    if options.fault:
        world.faults.clear()
    for fault in options.fault:
        world.faults.add(fault)


def _stop_soon(server: Server) -> None:
    """Stop from another thread: `shutdown` waits for the loop that runs in this one."""
    server.world.stopping.set()
    threading.Thread(target=server.shutdown, daemon=True).start()


def _watch_stdin(server: Server) -> None:
    while os.read(sys.stdin.fileno(), 4096):  # not sys.stdin.read: its lock would be held at exit
        pass
    _stop_soon(server)


def _write_port(path: Path, port: int) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(f"{port}\n")
    part.replace(path)


def _greeting(url: str, folder: Path, world: World) -> str:
    return f"""The offline Gemini API is ready at {url}
Nothing here costs anything; every picture is a placeholder. Jobs take {world.job_seconds:g} s. State: {folder}
Faults switched on: {", ".join(fault["fault"] for fault in world.faults.active()) or "none"}

In another terminal, any google-genai program talks to it after:
  export GOOGLE_GEMINI_BASE_URL={url} GEMINI_API_KEY=any-text
Fireworks FLUX stands at the same server:
  export FIREWORKS_BASE_URL={url}/inference FIREWORKS_API_KEY=any-text
OpenAI's files, batches and pictures too:
  export OPENAI_BASE_URL={url}/openai/v1 OPENAI_API_KEY=any-text
A picture server of one's own, slots l-…:
  export IMAGE_SERVER_URL={url}/own/v1
Ledger, clock and faults: {url}/_emulator/
Stop with Ctrl-C."""


if __name__ == "__main__":
    sys.exit(main())
