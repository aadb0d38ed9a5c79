"""The immediate lane: requests leave one by one, a few at once, and each picture is durable as it comes.

The manifest says that a submission is "sending" before its first request leaves, its journal says of each request
when it left and what came back, so that a process that dies at any instant leaves no doubt about money: what left and
was not answered counts as maybe billed. Nothing is sent a second time without a line that says so, but for a clear
429, by which the provider did not take it.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Protocol

import orjson

from ...catalog.model import Lane
from ...files import faultpoint
from ...pictures.commit import Committer
from ...pictures.ingest import sweep
from ...pictures.ingest_one import Ingest
from ...providers.failures import Refused, Unavailable
from ...providers.port import ImmediateProvider, TakesSeeds
from ...requests.request import Request
from ...runs.answers import Pricing, model_of
from ...runs.asked_again import held_as
from ...runs.manifest import State, Submission
from ...runs.results import Result
from ...runs.run import Run
from ...runs.submissions import Part, intent
from ...runs.uploads import addresses, filled
from ...session.refusals import not_sent
from ...session.session import Session
from ...text import clock
from ...text.errors import Stop
from ...text.progress import JobRow, Progress
from ...text.sentences import english, t
from .journal import Accepted, Journal
from .salvage import owner
from .sender import Sender, Sending
from .settle import settle

LOOK_SECONDS = 1.0  # how often the pages are asked whether it is time to draw them
BUSY_SECONDS = 2.0  # first pause after a 5xx; doubled with each round


class ShowsAnswers(Protocol):
    """Pages that show what came while the rest is still under way. came: the lines so far, by key."""

    def answered(self, run: Run, submission: Submission, came: Callable[[], Mapping[str, Result]]) -> None: ...


def send_now(
    session: Session, runs: list[Run], queue: list[tuple[Run, Part]], pages: ShowsAnswers | None = None
) -> None:
    """Make every picture of `queue`, and fetch those that an earlier command left at the provider.

    pages: are told of what came meanwhile. A request that was answered with a 5xx is sent again, as a new attempt,
    while its attempts last.
    """
    lane = _Lane(session, pages)
    under_way = ((run, each) for run in runs for each in run.manifest.sending())
    sendings = [made for run, each in under_way if (made := _resumed(session, run, each))]
    while queue or sendings:
        sendings += [made for run, part in queue if (made := _begin(session, run, part))]
        lane.run(sendings)
        sendings, queue = [], lane.again(queue)


def _begin(session: Session, run: Run, part: Part) -> Sending | None:
    """The submission, on disk and within the budget; None when a cap forbids it, nothing is left, or without a key."""
    provider = part.requests[0].choice.model.provider
    client = _client(session, run, provider)
    if client is None:
        return None
    try:
        session.accounts.reach(provider)
    except (Refused, Unavailable) as error:
        not_sent(session, run, len(part.requests), provider, error)
        return None
    with session.reservations.alone():
        free, now = session.claimed(run, part, client), clock.now()
        if free is None:
            return None
        part, first = free.part, intent(run, free.part, client, now, shared=free.name)
        submission = replace(first, state=State.SENDING, submitted_at=now)
        if not session.afford(run, submission):
            return None
        if not session.may_send(submission):
            run.record(replace(submission, state=State.DROPPED, reason="another machine took it over before it left"))
            return None
    faultpoint.reached("sending")
    try:
        found = addresses(session.paths, client, Lane.IMMEDIATE, part.references)
    except (Refused, Unavailable) as error:
        run.record(
            replace(
                submission, state=State.DROPPED, reason=f"a reference picture was not uploaded: {english(error.reason)}"
            )
        )
        not_sent(session, run, len(part.requests), provider, error, t("a reference picture was not uploaded: "))
        return None
    bodies = {each.key: orjson.loads(filled(orjson.dumps(each.body), found)) for each in part.requests}
    if isinstance(client, TakesSeeds):
        bodies = {key: client.seeded(body, key) for key, body in bodies.items()}
    return Sending(run, submission, bodies, {}, client, _journal(run, submission), time.monotonic())


def _resumed(session: Session, run: Run, submission: Submission) -> Sending | None:
    """The submission as an earlier command left it; None when it cannot be asked about with this key and address."""
    client = _client(session, run, submission.provider)
    if client is None:
        return None
    if model_of(run, submission) is None:
        session.log.trouble(
            run.paths.name,
            "configs/image_models.yaml does not know {model_key} any more, whose pictures are awaited",
            "put it back there, then: {command}",
            model_key=submission.model_key,
            command=run.paths.command,
        )
        return None
    if (submission.endpoint, submission.key_fingerprint) != (client.endpoint, client.fingerprint):
        session.log.trouble(
            run.paths.name,
            "{submission_id} was ordered with another key or address; with this one nobody can fetch its pictures",
            "set key and address as they were, then: {command}",
            submission_id=submission.id,
            command=run.paths.command,
        )
        return None
    journal = _journal(run, submission)
    numbers = {key: event.number for key, event in journal.last().items() if isinstance(event, Accepted)}
    return Sending(run, submission, {}, numbers, client, journal, time.monotonic())


def _client(session: Session, run: Run, provider: str) -> ImmediateProvider | None:
    """The connection; None, with the reason noted, without a key: the other runs and lanes go on."""
    try:
        return session.accounts.immediate(provider)
    except Stop as stop:
        session.log.trouble(
            run.paths.name, "{what}", "{do}: {command}", what=stop.what, do=stop.do, command=run.paths.same_command
        )
        return None


def _journal(run: Run, submission: Submission) -> Journal:
    return Journal(run.paths.journal(submission.id))


class _Lane:
    """Round after round of submissions: a thread for each request that may be under way at once."""

    def __init__(self, session: Session, pages: ShowsAnswers | None) -> None:
        self.session = session
        self.pages = pages
        self.sender = Sender(session)
        self.rounds = 0

    def run(self, sendings: list[Sending]) -> None:
        """Send everything and settle it, also when the person stops the command."""
        self.sender.busy.clear()
        with Progress() as self.session.log.progress, ExitStack() as stack:
            progress = self.session.log.progress
            takers = {id(each): _taker(each, stack) for each in sendings}
            pools = {name: self._pool(name, stack) for name in {each.submission.provider for each in sendings}}
            futures = {
                pools[each.submission.provider].submit(self.sender.send, each, item, takers[id(each)]): each
                for each in sendings
                for item in each.submission.requests
                if each.bodies or item.key in each.numbers
            }
            try:
                self._watch(futures, progress)
            finally:
                self._end(futures, progress)
                self.session.log.progress = None
                for each in sendings:
                    self._settle(each)

    def again(self, queue: list[tuple[Run, Part]]) -> list[tuple[Run, Part]]:
        """The requests that met a busy provider and have attempts left, after a pause.

        RETRY=exhausted is good for one attempt, which is used up by now.
        """
        send = {
            (run.paths.name, each.key) for run, _ in queue for each in run.worklist.send if _has_attempts(run, each)
        }
        left = [(run, part.only(_keys(run, self.sender.busy & send))) for run, part in queue]
        found = [(run, part) for run, part in left if part]
        if found and not self.sender.stop.is_set():
            self.rounds += 1
            self.sender.stop.wait(BUSY_SECONDS * 2 ** (self.rounds - 1))
        return [] if self.sender.stop.is_set() else found

    def _pool(self, name: str, stack: ExitStack) -> ThreadPoolExecutor:
        return stack.enter_context(ThreadPoolExecutor(self.sender.limits(name).max_concurrent, f"send-{name}"))

    def _watch(self, futures: Mapping[Future[None], Sending], progress: Progress) -> None:
        pending, told = set(futures), time.monotonic()
        sendings = {id(each): each for each in futures.values()}.values()
        while pending:
            done, pending = wait(pending, timeout=min(progress.pace, LOOK_SECONDS))
            for future in done:
                future.result()
            self._draw(sendings if pending else ())
            if not pending or time.monotonic() - told >= progress.pace:
                progress.update(_rows(futures), clock.now())
                told = time.monotonic()

    def _draw(self, sendings: Iterable[Sending]) -> None:
        for each in sendings if self.pages else ():
            assert self.pages
            self.pages.answered(each.run, each.submission, each.answers.copy)

    def _end(self, futures: Collection[Future[None]], progress: Progress) -> None:
        """Let nothing more leave; what left already is paid for, so its answer is waited for."""
        self._stop_if_unfinished(futures, progress)
        wait(futures)

    def _stop_if_unfinished(self, futures: Collection[Future[None]], progress: Progress) -> None:
        if all(future.done() for future in futures):
            return
        self.sender.stop.set()
        for future in futures:
            future.cancel()
        under_way = sum(not future.done() for future in futures)
        progress.note(
            t(
                "stopping; {under_way:picture} paid for already: waiting for that (again Ctrl-C: not)",
                under_way=under_way,
            )
        )

    def _settle(self, sending: Sending) -> None:
        faultpoint.reached("before-settle")
        run, now = sending.run, clock.now()
        settled = settle(run, sending.submission, now)
        came = sum(result.is_picture for result in run.history if result.submission == settled.id)
        self.session.log.say(
            "{run}: {model_name}, {came} of {wanted:picture} in {seconds:.0f} s",
            run=run.paths.name,
            model_name=sending.submission.model_name,
            came=came,
            wanted=len(sending.submission.requests),
            seconds=time.monotonic() - sending.began,
        )
        if settled.state is State.SENDING:
            self._tell_open(run, settled, came)

    def _tell_open(self, run: Run, submission: Submission, came: int) -> None:
        command = run.paths.command
        if gone := sum((run.paths.name, key) in self.sender.gone for key in submission.keys):
            what = t(
                "{provider} does not hand out {gone:picture} that it was paid for",
                provider=submission.provider,
                gone=gone,
            )
            do = t("run again later: {command}; only when it never will: {command} RETRY=lost", command=command)
        else:
            left = len(submission.requests) - came
            what = t(
                "{provider} is still making {left:picture}: paid for already", provider=submission.provider, left=left
            )
            do = t("fetch them: {command}", command=command)
        self.session.log.trouble(run.paths.name, what, do)


def _has_attempts(run: Run, request: Request) -> bool:
    line = run.lines.sent(request)
    return line is None or held_as(line, run.most_attempts(request)) is None


def _keys(run: Run, pairs: Collection[tuple[str, str]]) -> set[str]:
    return {key for name, key in pairs if name == run.paths.name}


def _taker(sending: Sending, stack: ExitStack) -> Ingest:
    run = sending.run
    sweep({run.paths.image(item.prompt_id).parent for item in sending.submission.requests})
    staging = stack.enter_context(run.store.incoming(owner(run, sending.submission)))
    groups = stack.enter_context(Committer(run.store, staging))
    return Ingest(run.store, staging, groups, Pricing.of(run, sending.submission))


def _rows(futures: Mapping[Future[None], Sending]) -> list[JobRow]:
    """One row for each submission, in their order."""
    counts: dict[int, list[Any]] = {}
    for future, sending in futures.items():
        count = counts.setdefault(id(sending), [sending, 0, 0])
        count[1] += 1
        count[2] += future.done()
    return [
        JobRow(each.run.paths.name, each.submission.id, str(State.SENDING), done, 0, total, _age(each), None)
        for each, total, done in counts.values()
        if done < total
    ]


def _age(sending: Sending) -> float:
    return time.monotonic() - sending.began
