"""One request of the immediate lane, from leaving to its line in the journal.

Whatever comes of it is written there before the thread takes the next one: a picture, a refusal, or a doubt.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from ...catalog.model import ImmediateLimits
from ...files import faultpoint
from ...pictures.ingest_one import Ingest
from ...pictures.store import Origin
from ...project.settings import Retry
from ...providers.answer import FailureClass, Reply
from ...providers.failure_class import is_lost_file
from ...providers.failures import Ambiguous, Gone, Refused, Unavailable
from ...providers.port import HoldsPictures, ImmediateProvider
from ...runs.answers import destination, failed, lost, maybe_billed, model_of, origin, result_of
from ...runs.manifest import Item, Submission
from ...runs.results import Result
from ...runs.run import Run
from ...runs.uploads import forget
from ...session.refusals import goes_on, why
from ...session.session import Session
from ...text import clock
from ...text.sentences import english
from .ask import Ask, ask
from .journal import Answered, Journal, Unsent
from .pace import Pace


@dataclass(frozen=True)
class Sending:
    """One submission under way. numbers: by key, what the provider said to ask with for pictures it makes later.

    answers: by key, what came of them in this command, as in the journal.
    """

    run: Run
    submission: Submission
    bodies: Mapping[str, Mapping[str, Any]]
    numbers: Mapping[str, str]
    client: ImmediateProvider
    journal: Journal
    began: float
    answers: dict[str, Result] = field(default_factory=dict)


class Sender:
    """What all threads share: the pace of each provider, who was too busy, and whether to stop.

    busy, gone: (run, key) of requests that met a 5xx, and of orders whose picture cannot be fetched.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.stop = Event()
        self.busy: set[tuple[str, str]] = set()
        self.gone: set[tuple[str, str]] = set()
        self._paces = {
            name: Pace(limits.requests_per_minute, self.stop)
            for name, each in session.catalog.providers.items()
            if (limits := each.immediate_limits)
        }

    def limits(self, name: str) -> ImmediateLimits:
        """How much a provider is asked at once, and how often."""
        return self.session.catalog.providers[name].immediate

    def send(self, sending: Sending, item: Item, arrival: Ingest) -> None:
        """One request from leaving to its line in the journal. Whatever fails is said there; nothing is raised."""
        if self.stop.is_set():
            return
        run, submission, began = sending.run, sending.submission, time.monotonic()
        asked = replace(origin(run, submission, item), submitted_at=clock.now())
        try:
            reply = self._reply(sending, item)
            if reply is None:
                return
            made = self._arrived(sending, item, arrival, reply)
        except Ambiguous as error:
            made = lost(run, asked, error.reason, self._estimate(sending, item))
            if made.cause is None:
                self.busy.add((run.paths.name, item.key))
        except Gone as error:
            if not self._is_given_up(sending, item, error):
                return
            made = maybe_billed(
                asked, f"given up by RETRY=lost, {english(error.reason)}", self._estimate(sending, item)
            )
        except (Refused, Unavailable) as error:
            if not _is_answer(error):
                self._not_taken(sending, item, error)
                return
            made = self._refused(sending, item, asked, error)
        seconds, at = round(time.monotonic() - began, 2), clock.now()
        made = replace(made, submitted_at=asked.submitted_at, finished_at=at, seconds=seconds)
        sending.journal.append(Answered(item.key, made))
        sending.answers[item.key] = made

    def _reply(self, sending: Sending, item: Item) -> Reply | None:
        """The answer; None when none is there yet and it can be asked for later, or the command is being stopped."""
        provider, model = sending.submission.provider, model_of(sending.run, sending.submission)
        assert model
        return ask(
            Ask(
                key=item.key,
                client=sending.client,
                model=model,
                body=sending.bodies.get(item.key, {}),
                number=sending.numbers.get(item.key),
                estimate_usd=self._estimate(sending, item),
                journal=sending.journal,
                limits=self.limits(provider),
                pace=self._paces[provider],
                stop=self.stop,
                now=clock.now,
                say=self.session.log.say,
            )
        )

    def _estimate(self, sending: Sending, item: Item) -> float:
        request = sending.run.request(item.key)
        return sending.run.estimate(request) if request else sending.submission.share_usd

    def _is_given_up(self, sending: Sending, item: Item, error: Gone) -> bool:
        """Whether a person gave up what cannot be fetched. Of an order of this very command nobody can know that."""
        if Retry.LOST in self.session.settings.retry and item.key in sending.numbers:
            return True
        self.session.log.say(
            "{run}: {reason}; it stays open, since it is paid for", run=sending.run.paths.name, reason=error.reason
        )
        self.gone.add((sending.run.paths.name, item.key))
        return False

    def _arrived(self, sending: Sending, item: Item, arrival: Ingest, reply: Reply) -> Result:
        """The picture, durable when this returns, and its line."""
        faultpoint.reached("answered")
        got = arrival.take(item.key, reply.answer(), destination(sending.run, sending.submission, item))
        arrival.groups.finish()
        faultpoint.reached("kept")
        return replace(result_of(got), seed=reply.seed)

    def _refused(self, sending: Sending, item: Item, asked: Origin, error: Refused | Unavailable) -> Result:
        made = failed(asked, error.reason)
        if isinstance(error, Unavailable):
            self.busy.add((sending.run.paths.name, item.key))
        elif is_lost_file(error.reason) and isinstance(sending.client, HoldsPictures):
            forget(self.session.paths, sending.client)
        else:
            return replace(made, failure=FailureClass.PERMANENT)
        return made

    def _not_taken(self, sending: Sending, item: Item, error: Refused | Unavailable) -> None:
        """The provider takes nothing from this account now: the rest need not be tried."""
        self.stop.set()
        sending.journal.append(Unsent(item.key))
        provider, where = sending.submission.provider, sending.run.paths
        self.session.log.trouble(
            where.name,
            "{provider} takes no more requests: {reason}; what did not leave is not lost",
            goes_on(self.session, provider, error, where.same_command),
            None,
            provider=provider,
            reason=why(self.session, provider, error),
        )


def _is_answer(error: Refused | Unavailable) -> bool:
    """Whether the error is about this one request, and not about the account, the connection or the pace."""
    if isinstance(error, Refused):
        return error.trouble is None
    return error.code is not None and (error.code >= 500 or error.code == 409)
