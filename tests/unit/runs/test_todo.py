"""The work list: every wanted picture is in exactly one list, for the right reason."""

from typing import Any

import pytest

from tasks.project.settings import Retry
from tasks.prompts.request import PromptSpec, requests
from tasks.providers.answer import FailureClass
from tasks.runs.asked_again import held_as
from tasks.runs.results import Result
from tasks.runs.todo import Known, Todo, classify
from tests.support import facts

WANTED = requests([PromptSpec("0001", "山", facts.choice())])
REQUEST = WANTED[0]


def sort(
    history: list[Result],
    flight: bool = False,
    there: bool = True,
    store: bool = False,
    retry: Retry | None = None,
) -> str:
    """The name of the one list that the request is in."""
    known = Known(history, lambda _: flight, lambda _: there, lambda _: store)
    work = classify(WANTED, known, lambda _: 3, {retry} if retry else ())
    found = [name for name in Todo.__dataclass_fields__ if getattr(work, name)]
    assert len(found) == 1
    return found[0]


def bought(**changes: Any) -> Result:
    return facts.line(**({"digest": REQUEST.digest} | changes))


def bad(failure: FailureClass, attempt: int = 1) -> Result:
    return facts.failed(failure=failure, digest=REQUEST.digest, attempt=attempt)


@pytest.mark.parametrize(
    ("history", "options", "expected"),
    [
        ([], {}, "send"),
        ([bought()], {}, "present"),
        ([bought()], {"there": False, "store": True}, "restore"),
        ([bought()], {"there": False}, "send"),
        ([bought(digest="f" * 64)], {"store": True}, "restore"),
        ([bought(output_size="1920x1080")], {"store": True}, "restore"),
        ([], {"flight": True}, "waiting"),
        ([], {"flight": True, "store": True}, "waiting"),
        ([bad(FailureClass.RETRYABLE)], {}, "send"),
        ([bad(FailureClass.RETRYABLE, 3)], {}, "held"),
        ([bad(FailureClass.RETRYABLE, 3)], {"retry": Retry.EXHAUSTED}, "send"),
        ([bad(FailureClass.REFUSED)], {}, "held"),
        ([bad(FailureClass.REFUSED)], {"retry": Retry.REFUSED}, "send"),
        ([bad(FailureClass.REFUSED)], {"retry": Retry.EXHAUSTED}, "held"),
        ([bad(FailureClass.PERMANENT)], {}, "held"),
        ([bad(FailureClass.PERMANENT)], {"retry": Retry.PERMANENT}, "send"),
        ([bad(FailureClass.REFUSED)], {"store": True}, "restore"),
    ],
)
def test_one_request(history: list[Result], options: dict[str, Any], expected: str) -> None:
    """What the files say decides, in the order: there, on its way, in the store, held back, to be sent."""
    assert sort(history, **options) == expected


def test_a_line_with_a_picture_holds_nothing_back() -> None:
    """`held_as` speaks only of failures."""
    assert held_as(facts.line(), 1) is None
