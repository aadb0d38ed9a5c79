"""Which cases there are, which of them are tried, and what came of them."""

import contextlib
import itertools
import queue
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .crash import Case, Theatre, Verdict
from .lanes import LANES, Lane
from .trap import KINDS, SYNCS, TAKES_SPACE, Call

FRESH = 120
"""Cases after which the emulator is begun anew, so that its books stay short."""


def kinds_of(call: Call) -> list[str]:
    """What can happen at one call that makes a difference."""
    half = ["half"] if call.call in ("write", "send", "sendall") and call.size > 1 else []
    full = ["ENOSPC"] if call.call in TAKES_SPACE | SYNCS else []
    return ["before", *half, *(["power", *full, "EIO", "EROFS"] if call.on_disk else [])]


@dataclass(frozen=True)
class Points:
    """The calls of one step of a lane, and every case about them."""

    lane: Lane
    step: int
    calls: Sequence[Call]

    def cases(self, kinds: Iterable[str] = KINDS) -> list[Case]:
        wanted = set(kinds)
        return [
            Case(self.lane.name, self.step, call.number, kind)
            for call in self.calls
            for kind in kinds_of(call)
            if kind in wanted
        ]

    def twice(self, count: int, draw: random.Random) -> list[Case]:
        """Cases that die a second time, in the command after."""
        last = len(self.calls)
        pairs = [(draw.randint(1, last), draw.randint(1, last)) for _ in range(count)]
        return [Case(self.lane.name, self.step, at, draw.choice(("before", "half")), then) for at, then in pairs]


def counted(theatre: Theatre, names: Iterable[str]) -> list[Points]:
    """The points of these lanes, counted by running each once undisturbed."""
    lanes = [LANES[name] for name in names]
    return [
        Points(lane, number, theatre.count(lane, number))
        for lane in lanes
        for number, step in enumerate(lane.steps)
        if step.trapped
    ]


def spread(cases: Sequence[Case], count: int, draw: random.Random) -> list[Case]:
    """`count` of the cases, one from each of as many equal stretches: no part of a command is left out."""
    if count >= len(cases):
        return list(cases)
    edges = [round(number * len(cases) / count) for number in range(count + 1)]
    return [cases[draw.randrange(start, end)] for start, end in itertools.pairwise(edges)]


@dataclass
class Tally:
    """What came of the cases so far."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: list[Verdict] = field(default_factory=list)
    unreached: int = 0
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict, seconds: float) -> None:
        case = verdict.case
        self.tried[case.lane, "twice" if case.then else case.kind] += 1
        self.unreached += verdict.hit is None
        self.seconds[case.lane] += seconds  # type: ignore[assignment]
        if verdict.wrong:
            self.failed.append(verdict)


def table(points: Sequence[Points], tally: Tally) -> str:
    """One row per lane: calls, cases there are, cases tried by kind, failures, seconds."""
    columns = [*KINDS, "twice"]
    head = ["lane", "calls", "cases", "tried", *columns, "failed", "seconds"]
    rows = [head]
    for name in dict.fromkeys(each.lane.name for each in points):
        own = [each for each in points if each.lane.name == name]
        tried = [tally.tried[name, column] for column in columns]
        failed = sum(verdict.case.lane == name for verdict in tally.failed)
        numbers = [sum(len(each.calls) for each in own), sum(len(each.cases()) for each in own), sum(tried)]
        rows.append([name, *map(str, [*numbers, *tried, failed, round(tally.seconds[name])])])
    rows.append(["all", *(str(sum(int(row[column]) for row in rows[1:])) for column in range(1, len(head)))])
    wide = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, wide, strict=True)) for row in rows)


def play(
    cases: Sequence[Case], jobs: int, told: Callable[[Verdict], None] = lambda _: None, over: Callable[[], bool] = bool
) -> Tally:
    """Try every case, `jobs` at a time; `told` hears of each at once. over: whether to begin no further case."""
    tally, left, lock = Tally(), queue.SimpleQueue[Case](), threading.Lock()
    for case in cases:
        left.put(case)

    def work() -> None:
        while not left.empty() and not over():
            with tempfile.TemporaryDirectory(prefix="crash-", ignore_cleanup_errors=True) as folder:
                evening(Path(folder))

    def evening(folder: Path) -> None:
        """As many cases as one emulator serves."""
        with Theatre(folder) as theatre:
            for case in itertools.islice(_taken(left), FRESH):
                began = time.monotonic()
                verdict = theatre.play(LANES[case.lane], case)
                with lock:
                    tally.add(verdict, time.monotonic() - began)
                    told(verdict)
                if over():
                    return

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _taken(left: "queue.SimpleQueue[Case]") -> Iterator[Case]:
    with contextlib.suppress(queue.Empty):
        while True:
            yield left.get_nowait()
