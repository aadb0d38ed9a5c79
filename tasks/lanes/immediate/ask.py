"""One request of the immediate lane and its provider: leave in turn, wait, offer again where that is free."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

from ...catalog.model import ImmediateLimits, Model
from ...files import faultpoint
from ...providers.answer import Reply
from ...providers.failures import PATIENCE, Gone, OutOfPatience, Refused, Unavailable
from ...providers.port import ImmediateProvider, TakesOrders
from ...text.sentences import t
from .journal import Accepted, Journal, Sent, Unsent
from .pace import Pace

T = TypeVar("T")
_NOT_THERE = frozenset({403, 404, 410})
"""What the address of a picture says when nothing lies there."""
_UNKNOWN = frozenset({404, 410})
"""What the provider says of an order it does not know. A young one may be unknown for a moment (P-28)."""


@dataclass(frozen=True)
class Ask:
    """What is asked of whom, and under which rules. number: of a picture that was ordered before, else None."""

    key: str
    client: ImmediateProvider
    model: Model
    body: Mapping[str, Any]
    number: str | None
    estimate_usd: float
    journal: Journal
    limits: ImmediateLimits
    pace: Pace
    stop: Event
    now: Callable[[], str]
    say: Callable[[str], None]


def ask(errand: Ask) -> Reply | None:
    """The provider's answer; None when the command is being stopped, or the picture is not ready in time.

    Raises Refused or Unavailable when nothing was billed, Ambiguous when something may have been, Gone for an order
    that is paid for and whose picture cannot be fetched.
    """
    if errand.number or errand.model.delivery == "by_poll":
        number = errand.number or _bought(errand, _order)
        return _fetched(errand, number) if number else None
    return _bought(errand, _generate)


def _generate(errand: Ask) -> Reply:
    return errand.client.generate(errand.model.name, errand.body)


def _order(errand: Ask) -> str:
    assert isinstance(errand.client, TakesOrders)
    number = errand.client.submit(errand.model.name, errand.body)
    errand.journal.append(Accepted(errand.key, number, errand.now()))
    faultpoint.reached("accepted")
    return number


def _bought(errand: Ask, buy: Callable[[Ask], T]) -> T | None:
    """What `buy` gives. A 429 means that the provider did not take it: only then is it offered again."""
    for tries_left in range(errand.limits.retries_on_429, -1, -1):
        if not errand.pace.wait():
            errand.journal.append(Unsent(errand.key))
            return None
        errand.journal.append(Sent(errand.key, errand.now(), errand.estimate_usd))
        faultpoint.reached("sent")
        try:
            return buy(errand)
        except Unavailable as error:
            seconds = error.retry_after or 2.0 ** (errand.limits.retries_on_429 - tries_left + 1)
            if error.code != 429 or tries_left == 0 or seconds > PATIENCE:
                raise
            errand.say(
                t(
                    "{model_label}: {reason}; going on in {seconds:.0f} s",
                    model_label=errand.model.label,
                    reason=error.reason,
                    seconds=seconds,
                )
            )
            errand.pace.pause(seconds)
    return None


def _fetched(errand: Ask, number: str) -> Reply | None:
    """The picture of an order, asked for until it is there; whatever goes wrong meanwhile, the order stays paid for.

    So a refusal never leaves here as one: it would count as "not taken", and the picture would be bought again.
    """
    assert isinstance(errand.client, TakesOrders)
    deadline, lost = time.monotonic() + errand.limits.request_timeout_seconds, ""
    while time.monotonic() < deadline:
        try:
            if reply := errand.client.result(errand.model.name, number):
                return reply
            lost = ""
        except OutOfPatience:
            return None
        except Unavailable as error:
            lost = error.reason if error.code in _NOT_THERE else ""
            errand.stop.wait(min(PATIENCE, error.retry_after or 0.0))
        except Refused as error:
            if error.code not in _UNKNOWN:
                errand.say(
                    t(
                        "{model_label}: order {number} cannot be fetched now: {reason}",
                        model_label=errand.model.label,
                        number=number,
                        reason=error.reason,
                    )
                )
                return None
            lost = error.reason
            if errand.number:
                break
        if errand.stop.wait(errand.limits.poll_seconds):
            return None
    if lost:
        raise Gone(t("order {number}: {lost}", number=number, lost=lost))
    return None
