"""The work list: every wanted picture is in exactly one list, for the right reason."""

from typing import Any

import pytest

from tasks.prompts.request import PromptSpec, requests
from tasks.runs.todo import Known, Todo, classify, held_as
from tests.support import facts

WANTED = requests([PromptSpec("0001", "山", facts.choice())])
REQUEST = WANTED[0]


def sort(
    history: list[dict[str, Any]], flight: bool = False, there: bool = True, store: bool = False, retry: str = ""
) -> str:
    """The name of the one list that the request is in."""
    known = Known(history, lambda _: flight, lambda _: there, lambda _: store)
    work = classify(WANTED, known, lambda _: 3, {retry})
    found = [name for name in Todo.__dataclass_fields__ if getattr(work, name)]
    assert len(found) == 1
    return found[0]


def bought(**changes: Any) -> dict[str, Any]:
    return facts.line(**({"digest": REQUEST.digest} | changes))


def bad(failure: str, attempt: int = 1) -> dict[str, Any]:
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
        ([bad("retryable")], {}, "send"),
        ([bad("retryable", 3)], {}, "held"),
        ([bad("retryable", 3)], {"retry": "exhausted"}, "send"),
        ([bad("refused")], {}, "held"),
        ([bad("refused")], {"retry": "refused"}, "send"),
        ([bad("refused")], {"retry": "exhausted"}, "held"),
        ([bad("permanent")], {}, "held"),
        ([bad("permanent")], {"retry": "permanent"}, "send"),
        ([bad("refused")], {"store": True}, "restore"),
    ],
)
def test_one_request(history: list[dict[str, Any]], options: dict[str, Any], expected: str) -> None:
    """What the files say decides, in the order: there, on its way, in the store, held back, to be sent."""
    assert sort(history, **options) == expected


def test_a_line_with_a_picture_holds_nothing_back() -> None:
    """`held_as` speaks only of failures."""
    assert held_as(facts.line(), 1) is None
