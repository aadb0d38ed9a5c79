"""Request bodies for Fireworks' FLUX models: pure, and the same body for the same input."""

from collections.abc import Sequence
from typing import Any

from ...catalog.model import Model

GUIDANCE = 3.5  # the provider's default, written out so that a new default there changes no picture here


def body(text: str, model: Model, aspect_ratio: str, references: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON body for one picture, a new one each time. references: data: URLs, at most one is taken.

    Fields: docs.fireworks.ai/api-reference, generate-a-new-image-from-a-text-prompt (delivery at_once) and
    generate-or-edit-image-using-flux-kontext (delivery by_poll). ValueError for more references than the model takes.
    """
    if len(references) > min(1, model.max_references):
        raise ValueError(f"{model.key} takes at most {min(1, model.max_references)} reference pictures")
    asked: dict[str, Any] = {"prompt": text, "aspect_ratio": aspect_ratio}
    if model.delivery == "at_once":
        return asked | {"guidance_scale": GUIDANCE, "num_inference_steps": model.steps, "seed": 0}
    # Kontext takes 0 for a seed like any other; only leaving it out asks for a new picture each time.
    asked |= {"input_image": references[0]} if references else {}
    return asked | {"output_format": "png"}
