"""A week of mass production, made small: the account is always full, and every hour one command brings and sends.

What counts at a million pictures a day is the number of jobs: at most 100 live ones at the provider (P-15). Here both
are divided by the same number, so that a job has as long to end as it would have then. Counts are the emulator's own.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story

HOUR = 3600
OPEN = ("PENDING", "RUNNING")
PER_JOB = 20


@dataclass
class Account:
    """What the provider saw at each hour. live: jobs; waiting: pictures asked for and not yet sent, at day's end."""

    live: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    wanted: int = 0
    pictures: int = 0
    billed: int = 0
    jobs: int = 0

    def table(self, most: int) -> str:
        rows = (
            f"| pictures wanted, made, billed | {self.wanted}, {self.pictures}, {self.billed} |",
            f"| jobs | {self.jobs} |",
            f"| live jobs at most, of {most} allowed | {max(self.live)} |",
            f"| hours with every place taken | {sum(live == most for live in self.live)} of {len(self.live)} |",
            f"| pictures waiting at each day's end | {', '.join(map(str, self.waiting))} |",
        )
        return "\n".join(("| what | seen |", "|---|---|", *rows))


def week(days: int, a_day: int, most: int, job_hours: float) -> Account:
    """Play it. a_day: pictures asked for each day; most: live jobs allowed; job_hours: how long a job takes."""
    with tempfile.TemporaryDirectory(prefix="scale-") as name, _emulator(Path(name)) as emulator:
        studio = Studio(Path(name) / "project", emulator)
        studio.limits(max_requests_per_job=PER_JOB, max_live_jobs=most)
        caps = {"caps": {"submission": None, "day": None, "month": None}}
        (studio.folder / "configs" / "budget.local.yaml").write_text(yaml.safe_dump(caps))
        emulator.job_seconds(job_hours * HOUR)
        account = Account()
        for day in range(days):
            _day(studio, account, day, a_day)
        _rest(studio, account)
        account.billed, account.jobs = studio.billed, studio.jobs_created
        account.pictures = sum(len(studio.images(run)) for run in _runs(days))
        return account


def _emulator(folder: Path) -> EmulatorProcess:
    return EmulatorProcess(folder / "emulator", shrunk=4)


def _runs(days: int) -> Iterator[str]:
    return (f"CH01-{day:03d}" for day in range(1, days + 1))


def _day(studio: Studio, account: Account, day: int, a_day: int) -> None:
    studio.prompts(story(a_day, f"{day}日目"), f"CH01-{day + 1:03d}")
    account.wanted += a_day
    for _ in range(24):
        _hour(studio, account)
    account.waiting.append(account.wanted - studio.billed - _under_way(studio))
    print(f"day {day + 1}: {studio.billed} of {account.wanted} pictures made", file=sys.stderr, flush=True)


def _hour(studio: Studio, account: Account) -> None:
    assert studio.emulator
    done = studio.doit("visual", "CH=ALL", "WAIT=0")
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stdout + done.stderr
    account.live.append(sum(job["state"] in OPEN for job in studio.emulator.jobs()))
    studio.emulator.advance(HOUR)


def _under_way(studio: Studio) -> int:
    assert studio.emulator
    return sum(PER_JOB for job in studio.emulator.jobs() if job["state"] in OPEN)


def _rest(studio: Studio, account: Account) -> None:
    """Until everything is home; a day more would mean that it never comes."""
    for _ in range(24):
        if (
            studio.billed == account.wanted
            and sum(len(studio.images(each.name)) for each in _folders(studio)) == studio.billed
        ):
            return
        _hour(studio, account)


def _folders(studio: Studio) -> list[Path]:
    return sorted((studio.folder / "workspaces" / "video" / "runs").iterdir())
