"""Hypothesis plays the studio: which action comes next, with what, and what the provider does wrong meanwhile."""

import signal
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from .world import MODELS, World

PROMPTS = st.sampled_from(["0001", "0002", "0003"])
SLOTS = st.sampled_from(list(MODELS))
SIGNALS = st.sampled_from([signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
OFTEN = st.integers(1, 3)
POINTS = st.sampled_from(
    [
        *(
            "after-intent",
            "after-upload",
            "before-create",
            "after-create",
            "after-submitted",
            "polling",
            "after-status",
        ),
        *("mid-download", "mid-picture", "group-before-rename", "group-after-rename", "record-before", "images-before"),
        *("before-results", "after-results", "after-collected", "before-usage"),
        *("sending", "sent", "answered", "kept", "before-settle", "settled-lines", "accepted"),
    ]
)
REMOVABLE = st.sampled_from(
    ["images", "images/0001.png", "usage.csv", "gallery.html", "batch_request.jsonl", ".doit.db"]
)
OPERATIONS = st.sampled_from(
    ["upload_start", "upload_chunk", "create", "get", "list", "download", "generate", "flux_generate", "file_get"]
)
LOST = ["lost_reply", "lost_reply_503", "lost_reply_timeout"]
ON_REQUESTS = st.one_of(
    st.fixed_dictionaries({"name": st.just("refuse"), "value": st.sampled_from([400, 403, 404, 429, 500, 503])}),
    st.fixed_dictionaries({"name": st.sampled_from(["reset", "slow", "html_502", *LOST])}),
)
ON_ANSWERS = st.sampled_from(
    [
        *("list_lag", "upload_without_file", "mime_refused", "stuck_pending", "expired", "failed"),
        *("cancelled_with_output", "cancelled_without_output", "every_request_failed", "cancel_leaves_output"),
        *("cancel_loses_race", "shuffle", "empty_output", "crlf", "no_final_newline", "missing", "duplicated"),
        *("unknown_key", "malformed", "line_separator", "key_last", "spaced_json", "escaped_slashes", "request_error"),
        *("request_status", "response_error", "blocked_prompt", "finish", "safety", "no_image", "text_only"),
        *("draft_thought", "as_png", "as_jpeg", "truncated_png", "truncated_jpeg", "corrupt_png", "empty_picture"),
        *("cut", "cut_silently", "chunked", "redirect", "output_403", "filtered"),
    ]
)
TALLY: Counter[str] = Counter()
"""What was played in this process: sequences, actions, commands, faults by name."""


class Studio(RuleBasedStateMachine):
    """One sequence; its teardown is clear weather and the verdict."""

    by_the_clock = False
    """Whether actions are played whose effect depends on the moment, which a sequence that is repeated may not have."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Path(tempfile.mkdtemp(prefix="fault-")))
        self.failed = False
        TALLY["sequences"] += 1

    def play(self, action: str, *given: Any, **options: Any) -> None:
        TALLY["actions"] += 1
        try:
            getattr(self.world, action)(*given, **options)
        except BaseException:
            self.failed = True
            raise

    @rule()
    def visual(self) -> None:
        self.play("visual")

    @rule(name=PROMPTS, version=st.integers(1, 3))
    def edit(self, name: str, version: int) -> None:
        self.play("edit", name, version)

    @rule(name=PROMPTS)
    def drop(self, name: str) -> None:
        self.play("drop", name)

    @rule(slot=SLOTS, ratio=st.sampled_from(["16:9", "16:9", "1:1"]))
    def preset(self, slot: str, ratio: str) -> None:
        self.play("preset", slot, ratio)

    @rule(fault=ON_REQUESTS, on=OPERATIONS, times=OFTEN)
    def request_fault(self, fault: dict[str, Any], on: str, times: int) -> None:
        TALLY[f"fault {fault['name']}"] += 1
        self.play("fault", **fault, on=on, times=times)

    @rule(name=st.sampled_from(LOST), on=st.sampled_from(["create", "generate", "flux_generate"]))
    def lost_answer(self, name: str, on: str) -> None:
        TALLY[f"fault {name}"] += 1
        self.play("fault", name, on=on, times=1)

    @rule(name=ON_ANSWERS, times=OFTEN)
    def answer_fault(self, name: str, times: int) -> None:
        TALLY[f"fault {name}"] += 1
        self.play("fault", name, times=times)

    @rule(point=POINTS)
    def killed(self, point: str) -> None:
        TALLY["fault kill"] += 1
        self.play("killed", point)

    @precondition(lambda self: self.by_the_clock)
    @rule(number=SIGNALS, requests=st.integers(1, 8))
    def stopped(self, number: signal.Signals, requests: int) -> None:
        TALLY[f"fault {number.name}"] += 1
        self.play("stopped", number, requests)

    @rule()
    def two_at_once(self) -> None:
        self.play("two_at_once")

    @rule(hours=st.sampled_from([0.02, 1, 25, 50]))
    def later(self, hours: float) -> None:
        self.play("later", hours)

    @rule(hours=st.sampled_from([0, 0.01, 2]))
    def jobs_take(self, hours: float) -> None:
        self.play("jobs_take", hours)

    @rule(name=st.sampled_from(["collect", "cancel", "adopt"]))
    def command(self, name: str) -> None:
        self.play("command", name)

    @rule(name=st.sampled_from(["status", "report", "plan", "validate", "inbox"]))
    def look(self, name: str) -> None:
        self.play("look", name)

    @rule(retry=st.sampled_from(["RETRY=refused", "RETRY=exhausted", "RETRY=permanent", "LIMIT=1", "BUDGET=0.02"]))
    def visual_with(self, retry: str) -> None:
        self.play("visual", retry)

    @rule()
    def wrong_key(self) -> None:
        TALLY["fault wrong key"] += 1
        self.play("wrong_key")

    @rule(name=PROMPTS, slot=st.one_of(st.none(), SLOTS))
    def retake(self, name: str, slot: str | None) -> None:
        self.play("retake", name, slot)

    @precondition(lambda self: self.world.taken)
    @rule(name=PROMPTS, number=st.integers(1, 3))
    def pick(self, name: str, number: int) -> None:
        self.play("pick", name, number)

    @rule(what=REMOVABLE)
    def remove(self, what: str) -> None:
        self.play("remove", what)

    @rule(name=PROMPTS)
    def paint_over(self, name: str) -> None:
        self.play("paint_over", name)

    def teardown(self) -> None:
        with self.world as world:
            broken = [] if self.failed else world.judged()
            TALLY.update({f"doit {name}": count for name, count in world.commands.items()})
            assert not broken, "\n".join([*broken, world.story])
