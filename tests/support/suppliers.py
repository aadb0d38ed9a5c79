"""The providers with jobs, and what differs between them: tests of the batch lane run over every one of them."""

from dataclasses import dataclass
from typing import Any

Fault = dict[str, Any]


@dataclass(frozen=True)
class Supplier:
    """slot: on its batch lane. key_env: of its key. refused, failed: faults by which one request is refused for good,
    and fails in passing. expired: by which a job expires. kept: whether what was done by then can be had.
    kept_hours: how long results can be had.
    """

    name: str
    slot: str
    key_env: str
    refused: Fault
    failed: Fault
    expired: Fault
    kept: bool
    kept_hours: float


GEMINI = Supplier(
    name="gemini",
    slot="g-2",
    key_env="GEMINI_API_KEY",
    refused={"name": "safety"},
    failed={"name": "request_error"},
    expired={"name": "expired"},
    kept=False,
    kept_hours=48,
)
OPENAI = Supplier(
    name="openai",
    slot="o-2",
    key_env="OPENAI_API_KEY",
    refused={"name": "moderation_blocked"},
    failed={"name": "answer_status"},
    expired={"name": "expired_with_output"},
    kept=True,
    kept_hours=720,
)
SUPPLIERS = (GEMINI, OPENAI)
