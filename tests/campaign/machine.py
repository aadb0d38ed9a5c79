"""Hypothesis plays the studio: which action comes next, with what, and what the provider does wrong meanwhile."""

import signal
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from .world import MODELS, World

RUNS = st.sampled_from(["CH01-001", "CH01-002", "CH02-001"])
PROMPTS = st.sampled_from(["0001", "0002", "0003"])
SLOTS = st.sampled_from(list(MODELS))
MAKERS = ["visual CH01", "visual CH02", "visual 002", "thumbnails", "compare"]
MAKES = st.sampled_from(["visual", *MAKERS])
ASKS = st.sampled_from(["collect", "cancel", "adopt"])
AT_ONCE = st.lists(st.sampled_from([*MAKERS, "collect"]), min_size=2, max_size=3)
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
RUN = "workspaces/video/runs/CH01-001"
REMOVABLE = st.sampled_from(
    [
        *(f"{RUN}/{name}" for name in ("images", "images/0001.png", "results.jsonl", "usage.csv", "gallery.html")),
        *(f"{RUN}/batch_request.jsonl", "workspaces/compare/duel/g-2/images", "workspaces/.index.json", ".doit.db"),
    ]
)
SPOILABLE = st.sampled_from(
    [
        *(f"{RUN}/{name}" for name in ("_gemini_batch/manifest.json", "results.jsonl", "images/0001.png")),
        *("workspaces/.index.json", "workspaces/thumbnails/CH01/_gemini_batch/manifest.json", ".doit.db"),
        f"{RUN}/usage.csv",
    ]
)
OPERATIONS = st.sampled_from(
    ["upload_start", "upload_chunk", "create", "get", "list", "download", "generate", "flux_generate", "file_get"]
)
WORDS = ["refused", "exhausted", "permanent", "missing", "unreadable"]
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
        *("short", "damaged", "no_output", "counts", "as_avif", "as_gif", "stray_bytes", "hollow_png"),
        *("foreign_bytes", "labelled", "thought_only", "address", "split_without_image"),
        *("expired_with_output", "token_limit_exceeded", "moderation_blocked", "answer_status", "no_usage"),
        *("failed_before", "no_status"),
    ]
)
PAID_FOR_NOTHING = st.sampled_from(
    [
        *("missing", "malformed", "no_image", "text_only", "safety", "truncated_png", "corrupt_png", "hollow_png"),
        *("foreign_bytes", "address", "empty_picture", "short", "damaged", "counts", "no_output", "output_403"),
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

    @rule(name=MAKES)
    def make(self, name: str) -> None:
        self.play("play", name)

    @rule(name=MAKES)
    def make_more(self, name: str) -> None:
        self.play("play", name)

    @rule(names=AT_ONCE)
    def together(self, names: list[str]) -> None:
        TALLY[f"fault {len(names)} at once"] += 1
        self.play("together", names)

    @rule(name=MAKES, point=POINTS)
    def killed(self, name: str, point: str) -> None:
        TALLY["fault kill"] += 1
        self.play("killed", name, point)

    @precondition(lambda self: self.by_the_clock)
    @rule(name=MAKES, number=SIGNALS, requests=st.integers(1, 8))
    def stopped(self, name: str, number: signal.Signals, requests: int) -> None:
        TALLY[f"fault {number.name}"] += 1
        self.play("stopped", name, number, requests)

    @rule(name=MAKES)
    def wrong_key(self, name: str) -> None:
        TALLY["fault wrong key"] += 1
        self.play("wrong_key", name)

    @rule(name=MAKES, word=st.sampled_from([*(f"RETRY={word}" for word in WORDS), "LIMIT=1", "BUDGET=0.02"]))
    def make_with(self, name: str, word: str) -> None:
        self.play("play", name, word)

    @rule(name=ASKS)
    def ask(self, name: str) -> None:
        self.play("play", name)

    @rule(name=st.sampled_from(["status", "report", "plan", "validate", "inbox"]))
    def look(self, name: str) -> None:
        self.play("look", name)

    @rule(run=RUNS, name=PROMPTS, slot=st.one_of(st.none(), SLOTS))
    def retake(self, run: str, name: str, slot: str | None) -> None:
        self.play("retake", run, name, slot)

    @precondition(lambda self: self.world.taken)
    @rule(run=RUNS, name=PROMPTS, number=st.integers(1, 3))
    def pick(self, run: str, name: str, number: int) -> None:
        self.play("retake", run, name, pick=number)

    @rule(run=RUNS, name=PROMPTS, version=st.integers(1, 3))
    def edit(self, run: str, name: str, version: int) -> None:
        self.play("edit", run, name, version)

    @rule(run=RUNS, name=PROMPTS)
    def drop(self, run: str, name: str) -> None:
        self.play("drop", run, name)

    @rule(channel=st.sampled_from(["CH01", "CH02"]), slot=SLOTS, ratio=st.sampled_from(["16:9", "16:9", "1:1"]))
    def preset(self, channel: str, slot: str, ratio: str) -> None:
        self.play("preset", channel, slot, ratio)

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

    @rule(name=PAID_FOR_NOTHING, times=OFTEN, hours=st.sampled_from([0, 0, 0, 50]))
    def paid_for_nothing(self, name: str, times: int, hours: float) -> None:
        TALLY[f"fault {name}"] += 1
        self.play("fault", name, times=times)
        self.play("play", "visual CH01")
        self.play("later", hours)

    @rule(kind=st.sampled_from(["web_page", "empty", "error", "gzip", "utf_16", "bom"]), times=OFTEN)
    def instead(self, kind: str, times: int) -> None:
        TALLY["fault instead"] += 1
        self.play("fault", "instead", value=kind, times=times)

    @rule(hours=st.sampled_from([0.02, 1, 25, 50]))
    def later(self, hours: float) -> None:
        self.play("later", hours)

    @rule(hours=st.sampled_from([0, 0.01, 0.01, 2]))
    def jobs_take(self, hours: float) -> None:
        self.play("jobs_take", hours)

    @rule(what=REMOVABLE)
    def remove(self, what: str) -> None:
        TALLY["fault removed"] += 1
        self.play("remove", what)

    @rule(what=SPOILABLE, how=st.sampled_from(["half", "garbage"]), name=st.one_of(MAKES, ASKS))
    def spoil(self, what: str, how: str, name: str) -> None:
        TALLY["fault spoiled"] += 1
        self.play("spoil", what, how, name)

    @rule(run=RUNS, name=PROMPTS)
    def paint_over(self, run: str, name: str) -> None:
        self.play("paint_over", run, name)

    def teardown(self) -> None:
        with self.world as world:
            broken = [] if self.failed else world.judged()
            TALLY.update({f"doit {name}": count for name, count in world.commands.items()})
            assert not broken, "\n".join([*broken, world.story])
