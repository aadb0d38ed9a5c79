"""One line of results.jsonl, made in one place: an answer's facts joined with the submission that asked for it."""

from dataclasses import asdict
from typing import Any

from ..catalog import pricing
from ..catalog.model import TIERS, Model
from ..providers.answer import Tokens
from .manifest import Item, Submission
from .results import Result


def facts(submission: Submission, item: Item, attempt: int) -> Result:
    """What is known of a request before its answer: the part that store records and result lines share."""
    return {
        "key": item.key,
        "prompt_id": item.prompt_id,
        "digest": item.digest,
        "attempt": attempt,
        "submission": submission.id,
        "job": submission.job,
        "slot": submission.slot,
        "model_key": submission.model_key,
        "model_name": submission.model_name,
        "provider": submission.provider,
        "lane": submission.lane,
        "submitted_at": submission.submitted_at,
        "finished_at": submission.ended_at,
        "prompt_sha256": item.prompt_sha256,
    }


def cost(
    model: Model | None, lane: str, tokens: Tokens, tokens_per_picture: int, picture: bool, share_usd: float
) -> dict[str, Any]:
    """`cost_usd` and `cost_basis`: measured from the provider's tokens or its price for a picture, estimated where a
    picture came without tokens.

    model: None when the config does not know it any more. share_usd: the request's share of the submission's estimate,
    for a model that has no price any more, since it was retired meanwhile.
    """
    tier = TIERS[lane]
    if model is None or tier not in model.prices:
        return _estimated(share_usd) if picture and share_usd else _NOTHING
    if model.prices[tier].per_picture is not None:
        return {"cost_usd": pricing.cost(model, tier, tokens), "cost_basis": "measured"} if picture else _NOTHING
    if any((tokens.input, tokens.image, tokens.text, tokens.thinking)):
        return {"cost_usd": pricing.cost(model, tier, tokens), "cost_basis": "measured"}
    if tokens_per_picture:
        return _estimated(pricing.cost(model, tier, Tokens(image=tokens_per_picture)))
    return _NOTHING


_NOTHING = {"cost_usd": 0.0, "cost_basis": "none"}


def _estimated(usd: float) -> dict[str, Any]:
    return {"cost_usd": round(usd, 9), "cost_basis": "estimated"}


def unbilled(basis: str) -> Result:
    """`tokens`, `cost_usd` and `cost_basis` where nothing is to be paid; `basis`: "none" or "reused"."""
    return {"tokens": asdict(Tokens()), "cost_usd": 0.0, "cost_basis": basis}


def failed(shared: Result, reason: str, estimate_usd: float = 0.0) -> Result:
    """The line of a request that a job should have answered and did not: sent again by the rules.

    estimate_usd: what it cost all the same, as far as anybody can know.
    """
    verdict = {"status": "error", "failure": "retryable", "reason": reason, "note": None}
    money = {"tokens": asdict(Tokens())} | _estimated(estimate_usd) if estimate_usd else unbilled("none")
    return shared | verdict | money | no_picture()


def maybe_billed(shared: Result, why: str, estimate_usd: float) -> Result:
    """The line of a request that left and was never answered: it may have been paid for, so its cost is counted."""
    verdict = {"status": "error", "failure": "retryable", "reason": f"maybe billed: {why}", "note": None}
    return shared | verdict | {"tokens": asdict(Tokens())} | _estimated(estimate_usd) | no_picture()


def no_picture() -> Result:
    """The picture's fields where there is none."""
    names = ("image", "image_bytes", "image_sha256", "source_sha256", "width", "height", "output_size")
    return dict.fromkeys(names)
