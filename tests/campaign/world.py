"""A studio in which everything may go wrong: what a person does, what the provider does, what has to hold in the end.

    world = World(folder)
    world.fault("lost_reply", on="create", times=1)
    world.visual()
    world.edit("0001", 2)
    assert not world.judged()

Every method is one action, deterministic but for the order of threads, so that a sequence that broke a promise can be
written down as a plain test. What a command says and how it ends is checked at once, what it left behind by `judged`.
"""

import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio

from . import books
from .invariants import Allowed, violations
from .project import Line, Project

RUN = "CH01-001"
MOMENT = "WAIT=0.006"
"""Minutes that a command waits for the provider: long enough for a job that is done, short for one that is not."""
HELD = "RETRY=refused,permanent,exhausted,missing,lost"
PATIENCE = 12
"""Rounds of clear weather in which everything has to come right."""
TIMEOUT = 1
"""Seconds after which an answer is given up."""
MODELS = {
    "g-1": "gemini_nano_banana_2_1",
    "g-2": "gemini_3_1_flash_lite_image",
    "i-1": "gemini_nano_banana_2_1",
    "f-1": "fireworks_flux_1_schnell_fp8",
}
BOUGHT_AT_ONCE = frozenset({"i-1", "f-1"})


class World:
    """One run of channel CH01, one emulator, and a person."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.emulator = EmulatorProcess(folder / "emulator", "--job-seconds", "0", "--clock", "2026-11-23T00:00:00Z")
        self.emulator.start()
        self.studio = Studio(folder / "project", self.emulator)
        immediate = {"request_timeout_seconds": TIMEOUT, "max_concurrent": 2}
        self.studio.limits(immediate, request_timeout_seconds=TIMEOUT, poll_seconds_first=0.005)
        self.slot = "g-1"
        self.versions = {"0001": 1, "0002": 1}
        self.by_hand: set[str] = set()
        self.taken: Counter[str] = Counter()
        self.may_doubt = 0
        self.commands: Counter[str] = Counter()
        self.said: list[str] = []
        self._write()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.emulator.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What a person writes

    def edit(self, prompt: str, version: int) -> None:
        """The text of a prompt becomes its version `version`, which it may have been before; it may be a new prompt."""
        self.versions[prompt] = version
        self._write()

    def drop(self, prompt: str) -> None:
        """A prompt is taken out; the last one stays."""
        if len(self.versions) > 1:
            self.versions.pop(prompt, None)
            self._write()

    def preset(self, slot: str, ratio: str = "16:9") -> None:
        """The channel's slot and aspect ratio."""
        self.slot = slot
        self.studio.presets(slot, aspect_ratio=ratio)

    def _write(self) -> None:
        self.studio.prompts({name: f"雪の山道、{name}の{version}" for name, version in self.versions.items()}, RUN)

    # What a person runs

    def visual(self, *words: str, **env: str) -> int:
        """`doit visual` that waits only a moment for the provider; its exit status."""
        return self.doit("visual", "CH=CH01", MOMENT, *words, **env)

    def wrong_key(self) -> None:
        """`visual` with a key that is not the one that made the jobs."""
        self.visual(GEMINI_API_KEY="another-key", FIREWORKS_API_KEY="another-key")

    def killed(self, point: str) -> None:
        """`visual` that dies at a named point, if it gets there."""
        if self.slot in BOUGHT_AT_ONCE:
            self.may_doubt += len(self.versions)
        self.doit("visual", "CH=CH01", MOMENT, KAMISHIBAI_KILL_AT=point)

    def stopped(self, number: int, requests: int) -> None:
        """`visual` that gets the signal `number` when the provider has had `requests` requests, if it lives so long."""
        if self.slot in BOUGHT_AT_ONCE:
            self.may_doubt += len(self.versions)
        last = self.emulator.ledger()["http_total"] + requests
        process = self.studio.start(MOMENT)
        while process.poll() is None and self.emulator.ledger()["http_total"] < last:
            time.sleep(0.01)
        if process.poll() is None:
            process.send_signal(number)
        said = process.communicate(timeout=120)[0]
        self._heard(("visual", "CH=CH01", MOMENT, f"(signal {number})"), process.returncode, said)

    def two_at_once(self) -> None:
        """Two `visual` at the same time."""
        both = [self.studio.start(MOMENT), self.studio.start(MOMENT)]
        for process in both:
            said = process.communicate(timeout=120)[0]
            self._heard(("visual", "CH=CH01", MOMENT, "(one of two)"), process.returncode, said)

    def command(self, name: str) -> None:
        """`doit collect`, `cancel`, `adopt`: those that ask or steer what was sent."""
        words = {"cancel": ("CH=CH01", "RUN=001", MOMENT)}.get(name, ())
        self.doit(name, *words)

    def look(self, name: str) -> None:
        """A command that only looks: it asks the provider nothing."""
        before = self.emulator.ledger()["http_total"]
        self.doit(name, *(("CH=CH01",) if name == "plan" else ()))
        assert self.emulator.ledger()["http_total"] == before, f"doit {name} asked the provider something"

    def retake(self, prompt: str, slot: str | None = None) -> None:
        """Another picture of one prompt."""
        if slot in BOUGHT_AT_ONCE or self.slot in BOUGHT_AT_ONCE:
            self.may_doubt += 1
        words = (f"SLOT={slot}",) if slot else ()
        if self.doit("retake", "CH=CH01", "RUN=001", f"IDS={prompt}", MOMENT, *words) != 3:
            self.taken[prompt] += 1

    def pick(self, prompt: str, number: int) -> None:
        """An earlier take is put back."""
        self.doit("retake", "CH=CH01", "RUN=001", f"IDS={prompt}", f"PICK={number}", MOMENT)

    def remove(self, what: str) -> None:
        """Delete something that can be made again: pictures, usage, the page, the database, the requests."""
        path = self.studio.run(RUN) / what
        path = self.studio.folder / what if what.startswith(".doit") else path
        for each in [*path.parent.glob(f"{path.name}*")]:
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    def paint_over(self, prompt: str) -> None:
        """Somebody edits a finished picture in place."""
        path = self.studio.run(RUN) / "images" / f"{prompt}.png"
        if path.exists():
            self.by_hand.add(f"images/{prompt}.png")
            path.write_bytes(path.read_bytes()[:-30] + b"painted over by a person......")

    # What the provider does

    def fault(self, name: str, **options: Any) -> None:
        """One of the emulator's faults (tasks/emulator/faults.py)."""
        if options.get("on") in ("generate", "flux_generate", "flux_submit", "flux_result") or "on" not in options:
            self.may_doubt += options.get("times", 1)
        self.emulator.fault(name, **options)

    def later(self, hours: float) -> None:
        """The provider's clock goes on."""
        self.emulator.advance(hours * 3600)

    def jobs_take(self, hours: float) -> None:
        """How long jobs made from now on take."""
        self.emulator.job_seconds(hours * 3600)

    # What has to hold

    def doit(self, *words: str, **env: str) -> int:
        done = self.studio.doit(*words, **env)
        return self._heard(words, done.returncode, done.stdout + done.stderr)

    def _heard(self, words: tuple[str, ...], status: int, said: str) -> int:
        """Every command ends with 0, or with 1 or 3 and what to do next; never with a traceback."""
        self.commands[words[0]] += 1
        self.said.append(f"$ doit {' '.join(words)}\n{said}(exit {status})")
        assert "Traceback" not in said, self.story
        assert status in (0, 1, 3, -signal.SIGKILL, 130), self.story
        assert status not in (1, 3) or "\n  -> " in said, self.story
        return status

    @property
    def story(self) -> str:
        return "\n".join(self.said[-12:])

    def judged(self) -> list[str]:
        """Clear weather, the same command until all is done; then every broken promise in plain words."""
        if not self._settled():
            return [f"after {PATIENCE} rounds of clear weather there is still something to do"]
        if not self.versions:
            return []
        return [*self._rest(), *self._promises()]

    def _settled(self) -> bool:
        for attempt in range(PATIENCE):
            self.emulator.clear_faults()
            self.emulator.job_seconds(0)
            self.later(60 if attempt == 6 else 1)
            words = (HELD,) if attempt > 1 else ()
            if self.said and "was made with another API key" in self.said[-1]:
                self.wrong_key()  # the message asks a person to set that key: nobody else can see its job
            if self.visual(*words) == 0 and attempt and "on their way" not in self.said[-1]:
                return True
        return False

    def _rest(self) -> Iterator[str]:
        """A run with nothing to do asks nothing and writes nothing."""
        before, asked = self.studio.snapshot(), self.emulator.ledger()["http_total"]
        if self.visual() != 0:
            yield "the same command once more did not end well"
        if self.emulator.ledger()["http_total"] != asked:
            yield "nothing was to do, and the provider was asked something"
        if changed := sorted(dict(self.studio.snapshot().items() ^ before.items())):
            yield f"nothing was to do, and files changed: {', '.join(changed)}"

    def _promises(self) -> Iterator[str]:
        project = Project(self.studio.folder)
        lines = [line for _, line in project.lines]
        failed = Counter(line["key"] for line in lines if line["status"] != "ok")
        doubtful = sum(line["reason"].startswith("maybe billed") for line in lines)
        ledger = books.read(self.emulator)
        allowed = Allowed(
            billed=(0, len(lines)),
            doubtful=min(doubtful, self.may_doubt),
            unseen=sum(failed.values()),
            twice={key: 1 + count for key, count in failed.items()},
            by_hand=self.by_hand,
        )
        yield from violations(self.studio.folder, ledger, allowed, {RUN: list(self.versions)})
        yield from self._once(lines)
        yield from self._pinned(project)

    def _once(self, lines: list[Line]) -> Iterator[str]:
        """Each digest is bought well once: a retake has a digest of its own, and what the store has is not bought."""
        good = Counter(line["digest"] for line in lines if line["status"] == "ok" and line["cost_basis"] == "measured")
        for digest, times in good.items():
            if times > 1:
                yield f"{digest[:16]} was bought {times} times, well each time"

    def _pinned(self, project: Project) -> Iterator[str]:
        """What is shown is of the channel's model, unless somebody asked for another take."""
        for room in project.rooms:
            for prompt, line in room.shown.items():
                asked = prompt not in self.versions or self.taken[prompt]
                if not asked and line["model_key"] != MODELS[self.slot]:
                    yield f"{prompt} is shown from {line['model_key']}, the channel says {self.slot}"
