"""`doit listen`: signed webhooks are believed, everything else is refused, and a job that ended is collected."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from tasks.inbox import events
from tasks.project.paths import Paths
from tests.support.emulator_process import ROOT
from tests.support.studio import Studio, story

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver:
    """`doit listen PORT=0` of a studio."""

    def __init__(self, studio: Studio) -> None:
        self.log = studio.folder / "listen.log"
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                studio.command("listen", "PORT=0"),
                env=studio.environment(GEMINI_WEBHOOK_SECRET=SECRET, PYTHONUNBUFFERED="1"),
                cwd=ROOT,
                stdout=out,
                stderr=out,
            )
        self.url = self.wait_for(r"http://127\.0\.0\.1:\d+/gemini")

    def wait_for(self, pattern: str) -> str:
        """The first piece of what it printed that fits."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.log.read_text()):
                return found[0]
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(f"{pattern} not in: {self.log.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        return self.process.wait(60)


@pytest.fixture
def receiver(studio: Studio) -> Iterator[Receiver]:
    made = Receiver(studio)
    yield made
    made.stop()


def body(job: str, kind: str = "batch.succeeded") -> bytes:
    data = {"type": kind, "version": "v1", "timestamp": "2026-11-23T00:00:00Z", "data": {"id": job}}
    return json.dumps(data).encode()


def signed(data: bytes, identity: str = "msg_1", age: float = 0.0, secret: str = SECRET) -> dict[str, str]:
    when = datetime.now(UTC) - timedelta(seconds=age)
    signature = Webhook(secret).sign(identity, when, data.decode("utf-8", "replace"))
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": signature,
    }


def post(url: str, data: bytes | None, headers: dict[str, str], method: str = "POST") -> int:
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (ConnectionResetError, BrokenPipeError, urllib.error.URLError):
        return 413  # the receiver hung up in the middle of a body that it does not want


@pytest.mark.parametrize("form", ["batches/{}", "{}"])
def test_a_job_that_ended_is_collected_at_once(studio: Studio, receiver: Receiver, form: str) -> None:
    """A signed batch.succeeded, with either form of the id: that job's pictures are on disk, no other was asked for."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    for run in ("CH01-001", "CH01-002"):
        studio.prompts(story(2, run), run)
    studio.visual("WAIT=0")
    studio.emulator.advance(61)
    asked = studio.emulator.ledger()["requests"]["get"]
    data = body(form.format(studio.manifest("CH01-002")["submissions"][0]["job"].removeprefix("batches/")))
    assert post(receiver.url, data, signed(data)) == 200
    receiver.wait_for("CH01-002: batches/.* SUCCEEDED, 2 of 2")
    deadline = time.monotonic() + 30
    while len(studio.usage("CH01-002")) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(studio.usage("CH01-002")) == 2 and not studio.images("CH01-001")
    assert studio.emulator.ledger()["requests"]["get"] == asked + 1
    assert receiver.stop(signal.SIGINT) == 0
    assert SECRET[6:] not in receiver.log.read_text()


def test_what_is_not_right_is_refused(studio: Studio, receiver: Receiver) -> None:
    """Wrong secret, changed body, old, replayed, unsigned, other paths and methods, too large, no JSON: 4xx each."""
    assert studio.emulator
    data, asked = body("batches/x"), studio.emulator.ledger()["http_total"]
    other = "whsec_" + "A" * 32
    assert post(receiver.url, data, signed(data, "a", secret=other)) == 401
    assert post(receiver.url, body("batches/y"), signed(data, "b")) == 401
    assert post(receiver.url, data, signed(data, "c", age=600)) == 401
    assert post(receiver.url, data, signed(data, "d", age=-600)) == 401
    assert post(receiver.url, data, {}) == 401
    assert post(receiver.url, data, signed(data, "e") | {"webhook-signature": "v1"}) == 401
    assert post(receiver.url, b"\xff\xfe", signed(data, "f")) == 401
    assert post(receiver.url, b"[]", signed(b"[]", "g")) == 400
    assert post(receiver.url, None, {}, "GET") == 405
    assert post(receiver.url.replace("/gemini", "/other"), data, signed(data, "h")) == 404
    assert post(receiver.url, b"x" * 100_000, signed(b"x" * 100_000, "i")) == 413
    assert post(receiver.url, data, signed(data, "j")) == 200
    assert post(receiver.url, data, signed(data, "j")) == 409
    receiver.wait_for("batches/x is in no manifest")
    assert studio.emulator.ledger()["http_total"] == asked
    assert receiver.stop() == 0


def test_a_job_that_only_an_unreadable_manifest_may_name(studio: Studio, receiver: Receiver) -> None:
    """The manifest is damaged: the webhook's job is not passed over; a person is told what to do, once."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.visual("WAIT=0")
    (studio.run() / "_gemini_batch" / "manifest.json").write_text("{")
    for identity in ("a", "b"):
        data = body("batches/x")
        assert post(receiver.url, data, signed(data, identity)) == 200
        receiver.wait_for("batches/x is in no manifest that can be read[^$]*doit adopt")
    assert receiver.stop() == 0
    assert len([each for each in events.read(Paths(studio.folder)) if "doit adopt" in each.event.do]) == 1


def test_without_a_secret_it_does_not_start(studio: Studio) -> None:
    """No secret, or one that is none: exit 1 and what to set."""
    for secret in ("", "whsec_", "no secret é"):
        assert "export GEMINI_WEBHOOK_SECRET" in studio.ask("listen", expect=1, GEMINI_WEBHOOK_SECRET=secret)
