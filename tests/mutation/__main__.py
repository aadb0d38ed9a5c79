"""`python -m tests.mutation`: a seeded sample of mutants, two at a time; what was decided before is not tried again."""

import argparse
import itertools
import json
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .places import ROOT, Mutant, mutants
from .ran import Ran, modules
from .trial import KILLED, SURVIVED, UNDECIDED, Stage, Verdict

JOURNAL = ROOT / ".mutation" / "journal.jsonl"
LEAST = 0.93
"""The share of the decided that tests must notice."""


class Journal:
    """What became of each mutant, kept between runs. A changed module has new mutants."""

    def __init__(self, again: bool) -> None:
        self._lock = threading.Lock()
        self.known: dict[str, Verdict] = {}
        if JOURNAL.exists():
            for line in JOURNAL.read_text("utf-8").splitlines():
                key, *verdict = json.loads(line)
                self.known[key] = Verdict(*verdict)
        if again:
            self.known = {key: each for key, each in self.known.items() if each.outcome == KILLED}

    def note(self, mutant: Mutant, verdict: Verdict) -> None:
        with self._lock:
            self.known[mutant.key] = verdict
            JOURNAL.parent.mkdir(exist_ok=True)
            with JOURNAL.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps([mutant.key, verdict.outcome, verdict.by, round(verdict.seconds, 1)]) + "\n")
        print(f"{verdict.outcome:9s} {verdict.seconds:6.1f} s  {mutant}  {verdict.by}", flush=True)


def main() -> int:
    options = _options()
    places = [each for file in modules() for each in mutants(file)]
    wanted = [each for each in places if not options.only or any(word in each.file for word in options.only)]
    wanted.sort(key=lambda each: each.rank(options.seed))
    chosen = list(itertools.islice((each for each in wanted if each.is_a_change and each.compiles()), options.sample))
    if options.list:
        print(*sorted(map(str, chosen)), sep="\n")
        return 0
    journal = Journal(options.again)
    left = [each for each in chosen if each.key not in journal.known]
    print(f"{len(places)} mutants in {len(modules())} modules, {len(chosen)} chosen, {len(left)} to try", flush=True)
    if left:
        _play(left, journal, options.jobs)
    return _tell(chosen, journal)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    add = parser.add_argument
    add("--sample", type=int, default=300, metavar="N", help="how many mutants (300)")
    add("--seed", type=int, default=1, help="which ones (1)")
    add("--only", nargs="+", default=[], metavar="WORD", help="modules with one of these words in their path")
    add("--jobs", type=int, default=2, metavar="N", help="mutants at a time (2)")
    add("--again", action="store_true", help="try again what survived or was not decided: after new tests")
    add("--list", action="store_true", help="say what would be tried")
    return parser.parse_args()


def _play(left: Sequence[Mutant], journal: Journal, jobs: int) -> None:
    """Ctrl-C stops; the next run goes on from there."""
    ran = Ran.kept()
    ran.renew()
    with tempfile.TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True) as work:
        stages = [Stage(Path(work) / f"{number}") for number in range(jobs)]

        def play(stage: Stage, mutant: Mutant) -> None:
            steps = [(tests, sum(ran.tests[test] for test in tests)) for tests in ran.steps(mutant)]
            journal.note(mutant, stage.play(mutant, steps))

        _shared_out(stages, play, left)


def _shared_out(stages: Sequence[Stage], work: Callable[[Stage, Any], None], pieces: Sequence[Any]) -> None:
    """Each piece is done once, on whichever stage is free. The first failure ends it."""
    waiting = iter(pieces)
    lock = threading.Lock()

    def serve(stage: Stage) -> None:
        while True:
            with lock:
                piece = next(waiting, None)
            if piece is None or failed:
                return
            try:
                work(stage, piece)
            except BaseException as error:
                failed.append(error)

    failed: list[BaseException] = []
    threads = [threading.Thread(target=serve, args=(stage,), daemon=True) for stage in stages]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt as stopped:
        failed.append(stopped)
        for stage in stages:
            stage.stop()
    if failed:
        raise failed[0]


def _tell(chosen: Sequence[Mutant], journal: Journal) -> int:
    verdicts = {each: journal.known[each.key] for each in chosen}
    count = Counter(each.outcome for each in verdicts.values())
    for outcome in (SURVIVED, UNDECIDED):
        for mutant in sorted((each for each in chosen if verdicts[each].outcome == outcome), key=str):
            print(f"{outcome}  {mutant}  {verdicts[mutant].by}")
    decided = count[KILLED] + count[SURVIVED]
    share = count[KILLED] / decided if decided else 0.0
    print(
        f"{count[KILLED]} killed, {count[SURVIVED]} survived, {count[UNDECIDED]} undecided: {share:.1%} of the decided"
    )
    return 0 if share >= LEAST else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
