"""The picture models: what they accept, which tokens a picture has, and what it costs.

The project's own catalogue is not read on purpose: the ledger must be a second opinion. Edges of the grid, sizes,
prices, ends: docs/provider.md, O-10, O-11, O-12, O-13, O-14.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..world.models import BATCH_DISCOUNT, MILLION, Tokens
from .wire import OpenAiError

_EDGES_2_5 = {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96}
_EDGES_2 = {"low": 16, "medium": 48, "high": 96}
_STEP, _LONGEST, _SHORTEST_LONG = 16, 3840, 2160
_LEAST_PIXELS, _MOST_PIXELS = 655_360, 8_294_400


@dataclass(frozen=True)
class ImageModel:
    """One model; US dollars per 1,000,000 tokens at the standard tier. shutdown: its last day, if one is announced."""

    name: str
    edges: Mapping[str, int]
    created: int
    has_batch: bool = True
    shutdown: str | None = None
    text_usd: float = 5.0
    picture_usd: float = 8.0
    image_usd: float = 30.0

    def usd(self, tokens: Tokens, lane: str) -> float:
        """What an answer costs: the batch lane half."""
        text = (tokens.input - tokens.pictured) * self.text_usd + tokens.pictured * self.picture_usd
        standard = text + tokens.image * self.image_usd
        return standard / MILLION * (BATCH_DISCOUNT if lane == "batch" else 1.0)

    def tokens(self, quality: str, width: int, height: int) -> int:
        """Image tokens of a picture, known before it is made."""
        edge, long, short = self.edges[quality], max(width, height), min(width, height)
        cells = edge * ((2 * edge * short + long) // (2 * long))
        return -(-cells * (2_000_000 + width * height) // 4_000_000)

    def resource(self, shutdown: str | None) -> dict[str, Any]:
        """The model as `GET /v1/models/{m}` prints it."""
        told = {"id": self.name, "object": "model", "created": self.created, "owned_by": "system"}
        return {**told, "shutdown_date": shutdown}


_SERVED = (
    ImageModel("gpt-image-2.5-flare", _EDGES_2_5, 1788825600),
    ImageModel("gpt-image-2.5-sunburst", _EDGES_2_5, 1788825600),
    ImageModel("gpt-image-2", _EDGES_2, 1776729600),
    ImageModel("gpt-image-2.6-flare", _EDGES_2_5, 1793750400, has_batch=False),
    ImageModel("gpt-image-1.5", _EDGES_2, 1765843200, shutdown="2026-12-01"),
    ImageModel("gpt-image-1-mini", _EDGES_2, 1759708800, shutdown="2026-12-01", text_usd=2.0, image_usd=8.0),
)
MODELS = {model.name: model for model in _SERVED}


def served(name: object, today: str) -> ImageModel:
    """The model of that name, alive on that day; OpenAiError 404 else."""
    model = MODELS.get(str(name))
    if model is None or (model.shutdown and model.shutdown <= today):
        raise OpenAiError(
            404, f"The model '{name}' does not exist or you do not have access to it.", "model_not_found", "model"
        )
    return model


def pixels(size: object) -> tuple[int, int]:
    """(width, height) of a size like "1536x864"; OpenAiError 400 for one that no model makes."""
    text = str(size)
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise _bad_size(text, "expected WIDTHxHEIGHT")
    wide, high = int(width), int(height)
    if not wide or not high or wide % _STEP or high % _STEP:
        raise _bad_size(text, f"width and height must both be divisible by {_STEP}")
    if max(wide, high) > _LONGEST or min(wide, high) > _SHORTEST_LONG or max(wide, high) > 3 * min(wide, high):
        raise _bad_size(text, "at most 3840x2160, with a ratio between 1:3 and 3:1")
    if not _LEAST_PIXELS <= wide * high <= _MOST_PIXELS:
        raise _bad_size(text, f"from {_LEAST_PIXELS} to {_MOST_PIXELS} pixels")
    return wide, high


def _bad_size(size: str, why: str) -> OpenAiError:
    return OpenAiError(400, f"Invalid size '{size}': {why}.", "invalid_value", "size")
