"""One GenerateContentRequest, checked as the provider checks it: what picture is asked for, or which 400."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..world.models import Model, pixels
from ..world.wire import ApiError

# Field names of GenerateContentRequest and below, google.ai.generativelanguage v1beta. Unknown ones are an error there.
_REQUEST = frozenset(
    {
        "model",
        "contents",
        "systemInstruction",
        "tools",
        "toolConfig",
        "safetySettings",
        "generationConfig",
        "cachedContent",
        "serviceTier",
        "store",
        "labels",
    }
)
_CONFIG = frozenset(
    {
        "candidateCount",
        "stopSequences",
        "maxOutputTokens",
        "temperature",
        "topP",
        "topK",
        "seed",
        "responseMimeType",
        "responseSchema",
        "responseJsonSchema",
        "presencePenalty",
        "frequencyPenalty",
        "responseLogprobs",
        "logprobs",
        "enableEnhancedCivicAnswers",
        "responseModalities",
        "speechConfig",
        "thinkingConfig",
        "imageConfig",
        "mediaResolution",
    }
)
_IMAGE = frozenset({"aspectRatio", "imageSize"})
_THINKING = frozenset({"includeThoughts", "thinkingBudget", "thinkingLevel"})
_CONTENT = frozenset({"role", "parts"})
_PART = frozenset(
    {
        "text",
        "inlineData",
        "fileData",
        "thought",
        "thoughtSignature",
        "functionCall",
        "functionResponse",
        "executableCode",
        "codeExecutionResult",
        "videoMetadata",
        "mediaResolution",
        "partMetadata",
    }
)
_BLOB = frozenset({"mimeType", "data", "displayName"})
_FILE = frozenset({"mimeType", "fileUri", "displayName"})
_LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH")
_MODALITIES = {"TEXT", "IMAGE"}
FileKnown = Callable[[str], object]


@dataclass(frozen=True)
class Ask:
    """What a request asks for: sizes in pixels, prompt in full, tokens it costs to read."""

    prompt: str
    ratio: str
    size: str
    width: int
    height: int
    level: str
    include_thoughts: bool
    wants_text: bool
    wants_image: bool
    text_tokens: int
    image_tokens: int


def read_ask(request: object, model: Model, find_file: FileKnown) -> Ask:
    """`request` (camelCase) as an Ask. `find_file` raises ApiError for a file id the caller may not read.

    ApiError 400 INVALID_ARGUMENT for everything the provider would refuse.
    """
    body = _message(request, "", _REQUEST)
    contents = body.get("contents")
    if not isinstance(contents, list) or not contents:
        raise ApiError(400, "* GenerateContentRequest.contents: contents is not specified")
    config = _message(body.get("generationConfig", {}), "generation_config", _CONFIG)
    parts = list(_parts([*contents, body.get("systemInstruction") or {"parts": []}]))
    pictures = sum(_check_picture(part, find_file) for part in parts)
    prompt = "\n".join(str(part["text"]) for part in parts if "text" in part)
    if not prompt.strip() and not pictures:
        raise ApiError(400, "* GenerateContentRequest.contents: contents.parts must not be empty.")
    ratio, size = _image_config(config, model)
    modalities = _modalities(config)
    level, include = _thinking(config, model)
    return Ask(
        *(prompt, ratio, size, *pixels(ratio, size), level, include),
        *("TEXT" in modalities, "IMAGE" in modalities),
        text_tokens=count_tokens(prompt),
        image_tokens=pictures * model.tokens_per_input_image,
    )


def count_tokens(text: str) -> int:
    """About as many as the provider counts: four ASCII letters, or one and a half others, to a token."""
    ascii_letters = sum(character.isascii() for character in text)
    return max(1, round(ascii_letters / 4 + (len(text) - ascii_letters) / 1.5))


def _message(value: object, path: str, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ApiError(400, f"Invalid value at '{path or 'request'}': a message was expected.")
    if unknown := sorted(set(value) - known):
        lines = [
            f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field."
            for name in unknown
        ]
        raise ApiError(400, "\n".join(lines))
    return value


def _parts(contents: Iterable[object]) -> Iterable[dict[str, Any]]:
    for number, content in enumerate(contents):
        path = f"contents[{number}]"
        parts = _message(content, path, _CONTENT).get("parts", [])
        if not isinstance(parts, list):
            raise ApiError(400, f"Invalid value at '{path}.parts': a list was expected.")
        for position, part in enumerate(parts):
            yield dict(_message(part, f"{path}.parts[{position}]", _PART))


def _check_picture(part: Mapping[str, Any], find_file: FileKnown) -> int:
    """1 for a part that holds a picture to look at, 0 for any other."""
    if "fileData" in part:
        file = _message(part["fileData"], "file_data", _FILE)
        find_file(str(file.get("fileUri", "")).rpartition("files/")[2])
        return 1
    if "inlineData" not in part:
        return 0
    blob = _message(part["inlineData"], "inline_data", _BLOB)
    if not str(blob.get("mimeType", "")).startswith("image/"):
        raise ApiError(400, f"Unsupported MIME type: {blob.get('mimeType')}")
    try:
        picture = base64.b64decode(blob.get("data", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(400, "Invalid value at 'inline_data.data' (TYPE_BYTES), Base64 decoding failed.") from error
    if not picture.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8")) and picture[4:8] != b"ftyp":
        raise ApiError(
            400, "Unable to process input image. Please retry or report in https://developers.generativeai.google/"
        )
    return 1


def _image_config(config: Mapping[str, Any], model: Model) -> tuple[str, str]:
    """(aspect ratio, size); without imageConfig a picture is 1:1 and 1K."""
    asked = _message(config.get("imageConfig", {}), "generation_config.image_config", _IMAGE)
    ratio = asked.get("aspectRatio") or "1:1"
    if ratio not in model.ratios:
        raise ApiError(
            400, f"Aspect ratio {ratio} is not supported. Supported aspect ratios: {', '.join(model.ratios)}."
        )
    size = asked.get("imageSize")
    if size and not model.takes_image_size:
        raise ApiError(400, f"Image size is not supported for models/{model.name}.")
    size = size or "1K"
    if size not in model.sizes:
        raise ApiError(400, f"Image size {size} is not supported. Supported image sizes: {', '.join(model.sizes)}.")
    return ratio, size


def _modalities(config: Mapping[str, Any]) -> set[str]:
    asked = config.get("responseModalities") or ["TEXT", "IMAGE"]
    if not isinstance(asked, list):
        raise ApiError(400, "Invalid value at 'generation_config.response_modalities': a list was expected.")
    named = {str(name).upper() for name in asked}
    if not named <= _MODALITIES:
        raise ApiError(400, f"Model does not support the requested response modalities: {','.join(sorted(named))}")
    if config.get("candidateCount", 1) != 1:
        raise ApiError(400, "Multiple candidates is not enabled for this model")
    return named


def _thinking(config: Mapping[str, Any], model: Model) -> tuple[str, bool]:
    asked = _message(config.get("thinkingConfig", {}), "generation_config.thinking_config", _THINKING)
    given = asked.get("thinkingLevel")
    level = re.sub("^THINKING_LEVEL_", "", str(given or model.default_level).upper())
    if level not in _LEVELS:
        raise ApiError(400, f"Invalid value at 'generation_config.thinking_config.thinking_level', \"{given}\"")
    if level not in model.thinking_levels:
        raise ApiError(400, f"Thinking level {level} is not supported for this model.")
    return level, bool(asked.get("includeThoughts"))
