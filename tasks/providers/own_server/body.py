"""Request bodies for a picture server of one's own, and texts that it would not draw but carry out: pure."""

import re
from collections.abc import Sequence
from typing import Any

from ...catalog.choice import Choice
from ..port import Picture

_ORDERS = re.compile(r"</?\s*(?:sd_cpp_extra_args|lora)\b[^>]{0,40}>?|\|", re.IGNORECASE)
"""Of stable-diffusion.cpp: settings and weights to load; of LocalAI: where the negative prompt begins (S-03)."""


def body(text: str, choice: Choice, references: Sequence[Picture]) -> dict[str, Any]:
    """The body of POST /v1/images/generations for one picture (S-01). ValueError for reference pictures.

    The seed is no part of it: it follows from the request's key, and the key from this.
    """
    if references:
        raise ValueError(f"{choice.model.key} takes no reference pictures here")
    steps = {"num_inference_steps": choice.model.steps} if choice.model.steps else {}
    size = {"size": choice.size} if choice.size else {}
    return {"model": choice.model.name, "prompt": text, "n": 1, **size, "response_format": "b64_json", **steps}


def orders(text: str) -> str:
    """The first piece of `text` that one of the known servers takes for an order; "" for none."""
    found = _ORDERS.search(text)
    return found[0] if found else ""
