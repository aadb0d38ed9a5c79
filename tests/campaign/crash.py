"""One case of the crash campaign: a command dies or meets a refusing disk at one call; then all must come right."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio

from . import books
from .books import Books
from .commands import Commands, Done
from .invariants import MAYBE, Allowed, violations
from .lanes import CONCURRENT, Lane, Step
from .trap import KILLS, Call, Order

CLOCK = "2026-11-23T00:00:00Z"
TRIES = 6
"""How often a person repeats a command before giving up."""
KILLED = -9
REPEAT = "python -m tests.campaign crash --case"


KEYS = ("GEMINI_API_KEY", "FIREWORKS_API_KEY", "OPENAI_API_KEY", "IMAGE_SERVER_API_KEY")


@dataclass(frozen=True)
class Case:
    """In step `step` of `lane`, trouble of that kind at call `at`; `then`: and once more in the next command.

    match: the calls that are counted, "" for all (see Order).
    """

    lane: str
    step: int
    at: int
    kind: str
    then: int = 0
    match: str = ""

    def __str__(self) -> str:
        return f"{self.lane}/{self.step}/{self.at}/{self.kind}" + (f"/{self.then}" if self.then else "")


def parse(text: str) -> Case:
    """The case that `str` of one says."""
    lane, step, at, kind, *then = text.split("/")
    return Case(lane, int(step), int(at), kind, int(then[0]) if then else 0)


@dataclass(frozen=True)
class Verdict:
    """What came of a case. hit: the call it struck, None when the command made fewer. wrong: broken promises."""

    case: Case
    hit: Call | None
    wrong: list[str]
    said: str = ""

    def __str__(self) -> str:
        return "\n  ".join([f"{REPEAT} {self.case}", f"at {self.hit}", *self.wrong])


@dataclass(frozen=True)
class Start:
    """A project as it is before one step, and the provider's books of it; copied for every case."""

    folder: Path
    books: Books
    key: str


class Theatre:
    """One emulator and one forking process for many cases, each in a project of its own and with a key of its own."""

    def __init__(self, folder: Path, syncfs: bool = True) -> None:
        self.folder = folder
        self.emulator = EmulatorProcess(folder / "emulator", "--clock", CLOCK, shrunk=4)
        self.commands = Commands(syncfs)
        self._starts: dict[tuple[str, int], Start] = {}
        self._count = 0

    def __enter__(self) -> Self:
        self.emulator.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.commands.__exit__()
        self.emulator.stop()

    def count(self, lane: Lane, step: int) -> list[Call]:
        """Every call of that step when nothing goes wrong."""
        stage = self._stage(lane, step)
        done = stage.run(lane.steps[step], Order(0, "before", str(stage.notes), trace=True))
        assert done.status == 0, f"{lane.name} step {step} ended with {done.status}:\n{done.said}"
        return [Call(**each) for each in json.loads((stage.notes / "calls.json").read_text())]

    def play(self, lane: Lane, case: Case) -> Verdict:
        """The case from its start to the end, with what is wrong then."""
        stage = self._stage(lane, case.step)
        wrong, said = [], []
        for at in filter(None, (case.at, case.then)):
            if said and lane.is_over(stage.studio.folder):
                break
            done = stage.run(lane.steps[case.step], Order(at, case.kind, str(stage.notes), match=case.match))
            said.append(done.said)
            wrong += stage.judged(case.kind, done)
        hit = stage.hit
        over = (case.kind in KILLS or done.status == 0) and lane.is_over(stage.studio.folder)
        wrong += stage.until_done(lane, case.step + over, said)
        wrong += stage.promises(lane)
        if not wrong:
            shutil.rmtree(stage.studio.folder.parent)
        return Verdict(case, hit, wrong, "\n".join(said))

    def _stage(self, lane: Lane, step: int) -> "Stage":
        start = self._start(lane, step)
        self.emulator.job_seconds(lane.job_seconds)
        if lane.job_seconds:
            self.emulator.advance(lane.job_seconds)  # jobs of earlier cases are booked before the books are read
        return Stage(self, self._new(start.folder), start)

    def _new(self, source: Path | None = None) -> Path:
        self._count += 1
        folder = self.folder / f"case{self._count}" / "project"
        if source:
            shutil.copytree(source, folder)
        return folder

    def _start(self, lane: Lane, step: int) -> Start:
        """The project before that step, made once."""
        if (lane.name, step) not in self._starts:
            self._starts[lane.name, step] = self._made(lane, step)
        return self._starts[lane.name, step]

    def _made(self, lane: Lane, step: int) -> Start:
        self.emulator.job_seconds(lane.job_seconds)
        if step == 0:
            studio = Studio(self._new(), self.emulator)
            studio.limits({"max_concurrent": CONCURRENT})
            lane.prepare(studio)
            return Start(studio.folder, books.NOTHING, "")
        stage = self._stage(lane, step - 1)
        done = stage.run(lane.steps[step - 1], Order(0, "before", str(stage.notes)))
        assert done.status == 0, done.said
        self.emulator.advance(lane.steps[step].advance)
        lane.steps[step].change(stage.studio)
        return Start(stage.studio.folder, stage.books(), stage.key)


class Stage:
    """One copy of a project, in which one case is played."""

    def __init__(self, theatre: Theatre, folder: Path, start: Start) -> None:
        self.studio = Studio.__new__(Studio)
        self.studio.folder, self.studio.emulator, self.studio.env = folder, theatre.emulator, {}
        self.notes = folder.parent / "notes"
        self.notes.mkdir(exist_ok=True)
        self.key = start.key or f"key-of-{folder.parent.name}"
        self._theatre = theatre
        self._start = start
        self._before = books.mark(theatre.emulator)
        self.doubtful = 0

    def books(self) -> Books:
        """The provider's, of this project since its first step."""
        old = self._start.books
        new = books.read(self._theatre.emulator, self._before, old.jobs)
        sent, at_once = old.sent | new.sent, old.at_once | new.at_once
        return Books([*old.billed, *new.billed], old.jobs | new.jobs, sent, at_once, {**old.made, **new.made})

    def run(self, step: Step, order: Order, *more: str) -> Done:
        keys = dict.fromkeys(KEYS, self.key)
        env = self.studio.environment(**keys)
        return self._theatre.commands.run(self.studio.folder, [*step.words, *more], env, order)

    def quietly(self, step: Step, *more: str) -> Done:
        return self.run(step, Order(0, "before", str(self.notes)), *more)

    @property
    def hit(self) -> Call | None:
        path = self.notes / "hit.json"
        return Call(**json.loads(path.read_text())) if path.exists() else None

    def judged(self, kind: str, done: Done) -> list[str]:
        """Whether the command ended as it may. A disk that refuses is said in words, and not by success alone."""
        self.doubtful += self._under_way()
        if kind in KILLS:
            # 1: it came through, and says that an earlier death left a request in doubt
            return [] if done.status in (0, 1, KILLED) else [f"killed by {kind}, it ended with {done.status}"]
        wrong = [] if done.status in (0, 1) else [f"{kind}: it ended with {done.status}"]
        if "Traceback" in done.said:
            wrong.append(f"{kind}: a traceback")
        if done.status and "->" not in done.said:
            wrong.append(f"{kind}: nothing says what to do")
        return wrong

    def _under_way(self) -> int:
        """Requests that had left when the command ended, without an answer: by the journals, or in rows already."""
        runs = self.studio.folder / "workspaces"
        last: dict[tuple[Path, str], str] = {}
        for path in runs.rglob("_immediate/*.jsonl"):
            for line in path.read_bytes().split(b"\n"):
                if event := _event(line):
                    last[path, event["key"]] = event["event"]
        # A line that the kill cut short is none: what it tells of is still in the journal.
        lines = [line for path in runs.rglob("results.jsonl") for line in path.read_bytes().split(b"\n")[:-1]]
        said = sum(json.loads(line)["reason"].startswith(MAYBE) for line in lines)
        return sum(event == "sent" for event in last.values()) + said - self.doubtful

    def until_done(self, lane: Lane, step: int, said: list[str]) -> list[str]:
        """Repeat the command, then run the rest, as a person would. Gives what kept it from ending well."""
        for number, each in enumerate(lane.steps[step:], step):
            if number > step:
                self._theatre.emulator.advance(each.advance)
            if wrong := self._repeated(lane, each, said):
                return wrong
        return []

    def _repeated(self, lane: Lane, step: Step, said: list[str]) -> list[str]:
        for _ in range(TRIES):
            lost = bool(said) and "RETRY=lost" in said[-1]
            if lost and len(self.books().jobs) == lane.jobs:
                return [f"a person was asked about a lost job that the provider lists: {said[-1]}"]
            done = self.quietly(step, *(["RETRY=lost"] if lost else []))
            said.append(done.said)
            if done.status == 0 and not lost:  # what RETRY= brought to its end is looked at once more without it
                return []
        return [f"doit {' '.join(step.words)} does not end well after {TRIES} times"]

    def promises(self, lane: Lane) -> list[str]:
        """Nothing more to do, nothing more to pay, and every invariant."""
        before, booked = self.studio.snapshot(), len(self.books().billed)
        done = self.quietly(lane.last)
        wrong = [] if done.status == 0 else [f"once more, it ended with {done.status}: {done.said}"]
        if (after := self.studio.snapshot()) != before:
            changed = sorted(dict(before.items() ^ after.items()))
            wrong.append(f"once more, it wrote {', '.join(changed)}")
        now = self.books()
        if len(now.billed) != booked:
            wrong.append(f"once more, it bought {len(now.billed) - booked}")
        most = 2 * lane.at_once
        if self.doubtful > most:
            wrong.append(f"{self.doubtful} answers are in doubt, at most {most} can be")
        allowed = Allowed((lane.billed, lane.billed + self.doubtful), (lane.jobs, lane.jobs), self.doubtful)
        return wrong + violations(self.studio.folder, now, allowed, lane.wanted)


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        return dict(json.loads(line))
    except ValueError:
        return None
