"""One request for pictures, checked as the provider checks it, and its answer."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from ..gemini.answers import ADDRESS, damage
from ..gemini.asks import count_tokens
from ..placeholder.painter import paint, repainted
from ..world.faults import Value
from ..world.models import Tokens
from .image_models import ImageModel, pixels, served
from .wire import OpenAiError, blocked

Draws = Mapping[str, Value]
MOST_CHARACTERS = 32_000
MOST_PICTURES, MOST_PICTURE_TOKENS, PATCH = 16, 1536, 32
_FIELDS = frozenset(
    [
        "prompt",
        "model",
        "n",
        "quality",
        "size",
        "output_format",
        "output_compression",
        "background",
        "moderation",
        "complexity",
        "user",
        "stream",
    ]
)
_FORMATS = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
_PNG_FAULTS = ("as_png", "truncated_png", "corrupt_png", "hollow_png", "as_avif", "as_gif")


@dataclass(frozen=True)
class Ask:
    """What a request asks for."""

    model: ImageModel
    prompt: str
    count: int
    quality: str
    size: str
    format: str
    background: str
    pictures: tuple[bytes, ...] = ()

    @property
    def tokens(self) -> Tokens:
        """What it will cost, known before anything is painted."""
        image = self.model.tokens(self.quality, *pixels(self.size))
        pictured = sum(map(picture_tokens, self.pictures))
        return Tokens(input=count_tokens(self.prompt) + pictured, image=image * self.count, pictured=pictured)


def picture_tokens(data: bytes) -> int:
    """Tokens of a reference picture (O-18); OpenAiError 400 when it is none."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            wide, high = picture.size
    except (OSError, SyntaxError, ValueError):
        raise OpenAiError(400, "Invalid image file or mode for image.", "invalid_image_file", "image") from None
    return min(MOST_PICTURE_TOKENS, -(-wide // PATCH) * -(-high // PATCH))


def read_edit(body: Mapping[str, Any], pictures: Sequence[bytes], today: str) -> Ask:
    """The same for a picture from `pictures`, those that the request names."""
    if not 1 <= len(pictures) <= MOST_PICTURES:
        raise OpenAiError(400, f"Invalid 'images': 1 to {MOST_PICTURES}.", "invalid_value", "images")
    ask = read_ask({name: value for name, value in body.items() if name != "images"}, today)
    for each in pictures:
        picture_tokens(each)
    return replace(ask, pictures=tuple(pictures))


def read_ask(body: Mapping[str, Any], today: str) -> Ask:
    """`body` as an Ask; OpenAiError for everything the provider would refuse."""
    if unknown := sorted(set(body) - _FIELDS):
        raise OpenAiError(400, f"Unknown parameter: '{unknown[0]}'.", "unknown_parameter", unknown[0])
    model, prompt, count = served(body.get("model"), today), body.get("prompt"), body.get("n", 1)
    if not isinstance(prompt, str) or not prompt.strip():
        raise OpenAiError(400, "Missing required parameter: 'prompt'.", "missing_required_parameter", "prompt")
    if len(prompt) > MOST_CHARACTERS:
        raise OpenAiError(
            400, f"Invalid 'prompt': string too long, at most {MOST_CHARACTERS}.", "string_above_max_length", "prompt"
        )
    if not isinstance(count, int) or not 1 <= count <= 10:
        raise OpenAiError(400, "Invalid 'n': expected a number from 1 to 10.", "invalid_value", "n")
    quality = _one_of(body, "quality", ("auto", *model.edges), "auto")
    size = str(body.get("size") or "auto")
    size = "1024x1024" if size == "auto" else size
    pixels(size)
    made = _one_of(body, "output_format", tuple(_FORMATS), "png")
    background = _one_of(body, "background", ("auto", "opaque", "transparent"), "auto")
    return Ask(model, prompt, count, "high" if quality == "auto" else quality, size, made, background)


def _one_of(body: Mapping[str, Any], name: str, known: tuple[str, ...], default: str) -> str:
    value = body.get(name, default)
    if value not in known:
        raise OpenAiError(
            400, f"Invalid value: '{value}'. Supported values are: {', '.join(known)}.", "invalid_value", name
        )
    return str(value)


def failure(draws: Draws) -> OpenAiError | None:
    """How an answer fails by order of the faults that struck it; failures cost nothing."""
    if "moderation_blocked" in draws:
        return blocked()
    if "answer_status" in draws:
        return OpenAiError(int(draws["answer_status"] or 500), "The server had an error processing your request.")
    return None


def response(ask: Ask, draws: Draws, label: str, created: int) -> dict[str, Any]:
    """The ImagesResponse, its pictures painted now."""
    data = [_picture(ask, draws, label, number) for number in range(ask.count)]
    tokens = ask.tokens
    usage = {
        "input_tokens": tokens.input,
        "input_tokens_details": {"text_tokens": tokens.input - tokens.pictured, "image_tokens": tokens.pictured},
        "output_tokens": tokens.image,
        "output_tokens_details": {"image_tokens": tokens.image, "text_tokens": 0},
        "total_tokens": tokens.input + tokens.image,
    }
    shown = {"output_format": ask.format, "quality": ask.quality, "size": ask.size}
    told = {} if "no_usage" in draws else {"usage": usage}
    background = "opaque" if ask.background == "auto" else ask.background
    return {"created": created, "background": background, "data": data, **shown, **told}


def pictures(response: Mapping[str, Any]) -> list[bytes]:
    """The pictures in an ImagesResponse."""
    return [base64.b64decode(each["b64_json"]) for each in response["data"] if each.get("b64_json")]


def _picture(ask: Ask, draws: Draws, label: str, number: int) -> dict[str, str]:
    if "address" in draws:
        return {"url": ADDRESS}
    if "empty_picture" in draws:
        return {"b64_json": ""}
    width, height = pixels(ask.size)
    mime = "image/png" if any(fault in draws for fault in _PNG_FAULTS) else _FORMATS[ask.format]
    prompt = ask.prompt if number == 0 else f"{ask.prompt} #{number}"
    prompt += "".join(f" {len(each)}" for each in ask.pictures)
    painted = paint(prompt, width, height, "image/png" if mime == "image/webp" else mime, label)
    data = damage(repainted(painted, mime) if mime == "image/webp" else painted, draws)
    return {"b64_json": base64.b64encode(data).decode()}
