"""Request bodies for Gemini's picture models: pure, and the same body for the same input."""

from collections.abc import Sequence
from typing import Any

from ...catalog.choice import Choice
from ..port import Picture


def body(text: str, choice: Choice, references: Sequence[Picture]) -> dict[str, Any]:
    """A GenerateContentRequest (wire format: P-19, camelCase)."""
    image: dict[str, Any] = {"aspectRatio": choice.aspect_ratio}
    if choice.model.sends_image_size:
        image["imageSize"] = choice.image_size
    config: dict[str, Any] = {"responseModalities": ["IMAGE"], "imageConfig": image}
    if choice.model.thinking_level:
        config["thinkingConfig"] = {"thinkingLevel": choice.model.thinking_level}
    parts: list[dict[str, Any]] = [{"text": text}]
    parts += [{"fileData": {"mimeType": each.mime, "fileUri": each.token}} for each in references]
    return {"contents": [{"role": "user", "parts": parts}], "generationConfig": config}
