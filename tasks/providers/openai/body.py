"""Request bodies for OpenAI's picture models: pure, and the same body for the same input."""

from collections.abc import Sequence
from typing import Any

from ...catalog.choice import Choice
from ..port import Picture

FORMAT = "jpeg"  # a third of a PNG: a job's results are not limited in writing, and travel as base64


def body(text: str, choice: Choice, references: Sequence[Picture]) -> dict[str, Any]:
    """The body of POST /v1/images/generations, or with reference pictures of /v1/images/edits, in a batch (O-17).

    Quality and size are always said: what the provider takes for "auto" has cost ten times as much. ValueError for more
    references than the model takes.
    """
    if len(references) > choice.model.max_references:
        raise ValueError(f"{choice.model.key} takes at most {choice.model.max_references} reference pictures")
    images = {"images": [{"file_id": each.token} for each in references]} if references else {}
    return {
        "model": choice.model.name,
        "prompt": text,
        "n": 1,
        "size": choice.size,
        "quality": choice.quality,
        "output_format": FORMAT,
        **images,
    }
