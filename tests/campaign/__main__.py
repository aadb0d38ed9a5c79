"""`python -m tests.campaign crash`: kill `doit` at its calls, or let the disk refuse, and see that all comes right.

python -m tests.campaign crash --all                      every call of every lane, every kind; takes hours
python -m tests.campaign crash --all --minutes 30         as many of them, in a seeded order, as the time allows
python -m tests.campaign crash --lane batch --kind before --kind half
python -m tests.campaign crash --case batch/1/61/before   one case again, with all that was said
python -m tests.campaign faults --seeds 100 --minutes 30  faults of the provider and whims of people, in any order
python -m tests.campaign scale                            a week with the account always full, made small
"""

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from .crash import Theatre, Verdict, parse
from .lanes import LANES
from .points import Points, counted, play, spread, table
from .trap import KINDS


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.campaign", formatter_class=argparse.RawTextHelpFormatter)
    kinds = parser.add_subparsers(dest="kind_of_campaign", required=True)
    faults_of(kinds.add_parser("faults", help="what people and providers do, in any order, by Hypothesis"))
    scale_of(kinds.add_parser("scale", help="a week of mass production with the account always full, made small"))
    crash = kinds.add_parser("crash", help=__doc__)
    add = crash.add_argument
    add("--all", action="store_true", help="every case, not a sample of 200")
    add("--sample", type=int, default=200, help="how many cases, spread evenly")
    add("--lane", choices=LANES, action="append", help="these lanes only")
    add("--kind", choices=KINDS, action="append", help="these kinds only")
    add("--twice", type=int, default=10, help="for each command, cases that die again in the next one")
    add("--seed", type=int, default=0)
    add("--jobs", type=int, default=2, help="cases at a time")
    add("--minutes", type=float, help="stop after so long; Ctrl-C stops, too, with the table so far")
    add("--case", action="append", help="exactly this one, as a failure names it")
    options = parser.parse_args()
    if options.kind_of_campaign == "faults":
        return play_faults(options)
    if options.kind_of_campaign == "scale":
        return play_scale(options)
    return repeat(options.case) if options.case else campaign(options)


def faults_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, help="the first seed; without it: any")
    parser.add_argument("--seeds", type=int, default=50, help="how many seeds, 8 sequences each")
    parser.add_argument("--minutes", type=float, help="stop after so long")


def scale_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--pictures", type=int, default=1000, help="a day")
    parser.add_argument("--live", type=int, default=9, help="most live jobs")
    parser.add_argument("--hours", type=float, default=4.0, help="that a job takes")


def play_scale(options: argparse.Namespace) -> int:
    from . import scale

    account = scale.week(options.days, options.pictures, options.live, options.hours)
    print(account.table(options.live))
    kept = max(account.live) <= options.live and account.wanted == account.pictures == account.billed
    return 0 if kept else 1


def play_faults(options: argparse.Namespace) -> int:
    from . import faults

    outcome = faults.campaign(
        options.seeds, faults.any_seed() if options.seed is None else options.seed, options.minutes
    )
    print(outcome.table())
    return 1 if outcome.failures else 0


def campaign(options: argparse.Namespace) -> int:
    draw, began = random.Random(options.seed), time.monotonic()
    points = _counted(options.lane or list(LANES))
    cases = [case for each in points for case in each.cases(options.kind or KINDS)]
    if not options.all:
        cases = spread(cases, options.sample, draw)
    cases += [case for each in points for case in each.twice(options.twice, draw)]
    draw.shuffle(cases)
    print(
        f"{sum(len(each.calls) for each in points)} calls, {len(cases)} cases to try (seed {options.seed})", flush=True
    )
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    last = began + options.minutes * 60 if options.minutes else float("inf")
    tally = play(cases, options.jobs, _tell, lambda: stopped.is_set() or time.monotonic() > last)
    print(table(points, tally))
    print(
        f"{tally.unreached} cases named a call that the command did not reach; {time.monotonic() - began:.0f} s in all"
    )
    return 1 if tally.failed else 0


def _counted(names: list[str]) -> list[Points]:
    with tempfile.TemporaryDirectory(prefix="crash-") as folder, Theatre(Path(folder)) as theatre:
        return counted(theatre, names)


def _tell(verdict: Verdict) -> None:
    if verdict.wrong:
        print(verdict, flush=True)


def repeat(names: list[str]) -> int:
    """Play the named cases again; their folders stay."""
    folder, failed = Path(tempfile.mkdtemp(prefix="crash-")), False
    with Theatre(folder) as theatre:
        for case in map(parse, names):
            verdict = theatre.play(LANES[case.lane], case)
            failed |= bool(verdict.wrong)
            print(f"{case} at {verdict.hit}\n{verdict.said}", *verdict.wrong, f"in {folder}", sep="\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
