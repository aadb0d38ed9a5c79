"""The FLUX models the emulator serves on Fireworks' addresses: what they accept and what they cost.

Prices: fireworks.ai/pricing, state of 2026-11-23; the project's own catalogue is not read on purpose. Sizes in pixels
are about one megapixel in steps of 32, as the model was trained; the provider documents ratios only.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..world.wire import ApiError, Reply, json_reply

PIXELS = {
    "1:1": (1024, 1024),
    "21:9": (1536, 640),
    "16:9": (1344, 768),
    "3:2": (1216, 832),
    "5:4": (1152, 896),
    "4:5": (896, 1152),
    "2:3": (832, 1216),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
    "4:3": (1184, 896),
    "3:4": (896, 1184),
}
_FORMATS = {"png": "image/png", "jpeg": "image/jpeg"}


@dataclass(frozen=True)
class FluxModel:
    """One model; usd_each in US dollars, for a step where `steps` is set, else for a picture."""

    name: str
    at_once: bool
    usd_each: float
    steps: int | None = None
    most_characters: int | None = None

    def usd(self, steps: int) -> float:
        """What one picture of so many steps costs."""
        return round(self.usd_each * (steps if self.steps else 1), 9)


MODELS = {
    model.name.rpartition("/")[2]: model
    for model in (
        FluxModel("accounts/fireworks/models/flux-1-schnell-fp8", True, 0.00035, steps=4, most_characters=800),
        FluxModel("accounts/fireworks/models/flux-1-dev-fp8", True, 0.0005, steps=28, most_characters=800),
        FluxModel("accounts/fireworks/models/flux-kontext-pro", False, 0.04),
        FluxModel("accounts/fireworks/models/flux-kontext-max", False, 0.08),
    )
}


class Ask(NamedTuple):
    """What a request asks for. seed: 0 for any."""

    prompt: str
    ratio: str
    width: int
    height: int
    seed: int
    steps: int
    mime: str


class BadAsk(ApiError):
    """A request that cannot be served, in FastAPI's shape: `{"detail": …}`."""

    def reply(self, headers: Mapping[str, str] | None = None) -> Reply:
        return json_reply({"detail": self.message}, status=self.http, headers=headers)


def read_ask(body: Mapping[str, Any], model: FluxModel) -> Ask:
    """`body` as an Ask; BadAsk 400 for everything that cannot be served."""
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise BadAsk(400, "prompt: field required, a text that is not empty")
    if model.most_characters and len(prompt) > model.most_characters:
        raise BadAsk(400, f"prompt: at most {model.most_characters} characters, not {len(prompt)}")
    ratio = body.get("aspect_ratio") or "1:1"
    if ratio not in PIXELS:
        raise BadAsk(400, f"aspect_ratio: must be one of {', '.join(PIXELS)}")
    steps = _whole(body, "num_inference_steps", model.steps or 1)
    if not 1 <= steps <= 50:
        raise BadAsk(400, "num_inference_steps: from 1 to 50")
    mime = _FORMATS.get(str(body.get("output_format") or "png"))
    if mime is None:
        raise BadAsk(400, "output_format: must be jpeg or png")
    _check_picture(body.get("input_image"))
    return Ask(prompt, ratio, *PIXELS[ratio], _whole(body, "seed", 0), steps, mime)


def _whole(body: Mapping[str, Any], name: str, default: int) -> int:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadAsk(400, f"{name}: value is not a valid integer")
    return value


def _check_picture(given: object) -> None:
    if given is None or (isinstance(given, str) and given.startswith("https://")):
        return
    try:
        picture = base64.b64decode(str(given).partition(",")[2] or str(given), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadAsk(400, "input_image: not base64") from error
    if not picture.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")):
        raise BadAsk(400, "input_image: not a picture")
