"""What pictures cost: tokens x price, before and after they are made."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from ..text.word import Word
from .choice import Choice
from .model import TIERS, Model, Sized, TokenCounts


class CostBasis(Word):
    """Where a cost comes from."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    REUSED = "reused"
    NONE = "none"


@dataclass(frozen=True)
class Cost:
    """What one picture or attempt cost, in US dollars."""

    usd: float = 0.0
    basis: CostBasis = CostBasis.NONE


def cost(model: Model, tier: str, tokens: TokenCounts, seconds: float | None = None, referred: int = 0) -> float:
    """US dollars of one answer on a tier ("batch" or "standard"). Thinking is billed as text output (P-23, P-27).

    seconds: how long its making took, where that costs; None while nobody knows. referred: how many of the input tokens
    are of reference pictures.
    """
    price = model.prices[tier]
    if price.per_picture is not None:
        return round(price.per_picture + price.per_second * (price.seconds if seconds is None else seconds), 9)
    output = (tokens.text + tokens.thinking) * price.text_output + tokens.image * price.image_output
    dearer = 0.0 if price.image_input is None else price.image_input - price.input
    return round((tokens.input * price.input + referred * dearer + output) / 1_000_000, 9)


_PLAIN_PER_TOKEN = 4
"""Plain letters in one token; any other character is about a token. Of a cheap picture the text is half of the cost."""


def prompt_tokens(text: str) -> int:
    """Tokens of a text, about."""
    plain = sum(map(str.isascii, text))
    return len(text) - plain + -(-plain // _PLAIN_PER_TOKEN)


def estimate(choice: Choice, text: str, references: Collection[Sized] = ()) -> float:
    """US dollars that a picture will cost, about, from its text and reference pictures.

    Text in the answer and thinking are left out: with the levels in the catalogue they are small and not known before.
    """
    model, referred = choice.model, choice.model.reference_tokens(references)
    tokens = Expected(input=prompt_tokens(text) + referred, image=choice.image_tokens)
    return round(cost(model, TIERS[choice.lane], tokens, referred=referred), 9)


class Expected(NamedTuple):
    """Tokens of a picture that is not made yet."""

    input: int
    image: int
    text: int = 0
    thinking: int = 0
