"""KAMISHIBAI_NOTIFY: every further service gets each event once, and none holds another one up."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tasks.inbox import events
from tasks.inbox.delivery import deliver
from tasks.inbox.events import FAILED, Event
from tasks.project.paths import Paths


class Taker:
    """What Apprise posts to a json:// address, on this machine. status: what it is answered."""

    def __init__(self) -> None:
        taker, self.status, self.messages = self, 200, list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if taker.status == 200:
                    taker.messages.append(said["message"])
                self.send_response(taker.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"json://127.0.0.1:{self.server.server_address[1]}/secret-path"


@pytest.fixture
def takers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Taker, Taker]]:
    both = Taker(), Taker()
    monkeypatch.setenv("KAMISHIBAI_NOTIFY", " ".join(each.address for each in both))
    monkeypatch.setattr("tasks.inbox.posting.BETWEEN", 0)
    yield both
    for each in both:
        each.server.shutdown()
        each.server.server_close()


def tell(places: Paths, *subjects: str, text: str = "503 <混雑>") -> list[str]:
    """Record and deliver as a command does; the keys of all events so far."""
    told = [Event(FAILED, subject, text, "doit visual CH=CH01 RUN=251", "1") for subject in subjects]
    events.record(places, told)
    deliver(places)
    return [entry.event.id for entry in events.read(places)]


def test_each_service_gets_each_event_once(tmp_path: Path, takers: tuple[Taker, Taker]) -> None:
    """Two services get one message each, as it was said; later commands without events send nothing."""
    first, second = takers
    (key,) = tell(Paths(tmp_path), "CH01-251 0001")
    deliver(Paths(tmp_path))
    assert len(first.messages) == len(second.messages) == 1
    assert f"key={key}" in first.messages[0] and "503 <混雑>" in second.messages[0]


def test_one_that_is_down_gets_it_later(
    tmp_path: Path, takers: tuple[Taker, Taker], capfd: pytest.CaptureFixture[str]
) -> None:
    """A service that refuses keeps the other from nothing, is told of without its address, and gets all of it later."""
    first, second = takers
    first.status = 500
    tell(Paths(tmp_path), "CH01-251 0001")
    said = capfd.readouterr().err
    assert "1 entry is not in service 1 of KAMISHIBAI_NOTIFY yet" in said and "secret-path" not in said
    assert (len(first.messages), len(second.messages)) == (0, 1)
    first.status = 200
    deliver(Paths(tmp_path))
    assert (len(first.messages), len(second.messages)) == (1, 1)


def test_long_news_come_in_parts(tmp_path: Path, takers: tuple[Taker, Taker]) -> None:
    """No message is longer than the shortest of the usual services takes, and every event is in one."""
    keys = tell(Paths(tmp_path), *(f"CH01-251 {number:04d}" for number in range(1, 41)), text="長" * 5000)
    first, _ = takers
    tell(Paths(tmp_path))
    for _ in range(10):
        deliver(Paths(tmp_path))
    assert max(map(len, first.messages)) <= 2000
    assert [key for key in keys if sum(f"key={key}" in each for each in first.messages) == 1] == keys


@pytest.mark.parametrize(
    "address", ["nonsense", "gopher://x", "json://example.com/secret-path", "mailto://u:secret-path@example.com"]
)
def test_an_address_that_will_not_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], address: str
) -> None:
    """What is no address, or would send secrets unencrypted, is said by its place; nothing leaves."""
    monkeypatch.setenv("KAMISHIBAI_NOTIFY", address)
    tell(Paths(tmp_path), "CH01-251 0001")
    said = capfd.readouterr().err
    assert "the address 1 in KAMISHIBAI_NOTIFY is" in said and "secret-path" not in said and "Traceback" not in said
