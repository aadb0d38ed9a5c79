"""The work list: every wanted picture is in exactly one list, for the right reason."""

from dataclasses import replace
from typing import Any

import pytest

from tasks.project.settings import Retry
from tasks.providers.answer import FailureClass
from tasks.requests.own import OwnFacts
from tasks.requests.request import PromptSpec, requests
from tasks.runs.asked_again import held_as
from tasks.runs.changes import is_much
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


def _own(text: str, **more: Any) -> OwnFacts:
    return OwnFacts(text * 64, **more)


def _changed(own: OwnFacts, *history: Result) -> str:
    """The list that a request is in, of which another picture lies there."""
    request = replace(REQUEST, own=own)
    todo = classify([request], Known(history, lambda _: False, lambda _: True, lambda _: False), lambda _: 3)
    return next(name for name in Todo.__dataclass_fields__ if getattr(todo, name))


@pytest.mark.parametrize(
    ("own", "line", "expected"),
    [
        (_own("a"), {"own_sha256": "a" * 64}, "changed"),
        (_own("b"), {"own_sha256": "a" * 64}, "send"),
        (_own("a", typed="i-1"), {"own_sha256": "a" * 64}, "send"),
        (_own("a", is_asked=True), {"own_sha256": "a" * 64}, "send"),
        (_own("a"), {"own_sha256": "a" * 64, "provider": "emulator"}, "send"),
        (_own("a"), {"own_sha256": "a" * 64, "provider": "yours"}, "present"),
        (_own("a", typed="i-1"), {"own_sha256": "a" * 64, "provider": "yours"}, "present"),
        (_own("b"), {"own_sha256": "a" * 64, "provider": "yours"}, "send"),
        (_own("a", values=(("hero", "1"),)), {"own_sha256": "a" * 64, "own_values": {"hero": "2"}}, "send"),
        (_own("a", values=(("hero", "1"),)), {"own_sha256": "a" * 64, "own_values": {"place": "2"}}, "changed"),
        (_own("a"), {}, "changed"),
        (_own("a", slot="g-3"), {"prompt_sha256": REQUEST.prompt_sha256}, "send"),
        (_own("a"), {"prompt_sha256": REQUEST.prompt_sha256}, "changed"),
    ],
)
def test_whose_change_it_is(own: OwnFacts, line: dict[str, Any], expected: str) -> None:
    """The channel's waits for a word, the row's and that of the command line does not."""
    assert _changed(own, bought(digest="f" * 64, **line)) == expected


def test_an_attempt_since_the_picture_was_made_goes_on() -> None:
    """Whoever asked for it once need not ask again; one from before the picture asks for nothing."""
    picture = bought(digest="f" * 64, own_sha256="a" * 64)
    assert _changed(_own("a"), picture, bad(FailureClass.RETRYABLE)) == "send"
    assert _changed(_own("a"), picture, bad(FailureClass.REFUSED)) == "held"
    assert _changed(_own("a"), bad(FailureClass.REFUSED), picture) == "changed"


@pytest.mark.parametrize(
    ("rewritten", "finished", "expected"), [(2, 10, False), (3, 10, True), (9, 9, False), (20, 100, False)]
)
def test_what_is_much(rewritten: int, finished: int, *, expected: bool) -> None:
    """More than a fifth of ten pictures or more."""
    assert is_much(rewritten, finished) is expected


def test_an_emulators_picture_in_a_real_models_place_is_made_again_and_never_the_other_way_round() -> None:
    """What came from this machine is a placeholder; what was bought stays while somebody tries things offline."""
    offline, real = _own("a", origin="loopback"), _own("a")
    assert _changed(real, bought(digest="f" * 64, own_sha256=offline.as_sent)) == "send"
    assert _changed(offline, bought(digest="f" * 64, own_sha256=real.as_sent)) == "changed"
