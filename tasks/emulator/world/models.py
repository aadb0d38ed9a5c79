"""The models the emulator serves: what they accept, what they answer, and what they cost.

Sizes, tokens and prices: ai.google.dev/gemini-api/docs/pricing and .../image-generation, state of 2026-11-23.
The project's own catalogue is not read on purpose: the ledger must be a second opinion.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .wire import ApiError

MILLION = 1_000_000
BATCH_DISCOUNT = 0.5

# Width and height at 1K. 2K doubles them, 4K quadruples them.
PIXELS_1K = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
    "1:4": (512, 2048),
    "4:1": (2048, 512),
    "1:8": (384, 3072),
    "8:1": (3072, 384),
}
SCALE = {"1K": 1, "2K": 2, "4K": 4}
ALL_RATIOS = tuple(PIXELS_1K)
PRO_RATIOS = ALL_RATIOS[:10]


@dataclass(frozen=True)
class Tokens:
    """Tokens of one answer, by how they are priced. pictured: those of the input that are of pictures."""

    input: int = 0
    image: int = 0
    text: int = 0
    thinking: int = 0
    pictured: int = 0


@dataclass(frozen=True)
class Model:
    """One image model; prices in USD per 1,000,000 tokens at the standard tier."""

    name: str
    title: str
    mime: str
    ratios: tuple[str, ...]
    sizes: tuple[str, ...]
    takes_image_size: bool
    thinking_levels: tuple[str, ...]
    default_level: str
    image_tokens: Mapping[str, int]
    tokens_per_input_image: int
    input_usd: float
    text_usd: float
    image_usd: float

    def usd(self, tokens: Tokens, lane: str) -> float:
        """What an answer costs; thinking is billed as text output, the batch lane costs half."""
        standard = (
            tokens.input * self.input_usd
            + (tokens.text + tokens.thinking) * self.text_usd
            + tokens.image * self.image_usd
        )
        return standard / MILLION * (BATCH_DISCOUNT if lane == "batch" else 1.0)

    def resource(self) -> dict[str, Any]:
        """The model as `GET /v1/models/{m}` prints it."""
        return {
            "name": f"models/{self.name}",
            "version": self.name.rpartition("-")[2],
            "displayName": self.title,
            "description": f"{self.title} (offline emulator: placeholder pictures)",
            "inputTokenLimit": 131072,
            "outputTokenLimit": 32768,
            "supportedGenerationMethods": ["generateContent", "countTokens", "batchGenerateContent"],
            "temperature": 1,
            "topP": 0.95,
            "topK": 64,
            "maxTemperature": 2,
            "thinking": len(self.thinking_levels) > 1,
        }


_SERVED = (
    Model(
        name="gemini-nano-banana-2.1",
        title="Nano Banana 2.1",
        mime="image/jpeg",
        ratios=ALL_RATIOS,
        sizes=("1K", "2K", "4K"),
        takes_image_size=True,
        thinking_levels=("MINIMAL", "MEDIUM", "HIGH"),
        default_level="MEDIUM",
        image_tokens={"1K": 1120, "2K": 1680, "4K": 3780},
        tokens_per_input_image=1120,
        input_usd=1.50,
        text_usd=7.50,
        image_usd=30.0,
    ),
    Model(
        name="gemini-3.1-flash-lite-image",
        title="Gemini 3.1 Flash-Lite Image",
        mime="image/jpeg",
        ratios=ALL_RATIOS,
        sizes=("1K",),
        takes_image_size=False,
        thinking_levels=("MINIMAL", "HIGH"),
        default_level="MINIMAL",
        image_tokens={"1K": 1120},
        tokens_per_input_image=1120,
        input_usd=0.25,
        text_usd=1.50,
        image_usd=30.0,
    ),
    Model(
        name="gemini-3-pro-image",
        title="Nano Banana Pro",
        mime="image/jpeg",
        ratios=PRO_RATIOS,
        sizes=("1K", "2K", "4K"),
        takes_image_size=True,
        thinking_levels=("LOW", "HIGH"),
        default_level="HIGH",
        image_tokens={"1K": 1120, "2K": 1120, "4K": 2000},
        tokens_per_input_image=560,
        input_usd=2.0,
        text_usd=12.0,
        image_usd=120.0,
    ),
    Model(
        name="emulator-image",
        title="Emulator",
        mime="image/png",
        ratios=ALL_RATIOS,
        sizes=("1K", "2K", "4K"),
        takes_image_size=True,
        thinking_levels=("MINIMAL", "LOW", "MEDIUM", "HIGH"),
        default_level="MINIMAL",
        image_tokens={"1K": 1120, "2K": 1680, "4K": 3780},
        tokens_per_input_image=1120,
        input_usd=0.0,
        text_usd=0.0,
        image_usd=0.0,
    ),
)
MODELS = {model.name: model for model in _SERVED}


def pixels(ratio: str, size: str) -> tuple[int, int]:
    """(width, height) of a picture of that aspect ratio and size."""
    width, height = PIXELS_1K[ratio]
    return width * SCALE[size], height * SCALE[size]


def served(name: str, version: str, method: str) -> Model:
    """The model of that name; 404 as the provider words it for unknown and retired ones."""
    if name in MODELS:
        return MODELS[name]
    raise ApiError(
        404,
        f"models/{name} is not found for API version {version}, or is not supported for {method}. "
        "Call ListModels to see the list of available models and their supported methods.",
    )
