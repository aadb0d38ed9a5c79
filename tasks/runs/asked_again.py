"""Who asks again for a request that brought no picture, and what it may cost: the table of docs/design.md section 6.

Lines of GONE and UNREADABLE carry failure class `permanent`, so that a version that knows no such cause holds them too.
"""

from dataclasses import dataclass
from enum import Enum

from ..project.settings import Retry
from ..providers.answer import FailureClass
from ..text.sentences import later
from .results import Cause, Result


class MayCost(Enum):
    """Whether asking again may be billed once more for the same picture."""

    NO = "no"
    AS_BILLED = "no / as the provider bills"
    MAYBE = "maybe billed, on record"
    YES = "yes, said before"


@dataclass(frozen=True)
class Rule:
    """What happens with one kind of failure.

    by_itself: the same command asks again, as often as `max_attempts` allows. release: the word of RETRY= that asks
    again where no command does by itself. change: what a person does about it, a template of text.sentences.
    """

    by_itself: bool
    release: Retry
    may_cost: MayCost
    change: str

    @property
    def buys_again(self) -> bool:
        """Whether its word surely asks for money that was spent on the same picture before."""
        return self.may_cost is MayCost.YES


FAILED = Rule(True, Retry.EXHAUSTED, MayCost.AS_BILLED, later("look at it"))
ANSWER_LOST = Rule(True, Retry.EXHAUSTED, MayCost.MAYBE, later("look at it"))
REFUSED = Rule(False, Retry.REFUSED, MayCost.NO, later("change the prompt"))
REJECTED = Rule(False, Retry.PERMANENT, MayCost.NO, later("change the prompt or the config"))
GONE = Rule(False, Retry.MISSING, MayCost.YES, later("look for it in your backups"))
UNREADABLE = Rule(False, Retry.UNREADABLE, MayCost.YES, later("look at what came"))

_BY_CAUSE = {Cause.MAYBE_BILLED: ANSWER_LOST, Cause.MADE_AND_GONE: GONE, Cause.UNREADABLE: UNREADABLE}
_BY_FAILURE = {
    FailureClass.RETRYABLE: FAILED,
    FailureClass.REFUSED: REFUSED,
    FailureClass.PERMANENT: REJECTED,
}


def rule_of(result: Result) -> Rule | None:
    """The rule of a result without a picture; None for one with."""
    return rule_for(result.failure, result.cause)


def rule_for(failure: FailureClass | None, cause: Cause | None) -> Rule | None:
    """The same by the two words that decide: the cause before the failure class."""
    if failure is None:
        return None
    by_cause = _BY_CAUSE.get(cause) if cause else None
    return by_cause or _BY_FAILURE[failure]


def held_as(result: Result, max_attempts: int) -> Retry | None:
    """The word that sends a failed request again which is not sent by itself; None when it is."""
    rule = rule_of(result)
    if rule is None or (rule.by_itself and result.attempt < max_attempts):
        return None
    return rule.release
