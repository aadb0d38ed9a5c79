"""Collect: one loop over every open job of every selected run, until all are done or the wait is over.

"Unknown, later" (429, 5xx, timeouts) is never taken for "failed". A job is fetched as soon as it is done.
"""

import math
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Protocol

from ...catalog.model import Provider
from ...files import faultpoint
from ...inbox.notices import concerns, of_awaited
from ...pictures.ingest import Came, Watch
from ...providers.failures import Refused, Unavailable
from ...providers.job_status import ProviderState
from ...providers.port import BatchProvider
from ...runs.awaited import PATIENCE, Awaited
from ...runs.deadlines import deadlines, hours_between
from ...runs.manifest import State, Submission
from ...runs.run import Run
from ...session.job_view import line_of, with_status
from ...session.refusals import remedy, why
from ...session.session import Session
from ...text import clock
from ...text.errors import Stop, disk_words, is_of_disk
from ...text.progress import Progress
from ...text.sentences import english, t
from .adoption import adopt
from .engine import HERE, Engine
from .fetch import fetch, part_of
from .job_part import JobPart, NotDoneElsewhere

LONGEST = 900.0  # seconds that a Retry-After is heeded while polling
WATCH_SECONDS = 1.0  # between looks at the store when only another command can bring what is waited for
SHOWN_EVERY = 0.5  # seconds; looking at a thousand jobs takes longer than showing them once


class Others(Protocol):
    """Places of other commands that have something on its way for this one."""

    runs: list[Run]
    watching: bool

    def look(self) -> None: ...
    def concerns(self, submission: Submission) -> bool: ...


class Pages(Protocol):
    """Pages that show what came while the rest is still under way."""

    def arriving(self, run: Run, submission: Submission, came: Came) -> None: ...
    def came(self, run: Run) -> None: ...
    def draw_what_is_due(self) -> None: ...
    def seconds_left(self) -> float: ...


class Poll:
    """The poll loop. `stopped` holds submissions that this command cannot bring further; JOB= names a single one.

    ids: the prompts whose pictures are waited for and fetched; None: all. others: whose jobs are waited for too.
    engine: who makes pictures of results.
    """

    def __init__(
        self,
        session: Session,
        runs: list[Run],
        ids: Collection[str] | None = None,
        others: Others | None = None,
        pages: Pages | None = None,
        engine: Engine = HERE,
    ) -> None:
        self.session = session
        self.engine = engine
        self.runs = runs
        self.ids = ids
        self.others = others
        self.pages = pages
        self.told: set[str] = set()
        self.awaited_since: dict[tuple[str, str], float] = {}
        self.stopped: set[tuple[str, str]] = set()
        self.began = time.monotonic()
        self.shown = 0.0
        self.retry_after = 0.0

    def run(self) -> None:
        """Until nothing is open, or WAIT= minutes are over; WAIT=0 looks once."""
        self.session.accounts.patience.begin(self.session.settings.wait)
        with Progress() as self.session.log.progress:
            try:
                while self._round() and (left := self._left()) > 0 and self._waits():
                    faultpoint.reached("polling")
                    self._pause(min(left, self._interval()))
            finally:
                self.session.log.progress = None
        self._leave(self._awaited())

    def _pause(self, seconds: float) -> None:
        """Wait so long; what came and was not drawn yet is, meanwhile."""
        if self.pages and (first := self.pages.seconds_left()) < seconds:
            time.sleep(first)
            self.pages.draw_what_is_due()
            seconds -= first
        time.sleep(seconds)

    def _left(self) -> float:
        """Seconds until WAIT= is over."""
        wait = self.session.settings.wait
        return math.inf if wait is None else wait * 60 - (time.monotonic() - self.began)

    def look(self) -> None:
        """Once, without a display: what is finished is fetched, the rest is left for later."""
        self.session.accounts.patience.begin(0.0)
        self._round()

    def _round(self) -> bool:
        """Bring every open job one step further; whether any is still to be waited for."""
        self.retry_after = 0.0
        if self.others:
            self.others.look()
        for run, submission in self._open():
            if self.session.accounts.patience.is_over:
                break
            if time.monotonic() - self.shown > SHOWN_EVERY:
                self._show()
            self._guarded(partial(self._step, run, submission), run, submission)
        self._take_what_others_brought()
        self._show()
        if self.pages:
            self.pages.draw_what_is_due()
        self._look_at_clocks()
        return self._is_waiting()

    def _waits(self) -> bool:
        """Whether any job is worth waiting for, now that those are left whose results keep all others waiting."""
        for run, submission in self._awaited():
            since = self.awaited_since.setdefault((run.paths.name, submission.id), time.monotonic())
            pause = submission.awaited.seconds_left(clock.now()) if submission.awaited else 0.0
            if time.monotonic() - since + pause > PATIENCE:
                self._leave([(run, submission)])
        return self._is_waiting()

    def _is_waiting(self) -> bool:
        return bool(self._open()) or (self.others is not None and self.others.watching)

    def _awaited(self) -> list[tuple[Run, Submission]]:
        return [(run, each) for run, each in self._open() if each.state is State.FINISHED and each.awaited]

    def _leave(self, jobs: list[tuple[Run, Submission]]) -> None:
        """Not by this command: a later one asks again."""
        for run, submission in jobs:
            self.stopped.add((run.paths.name, submission.id))
            event = of_awaited(run.paths.name, run.paths.command, submission)
            self.session.log.trouble(event.subject, event.text, event.do, event)

    def _open(self) -> list[tuple[Run, Submission]]:
        return [(run, each) for run, each in self._all() if (run.paths.name, each.id) not in self.stopped]

    def _all(self) -> list[tuple[Run, Submission]]:
        pairs = ((run, each) for run in self.runs for each in run.manifest.jobs_open())
        named = self.session.settings.job
        ours = [(run, each) for run, each in pairs if named in (None, each.job) and self._concerns(run, each)]
        return ours + self._of_others()

    def _of_others(self) -> list[tuple[Run, Submission]]:
        if self.others is None:
            return []
        pairs = [(run, each) for run in self.others.runs for each in run.manifest.jobs_open()]
        return [(run, each) for run, each in pairs if self.others.concerns(each)]

    def _concerns(self, run: Run, submission: Submission) -> bool:
        ids = self.ids
        return ids is None or any(run.request(item.key) for item in submission.requests if item.prompt_id in ids)

    def _take_what_others_brought(self) -> None:
        jobs = {submission.id: (run, submission) for run, submission in self._open()}
        for part in self.engine.ended():
            if (name := part.submission.id) in jobs:
                run, submission = jobs[name]
                self._guarded(partial(self._fetch, run, part), run, submission)

    def _step(self, run: Run, submission: Submission, client: BatchProvider) -> None:
        if submission.state is State.CREATING:
            submission = self._look_for(run, submission, client)
        if submission.state is State.SUBMITTED:
            submission = self._ask(run, submission, client)
        if submission.state is State.FINISHED and submission.awaited:
            self._ask_again(run, submission, submission.awaited, client)
        elif submission.state is State.FINISHED:
            part = part_of(self.session, run, submission)
            if not self.engine.begin(part):
                self._fetch(run, part, client)

    def _guarded(self, work: Callable[[BatchProvider], None], run: Run, submission: Submission) -> None:
        """Do something about one job; what keeps it from that is said, and stops that job only."""
        try:
            client = self.session.accounts.batch(submission.provider)
        except Stop as stop:
            self._stop(run, submission, stop.what, f"{stop.do}:")
            return
        if not self._ours(run, submission, client):
            return
        try:
            work(client)
        except Unavailable as error:
            self.retry_after = max(self.retry_after, error.retry_after or 0.0)
            self.session.log.say("{run}: {reason}; asking again later", run=run.paths.name, reason=error.reason)
        except Refused as error:
            about = submission.job or submission.display_name
            reason = why(self.session, submission.provider, error)
            what = t("the provider refuses to say more about {about}: {reason}", about=about, reason=reason)
            check = t("check {variable}, then", variable=self._about(submission).key_env)
            self._stop(run, submission, what, remedy(self.session, submission.provider, error) or check)
        except NotDoneElsewhere as stop:
            self._stop(run, submission, stop.what, stop.do)
        except OSError as error:
            if not is_of_disk(error):
                raise
            what, do = disk_words(error)
            self._stop(
                run,
                submission,
                t("{place}: {what}", place=error.filename or t("the disk"), what=what),
                t("{do}, then:", do=do),
            )

    def _ours(self, run: Run, submission: Submission, client: BatchProvider) -> bool:
        """Whether this key and this address made the job; with another one a 404 would mean nothing."""
        if submission.endpoint != client.endpoint:
            job = submission.job or submission.id
            what = t(
                "{job} was made at {endpoint}, now the address is {endpoint_2}",
                job=job,
                endpoint=submission.endpoint,
                endpoint_2=client.endpoint,
            )
            self._stop(
                run,
                submission,
                what,
                t("set {variable} as it was, then", variable=self._about(submission).base_url_env),
            )
        elif submission.key_fingerprint != client.fingerprint:
            what = t(
                "{job} was made with another API key (fingerprint "
                "{key_fingerprint}, now {fingerprint}); only that key can see it",
                job=submission.job or submission.id,
                key_fingerprint=submission.key_fingerprint,
                fingerprint=client.fingerprint,
            )
            self._stop(
                run, submission, what, t("set {variable} to that key, then", variable=self._about(submission).key_env)
            )
        else:
            return True
        return False

    def _about(self, submission: Submission) -> Provider:
        return self.session.catalog.providers[submission.provider]

    def _look_for(self, run: Run, submission: Submission, client: BatchProvider) -> Submission:
        """Find the job of a create whose answer was lost. Not being listed proves nothing: listings may lag."""
        job = self.session.accounts.find_job(client, submission.display_name, run.manifest.jobs(), fresh=True)
        if job:
            adopt(self.session, run, submission, job)
            return run.manifest.submission(submission.id)
        if self._looked_long(submission):
            what = t(
                'a job may exist: the answer to its create was lost and no listing shows "{display_name}" so far',
                display_name=submission.display_name,
            )
            do = t(
                "run again later: {command}; only if you know that there is none: {command} RETRY=lost",
                command=run.paths.command,
            )
            self._stop(run, submission, what, do, "")
        return submission

    def _looked_long(self, submission: Submission) -> bool:
        """Whether a person should hear of it: this command, or all since the intent, have looked long enough."""
        enough = self._about(submission).batch.adopt_wait_minutes * 60
        since_intent = hours_between(submission.intent_at, clock.now()) * 3600
        return self.session.settings.wait == 0 or max(time.monotonic() - self.began, since_intent) >= enough

    def _ask(self, run: Run, submission: Submission, client: BatchProvider) -> Submission:
        """Ask for a job's state; what changed is on disk when this returns."""
        try:
            return self._asked(run, submission, client)
        except Refused as error:
            if error.code != 404:
                raise
            return self._missing(run, submission, error)

    def _asked(self, run: Run, submission: Submission, client: BatchProvider) -> Submission:
        assert submission.job
        asked = with_status(submission, client.status(submission.job))
        if asked != submission:
            run.record(asked)
            faultpoint.reached("after-status")
        return asked

    def _ask_again(self, run: Run, submission: Submission, awaited: Awaited, client: BatchProvider) -> None:
        """Look again for results that have not come, when it is time: its state first, which may say more by now."""
        if awaited.seconds_left(clock.now()):
            return
        try:
            submission = self._asked(run, submission, client)
        except Refused as error:
            if error.code != 404:
                raise
        if submission.state is State.FINISHED:
            self._fetch(run, part_of(self.session, run, submission), client)

    def _fetch(self, run: Run, part: JobPart, client: BatchProvider) -> None:
        submission, machines = part.submission, self.session.machines
        if machines and (theirs := machines.may_fetch(submission)):
            if not theirs.is_open:
                reason = t("brought home by {host}", host=theirs.holder.host)
                run.record(replace(submission, state=State.DROPPED, reason=reason))
                machines.look(run, [item.digest for item in submission.requests])
            return
        fetch(self.session, run, part, client, self._watch(run, submission), self.engine)
        if self.pages:
            self.pages.came(run)

    def _missing(self, run: Run, submission: Submission, error: Refused) -> Submission:
        """A 404 from a get with the creating key (P-14): believed once the job is old enough to be listed."""
        limits = self._about(submission).batch
        age = hours_between(submission.submitted_at or submission.intent_at, self._now(submission))
        if age * 60 < limits.believe_404_after_minutes:
            raise Unavailable(t("{job} is not known yet ({reason})", job=submission.job, reason=error.reason))
        gone = replace(
            submission, state=State.FINISHED, provider_state=ProviderState.NOT_FOUND, reason=english(error.reason)
        )
        run.record(gone)
        return gone

    def _look_at_clocks(self) -> None:
        """Tell once what takes too long or is about to be lost, also in the middle of a long wait."""
        for run, submission in self._all():
            limits = self._about(submission).batch
            clocks = deadlines(submission, limits, self._now(submission))
            for event in concerns(run.paths.name, run.paths.command, submission, clocks):
                if event.id not in self.told:
                    self.told.add(event.id)
                    self.session.log.say("{run}: {text}; {do}", run=run.paths.name, text=event.text, do=event.do)
                    self.session.log.note(event)
                    self.session.log.tell_inbox()

    def _stop(self, run: Run, submission: Submission, what: str, do: str, command: str | None = None) -> None:
        self.stopped.add((run.paths.name, submission.id))
        again = run.paths.command if command is None else command
        do = t("{do} {command}", do=do, command=again) if again else do
        self.session.log.trouble(run.paths.name, "{what}", "{do}", None, what=what, do=do)

    def _interval(self) -> float:
        """Seconds until the next round: short at first, longer the longer it takes, not shorter than asked for.

        Nobody's word about one job keeps all others waiting for longer than LONGEST: asking is free.
        """
        limits = [self._about(each).batch for _, each in self._open()]
        first = min((each.poll_seconds_first for each in limits), default=WATCH_SECONDS)
        most = min((each.poll_seconds_most for each in limits), default=WATCH_SECONDS)
        return max(min(self.retry_after, LONGEST), min(most, max(first, (time.monotonic() - self.began) / 10)))

    def _show(self, job: str | None = None, lines: int = 0, seconds: float = 0.0) -> None:
        """Show every open job; `job` as one whose results are arriving for `seconds`, `lines` of them so far."""
        if not self.session.log.progress:
            return
        self.shown = time.monotonic()
        rows = [line_of(run.paths.name, each, self._now(each)) for run, each in self._open()]
        for number, row in enumerate(rows):
            if job and row.job == job:
                left = seconds / lines * (row.total - lines) if lines else None
                rows[number] = replace(row, state="fetching", done=lines, failed=0, estimate_seconds=left)
        self.session.log.progress.update(rows, clock.now())

    def _watch(self, run: Run, submission: Submission) -> Watch:
        """Shows now and then how far a download is, on the terminal and on the pages."""
        pace = self.session.log.progress.pace if self.session.log.progress else 0.0
        shown = began = time.monotonic()

        def watch(lines: int, came: Came) -> None:
            nonlocal shown
            if time.monotonic() - shown >= pace:
                shown = time.monotonic()
                self._show(submission.job, lines, shown - began)
            if self.pages:
                self.pages.arriving(run, submission, came)

        return watch

    def _now(self, submission: Submission) -> str:
        """The provider's clock when it has told it: ages of its jobs are counted by that."""
        return self.session.accounts.clock(submission.provider)
