"""What pictures cost: tokens x price, before and after they are made."""

from dataclasses import dataclass
from typing import NamedTuple

from ..text.word import Word
from .choice import Choice
from .model import TIERS, Model, TokenCounts


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


def cost(model: Model, tier: str, tokens: TokenCounts, pictures: int = 1) -> float:
    """US dollars of `tokens` on a tier ("batch" or "standard"). Thinking is billed as text output (P-23, P-27)."""
    price = model.prices[tier]
    if price.per_picture is not None:
        return round(price.per_picture * pictures, 9)
    text = (tokens.text + tokens.thinking) * price.text_output
    return round((tokens.input * price.input + text + tokens.image * price.image_output) / 1_000_000, 9)


# One token per character: right for Japanese, about four times too much for English; it is a fiftieth of the cost.
_TOKENS_PER_CHAR = 1


def estimate(choice: Choice, prompt_chars: int, references: int = 0) -> float:
    """US dollars that a picture will cost, about, from a text of `prompt_chars` and `references` pictures.

    Text in the answer and thinking are left out: with the levels in the catalogue they are small and not known before.
    """
    model = choice.model
    tokens = Expected(
        input=prompt_chars * _TOKENS_PER_CHAR + references * model.tokens_per_reference,
        image=model.tokens_per_image.get(choice.image_size, 0),
    )
    return round(cost(model, TIERS[choice.lane], tokens), 9)


class Expected(NamedTuple):
    """Tokens of a picture that is not made yet."""

    input: int
    image: int
    text: int = 0
    thinking: int = 0
