"""What happens in a scenario: commands, the passing of time at the provider, faults, and what a person does by hand."""

import base64
import hashlib
import hmac
import http.client
import json
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from .person import Done, Person, ended
from .provider import Provider
from .stage import Stage, touched

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Said:
    """What came of one step. out: of a server, with the answers that it gave. touched: files that it wrote or removed."""

    what: str
    done: Done
    touched: Sequence[str]


@dataclass(frozen=True)
class Play:
    """Who is there while a scenario is played. people: by "old" and "new"; when the base plays alone, both are it."""

    stage: Stage
    people: Mapping[str, Person]
    provider: Provider


class Step(Protocol):
    """One step; it says something when it is a command."""

    def play(self, play: Play) -> Iterator[Said]: ...


@dataclass(frozen=True)
class Doit:
    """`doit words`; by: whose code, "new" in the rebuilt half only. stop: seconds after which Ctrl-C is pressed."""

    words: str
    by: str = "new"
    env: Mapping[str, str] = field(default_factory=dict)
    stop: float | None = None

    def play(self, play: Play) -> Iterator[Said]:
        person, before = replace(play.people[self.by], more=self.env), play.stage.marks()
        if self.stop is None:
            done = person.doit(self.words.split())
        else:
            process = person.start(self.words.split())
            time.sleep(self.stop)
            process.send_signal(signal.SIGINT)
            done = ended(process)
        more = "".join(f" {name}={value}" for name, value in self.env.items())
        yield Said(f"doit {self.words}{more}", done, touched(before, play.stage.marks()))


@dataclass(frozen=True)
class Tell:
    """An order to the provider: one of its methods by name, with what it takes."""

    order: Callable[[Provider], object]

    def play(self, play: Play) -> Iterator[Said]:
        self.order(play.provider)
        yield from ()


@dataclass(frozen=True)
class ByHand:
    """A person changes files of the project."""

    change: Callable[[Path], object]

    def play(self, play: Play) -> Iterator[Said]:
        self.change(play.stage.project)
        yield from ()


@dataclass(frozen=True)
class Ask:
    """One request to a server that doit runs; token: whether the page at `page` is asked for its token first."""

    path: str
    method: str = "GET"
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    signed: bool = False


@dataclass(frozen=True)
class Serve:
    """`doit words PORT=0`, requests to what it serves, then Ctrl-C. ready: what it says with its address."""

    words: str
    asks: Sequence[Ask]
    env: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0

    def play(self, play: Play) -> Iterator[Said]:
        before = play.stage.marks()
        process = replace(play.people["new"], more=self.env).start([*self.words.split(), "PORT=0"])
        assert process.stdout and process.stderr
        first = ""
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", first)):
            line = process.stdout.readline()
            first += line
            if not line:
                yield Said(f"doit {self.words}", ended(process), ())
                return
        answers = [_answer(int(found[1]), ask) for ask in self.asks]
        time.sleep(self.after)
        process.send_signal(signal.SIGINT)
        done = ended(process)
        out = "\n".join([first + done.out, *answers])
        yield Said(f"doit {self.words}", replace(done, out=out), touched(before, play.stage.marks()))


def _answer(port: int, ask: Ask) -> str:
    headers = dict(ask.headers)
    if ask.page:
        _, page = _request(port, Ask(ask.page), {})
        token = re.search(r'<meta name="review" content="([^"]+)">', page)
        headers["X-Kamishibai-Review"] = token[1] if token else ""
        headers["Origin"] = f"http://127.0.0.1:{port}"
    if ask.signed:
        headers |= signature(ask.body)
    status, text = _request(port, ask, headers)
    return f"{ask.method} {ask.path} -> {status}\n{text}"


def _request(port: int, ask: Ask, headers: Mapping[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(ask.method, ask.path, ask.body.encode() or None, dict(headers))
    answer = connection.getresponse()
    found = answer.status, answer.read().decode("utf-8", "backslashreplace")
    connection.close()
    return found


def signature(body: str) -> dict[str, str]:
    """The headers with which Gemini signs a webhook."""
    now, secret = str(int(time.time())), base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = hmac.new(secret, f"msg_1.{now}.{body}".encode(), hashlib.sha256).digest()
    value = f"v1,{base64.b64encode(signed).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": now, "webhook-signature": value}


def verdict(prompt_id: str, said: str, run: str) -> Ask:
    """A verdict as a page of doit review posts it."""
    body = {"id": prompt_id, "sha256": "a" * 64, "verdict": said, "note": "空が暗い"}
    headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    place = f"/video/runs/{run}"
    return Ask(f"{place}/review.json", "POST", json.dumps(body), headers, f"{place}/gallery.html")
