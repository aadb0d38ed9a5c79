"""Fixtures that more than one test file uses."""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.emulator_process import EmulatorProcess
from tests.support.lines import Notes
from tests.support.runner import LINES
from tests.support.studio import Studio

NOTES = pytest.StashKey[Notes]()
PAINTINGS = "KAMISHIBAI_PAINTINGS"


def pytest_configure(config: pytest.Config) -> None:
    """A shell that starts the tests in the background has them, and all that they start, ignore Ctrl-C: not so here.

    Emulators share what they paint. What this machine believes over https is read for nothing, since nothing leaves it.
    Whatever the locale and the zone of the machine, the tests and what they start speak English, and UTC.
    """
    os.environ |= {"KAMISHIBAI_LANG": "en", "TZ": "UTC"}
    if hasattr(time, "tzset"):
        time.tzset()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if PAINTINGS not in os.environ:
        os.environ[PAINTINGS] = tempfile.mkdtemp(prefix="paintings-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(PAINTINGS)))
    if LINES in os.environ:
        config.stash[NOTES] = Notes(Path(os.environ[LINES]))
    if "live" not in config.option.markexpr:
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            os.environ.pop(name, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note which lines the test runs, where that is wanted: for the mutation test."""
    with notes.of(item.nodeid) if (notes := item.config.stash.get(NOTES, None)) else contextlib.nullcontext():
        return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write those notes while there is time: xdist ends a worker ten seconds after it said that it is done."""
    if notes := session.config.stash.get(NOTES, None):
        notes.write()


def pytest_xdist_auto_num_workers() -> int:
    """Three test processes a core: most of a test is waiting for a command that waits for an emulator."""
    return 3 * (os.cpu_count() or 1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of each campaign was tried; a test records it as the property "campaign"."""
    for reports in (terminalreporter.getreports("passed"), terminalreporter.getreports("failed")):
        for report in reports:
            for name, value in report.user_properties if report.when == "call" else ():
                if name == "campaign":
                    terminalreporter.write_line(f"campaign: {value}")


@pytest.fixture
def shrunk() -> int:
    """How many times smaller than asked for pictures are, either way; a test of sizes has it parametrized with 1."""
    return 4


@pytest.fixture
def emulator(tmp_path: Path, shrunk: int) -> Iterator[EmulatorProcess]:
    """An emulator of its own whose jobs are done at once and whose clock stands still until it is moved."""
    options = ("--job-seconds", "0", "--clock", "2026-11-23T00:00:00Z")
    with EmulatorProcess(tmp_path / "emulator", *options, shrunk=shrunk) as process:
        yield process


@pytest.fixture
def studio(tmp_path: Path, emulator: EmulatorProcess) -> Studio:
    """A project with channel CH01 and nothing in it yet."""
    return Studio(tmp_path / "project", emulator)
