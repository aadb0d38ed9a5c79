"""`doit status`: what is on its way, what is left to do, and the commands for both. Writes nothing but the index.

FORMAT=json prints one object; these keys stay:
at, refreshed (whether the provider was asked), jobs[] (run, channel, submission, job, display_name, provider,
model_key, model_name, slot, lane, state: ours, provider_state, listed, requests, done, failed, pending, submitted_at,
ended_at, age_hours, expires_in_hours, results_vanish_in_hours, estimate_usd, warnings[], asked_again_at, next), totals
(jobs, requests, done, failed, pending, estimate_usd, warnings), runs and thumbnails (total, pictures, failed, finished,
to_do[]), unreadable[] (manifests), notes[], next[] (commands). Hours and counts are numbers, times UTC ISO 8601,
unknown is null. asked_again_at: of a job whose results have not all come.
"""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ..catalog.model import Lane
from ..project.names import EVERY, RunName
from ..project.paths import Paths
from ..project.settings import Settings
from ..project.thumbnail_paths import sort, waiting_lines
from ..providers.failures import Refused, Unavailable
from ..runs.manifest import State
from ..runs.summary import Summary, together
from ..session.job_view import View, record, refreshed, view
from ..session.open_jobs import OpenJob, OpenJobs, open_jobs
from ..session.session import Session
from ..text import clock
from ..text.errors import NoKey, Stop
from ..text.sentences import later, t
from . import needs_work, open_orders

MOST_COMMANDS = 6


@dataclass(frozen=True)
class StatusView:
    """Everything that is shown. rows: as the jobs are ordered. notes: what could not be found out.

    thumbnails: the channels' thumbnails, as `runs` are those of videos.
    """

    at: str
    refreshed: bool
    rows: tuple[View, ...]
    runs: tuple[Summary, ...]
    thumbnails: tuple[Summary, ...]
    found: OpenJobs
    notes: tuple[str, ...]
    elsewhere: str = ""
    """What there is in place of the runs that CH= and RUN= ask for, in words; "" when there are some."""
    as_of: str = ""
    """Since when nobody asked about a job that is on its way, and how to; "" where that is not so."""

    @property
    def commands(self) -> list[str]:
        """What to do next, most urgent first, for every channel once."""
        first = [row.do for row in sorted(self.rows, key=lambda row: not row.clocks.concerns)]
        idle: dict[str, list[str]] = {}
        for each in self._idle(self.runs):
            name = RunName.of(each.run)
            idle.setdefault(name.channel, []).append(name.number)
        runs = (f"CH={ch} RUN={numbers[0]}" if len(numbers) == 1 else f"CH={ch}" for ch, numbers in idle.items())
        thumbnails = (
            t("doit thumbnails CH={channel}", channel=RunName.of(each.run).channel)
            for each in self._idle(self.thumbnails)
        )
        return list(dict.fromkeys([*first, *(t("doit visual {each}", each=each) for each in runs), *thumbnails]))

    def _idle(self, glances: tuple[Summary, ...]) -> list[Summary]:
        """Those with something to do of which no job is on its way, as far as anybody can say."""
        busy = {row.job.paths.name for row in self.rows} | {each.paths.name for each in self.found.unreadable}
        return [each for each in glances if each.owed and each.run not in busy]


def look(paths: Paths, settings: Settings) -> StatusView:
    """Read the files, and with REFRESH=1 the provider's list of jobs."""
    session = Session(paths, settings)
    channel = None if settings.channel == EVERY else settings.channel
    found = open_jobs(paths, channel, settings.run)
    jobs: list[tuple[OpenJob, bool]] = [(job, False) for job in found.jobs]
    notes: list[str] = []
    if settings.refresh:
        jobs = _asked(session, found.jobs, notes)
    limits = _limits(session, notes) if jobs else {}
    rows = [
        replace(view(job, limits.get(name), session.accounts.clock(name)), unlisted=gone)
        for job, gone in jobs
        for name in [job.submission.provider]
    ]
    there, (thumbs, waiting) = paths.sorted_runs(channel or EVERY), sort(paths, channel)
    notes += (
        [*there.lines, *waiting_lines(waiting, {run.channel for run in there.waiting})] if settings.run is None else []
    )
    runs = [run_paths for run_paths in there.worked if run_paths.is_meant(channel, settings.run)]
    thumbs = thumbs if settings.run is None else []
    glances, thumbnails = (tuple(needs_work.look(session, each, notes)) for each in (runs, thumbs))
    notes += open_orders.notes([*runs, *thumbs])
    session.index.keep_if_worth()
    elsewhere = paths.others(channel, settings.run) if channel and not runs and not there.lines else ""
    seen = (clock.now(), settings.refresh, tuple(rows), glances, thumbnails, found, tuple(notes), elsewhere)
    return StatusView(*seen, "" if settings.refresh else _as_of(found.jobs, settings))


def _as_of(jobs: tuple[OpenJob, ...], settings: Settings) -> str:
    """When the files last heard of the job that nobody asked about for longest, by this machine's clock."""
    heard = [each.paths.manifest.stat().st_mtime for each in jobs if each.submission.state is State.SUBMITTED]
    if not heard:
        return ""
    then, now = (datetime.fromtimestamp(moment, UTC).astimezone() for moment in (min(heard), time.time()))
    form = "%H:%M" if then.date() == now.date() else "%Y-%m-%d %H:%M"
    asking = t("doit status") + settings.as_typed("CH", "RUN")
    return t("as of {then}; ask now: {asking} REFRESH=1", then=then.strftime(form), asking=asking)


def _limits(session: Session, notes: list[str]) -> dict[str, Any]:
    """Batch limits by provider; none when a config is broken: status is still told, without warnings."""
    try:
        return {key: each.limits for key, each in session.catalog.providers.items()}
    except Stop as stop:
        notes.append(t("no warnings, since a config cannot be read: {what}", what=stop.what))
        return {}


def _asked(session: Session, jobs: tuple[OpenJob, ...], notes: list[str]) -> list[tuple[OpenJob, bool]]:
    """Every job as the provider lists it now, and whether it is missing there. One listing per account."""
    answer = []
    listed: dict[str, Any] = {}
    for job in jobs:
        name = job.submission.provider
        if job.submission.lane is not Lane.BATCH:
            answer.append((job, False))
            continue
        if name not in listed:
            listed[name] = _listing(session, name, notes)
        client, fresh = listed[name], None
        if client is not None and client[0] == (job.submission.endpoint, job.submission.key_fingerprint):
            fresh = refreshed(job, client[1])
        elif client is not None:
            what = job.submission.job or job.paths.name
            notes.append(t("{job}: made with another key or address, not asked about", job=what))
            client = None
        answer.append((fresh or job, client is not None and fresh is None))
    return answer


def _listing(session: Session, name: str, notes: list[str]) -> Any:
    try:
        client = session.accounts.batch(name)
        statuses = {each.name: each for each in client.listing()}
    except NoKey as error:
        notes.append(t("{provider} was not asked: {why}", provider=name, why=error.why))
    except Stop as stop:
        notes.append(t("{provider} was not asked: {why}", provider=name, why=stop.what))
    except (Refused, Unavailable) as error:
        said = later("{provider} did not answer: {reason}; shown is what was known before")
        notes.append(t(said, provider=name, reason=error.reason))
    else:
        return (client.endpoint, client.fingerprint), statuses
    return None


def totals(rows: tuple[View, ...]) -> dict[str, Any]:
    """Sums over all rows; estimate_usd in US dollars."""
    sums: dict[str, Any] = {"jobs": len(rows), "requests": sum(len(row.submission.requests) for row in rows)}
    sums |= {name: sum(getattr(row, name) for row in rows) for name in ("done", "failed", "pending")}
    sums["estimate_usd"] = round(sum(row.submission.estimate_usd for row in rows), 6)
    return sums | {"warnings": sum(bool(row.clocks.concerns) for row in rows)}


def as_data(status: StatusView) -> dict[str, Any]:
    """The object that FORMAT=json prints."""
    kept = together(each.kept for each in (*status.runs, *status.thumbnails))
    return {
        "at": status.at,
        "refreshed": status.refreshed,
        "jobs": [record(row) for row in status.rows],
        "totals": totals(status.rows),
        "runs": _counts(status.runs),
        "thumbnails": _counts(status.thumbnails),
        "changed": {"pictures": kept.pictures, "about_usd": kept.about_usd},
        "unreadable": [str(each.paths.manifest) for each in status.found.unreadable],
        "notes": list(status.notes),
        "next": status.commands,
    }


def _counts(glances: tuple[Summary, ...]) -> dict[str, Any]:
    to_do = [each.run for each in glances if each.owed]
    return {
        "total": len(glances),
        "pictures": sum(each.pictures for each in glances),
        "failed": sum(each.failed for each in glances),
        "finished": len(glances) - len(to_do),
        "to_do": to_do,
    }
