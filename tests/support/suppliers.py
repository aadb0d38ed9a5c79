"""The providers, and what differs between them: tests of each lane run over every one that has it."""

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


@dataclass(frozen=True)
class AtOnce:
    """One way in which a picture is bought at once. slot: on the immediate lane. on: the call that buys, as the
    emulator names it.

    makes: the size that the provider makes of 16:9 1K; None where it is asked for in pixels. has_seed: whether a
    picture can be asked for again by its number. refused: a fault by which the content is refused; None where nothing
    ever is. address: by which an address comes in place of a picture. is_followed: whether the picture is fetched from
    there. is_billed: whether anything costs anything. later_code: of a 503 that the provider itself answers.
    """

    name: str
    provider: str
    slot: str
    on: str
    address: Fault
    makes: tuple[int, int] | None = None
    has_seed: bool = False
    refused: Fault | None = None
    is_followed: bool = False
    is_billed: bool = True
    later_code: int = 503


AT_ONCE = (
    AtOnce(
        "gemini",
        provider="gemini",
        slot="i-2",
        on="generate",
        makes=(1376, 768),
        refused={"name": "safety"},
        address={"name": "address"},
    ),
    AtOnce(
        "openai",
        provider="openai",
        slot="oi-2",
        on="generate",
        refused={"name": "moderation_blocked"},
        address={"name": "address"},
    ),
    AtOnce(
        "fireworks",
        provider="fireworks",
        slot="f-1",
        on="flux_generate",
        makes=(1344, 768),
        has_seed=True,
        refused={"name": "filtered", "value": "CONTENT_FILTERED"},
        address={"name": "address"},
    ),
    AtOnce(
        "fireworks-by-order",
        provider="fireworks",
        slot="f-3",
        on="flux_submit",
        makes=(1344, 768),
        refused={"name": "filtered"},
        address={"name": "sample", "value": "url"},
        is_followed=True,
    ),
    AtOnce(
        "own-server",
        provider="own_server",
        slot="l-1",
        on="own_generate",
        has_seed=True,
        address={"name": "as_url", "value": "elsewhere"},
        is_billed=False,
        later_code=429,
    ),
)
