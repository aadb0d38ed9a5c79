"""What happens in a scenario: commands, the passing of time at the provider, faults, and what a person does by hand."""

import base64
import hashlib
import hmac
import http.client
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ..support.slack_stand_in import SlackStandIn
from .person import Done, Person
from .provider import Provider
from .stage import Stage, touched

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Said:
    """What came of one step. out: of a server, with its answers. touched: files that it wrote or removed."""

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
    """`doit words`. by: whose code, "new" in the rebuilt half only. stop: seconds until Ctrl-C. screen: on a terminal.
    plain: in an interpreter of its own.

    `<job CH01-007>` in words is the last job of that run.
    """

    words: str
    by: str = "new"
    env: Mapping[str, str] = field(default_factory=dict)
    stop: float | None = None
    screen: bool = False
    plain: bool = False

    def play(self, play: Play) -> Iterator[Said]:
        before, words = play.stage.marks(), _filled(self.words, play.stage.project)
        done = self._done(replace(play.people[self.by], more=self.env), words.split())
        more = "".join(f" {name}={value}" for name, value in self.env.items()) + " (screen)" * self.screen
        yield Said(f"doit {words}{more}", done, touched(before, play.stage.marks()))

    def _done(self, person: Person, words: Sequence[str]) -> Done:
        if self.screen:
            return person.on_screen(words)
        if self.plain:
            return person.plainly(words)
        if self.stop is None:
            return person.doit(words)
        process = person.start(words)
        time.sleep(self.stop)
        process.interrupt()
        return process.done()


def _filled(words: str, project: Path) -> str:
    def job(found: re.Match[str]) -> str:
        path = project / "workspaces/video/runs" / found[1] / "_gemini_batch/manifest.json"
        return str(json.loads(path.read_bytes())["submissions"][-1]["job"])

    return re.sub(r"<job ([\w-]+)>", job, words)


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
class Meanwhile:
    """Other steps while the base's `doit words` holds `run` and waits; then Ctrl-C for it. Only its end is told."""

    words: str
    run: str
    steps: Sequence[Step]

    def play(self, play: Play) -> Iterator[Said]:
        waiting = play.people["old"].start(self.words.split())
        holder = play.stage.project / f"workspaces/.locks/{self.run}.holder.json"
        deadline = time.monotonic() + 30
        while str(waiting.pid) not in (holder.read_text() if holder.exists() else "") and time.monotonic() < deadline:
            time.sleep(0.05)
        for step in self.steps:
            for said in step.play(play):
                yield replace(said, touched=())  # the other command writes as well
        waiting.interrupt()
        yield Said(f"doit {self.words} (waiting)", replace(waiting.done(), out="", err=""), ())


@dataclass(frozen=True)
class WithSlack:
    """Commands while Slack listens, or answers otherwise; what was posted is told. written: by a person there."""

    steps: Sequence[Doit]
    answers: Sequence[int] = ()
    written: str = ""

    def play(self, play: Play) -> Iterator[Said]:
        with SlackStandIn() as slack:
            slack.answers = list(self.answers)
            if self.written:
                slack.write(self.written, ts=f"{time.time() // 3600 * 3600:.6f}")  # the same in both halves
            for step in self.steps:
                for said in replace(step, env={**step.env, **slack.env}).play(play):
                    yield replace(said, what=f"doit {step.words} with Slack")
            posts = "\n".join([*slack.asked, *slack.posts])
            yield Said("what Slack got", Done(0, posts, ""), ())


@dataclass(frozen=True)
class Ask:
    """One request to a server that doit runs. page: asked first for the token to send. signed: as Gemini signs."""

    path: str
    method: str = "GET"
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    signed: bool = False


@dataclass(frozen=True)
class Serve:
    """`doit words PORT=0`, requests to what it serves, then Ctrl-C, `after` seconds later."""

    words: str
    asks: Sequence[Ask]
    env: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0

    def play(self, play: Play) -> Iterator[Said]:
        before, asks = play.stage.marks(), [self._filled(ask, play) for ask in self.asks]
        process = replace(play.people["new"], more=self.env).start([*self.words.split(), "PORT=0"])
        first = ""
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", first)):
            line = process.stdout.readline()
            first += line
            if not line:
                yield Said(f"doit {self.words}", process.done(), ())
                return
        answers = [_answer(int(found[1]), ask) for ask in asks]
        time.sleep(self.after)
        process.interrupt()
        done = process.done()
        out = "\n".join([first + done.out, *answers])
        yield Said(f"doit {self.words}", replace(done, out=out), touched(before, play.stage.marks()))

    def _filled(self, ask: Ask, play: Play) -> Ask:
        return replace(ask, body=_filled(ask.body, play.stage.project))


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
