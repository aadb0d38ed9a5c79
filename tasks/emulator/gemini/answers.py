"""What the model answers to one Ask: decided first (tokens, outcome), painted only when somebody wants to see it."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..placeholder.painter import paint, repainted
from ..world.faults import Value
from ..world.models import Model, Tokens
from ..world.wire import rpc_error
from ..world.world import seed
from .asks import Ask, count_tokens

Draws = Mapping[str, Value]  # name of a fault that strikes this answer -> its value

NOTHING = Tokens()
_CAPTION = "Here is the picture you asked for."
_EXCUSE = "I can describe this scene in words, but there is no picture."
_SEPARATORS = "one\u2028two\u2029three\x85four"
_THINKING_TOKENS = {"MINIMAL": (0, 0), "LOW": (80, 160), "MEDIUM": (500, 1100), "HIGH": (1200, 2600)}
_NO_PICTURE = ("finish", "safety", "no_image")
_AS_PNG = ("as_png", "truncated_png", "corrupt_png", "hollow_png", "as_avif", "as_gif")
_AS_JPEG = ("as_jpeg", "truncated_jpeg", "stray_bytes")
_AS_OTHER = {"as_avif": "image/avif", "as_gif": "image/gif", "foreign_bytes": "image/heic"}
ADDRESS = "https://generativelanguage.googleapis.com/v1beta/files/abc123"


@dataclass(frozen=True)
class Answer:
    """How one request ends. `error` is a google.rpc.Status in the place named by `error_at`; errors cost nothing."""

    tokens: Tokens = NOTHING
    finish: str = "STOP"
    block: str | None = None
    text: str | None = None
    picture: bool = False
    error: Mapping[str, Any] | None = None
    error_at: str = "error"


def decide(ask: Ask, model: Model, draws: Draws) -> Answer:
    """The answer to `ask` under the faults that struck it. Depends on nothing else."""
    for fault, place in (("request_error", "error"), ("request_status", "status"), ("response_error", "response")):
        if fault in draws:
            return Answer(error=rpc_error(int(draws[fault] or 13)), error_at=place)
    read = ask.text_tokens + ask.image_tokens
    if "blocked_prompt" in draws:
        return Answer(Tokens(input=read), block=str(draws["blocked_prompt"]))
    thinking = _thoughts(ask)
    for fault in _NO_PICTURE:
        if fault in draws:
            return Answer(Tokens(input=read, thinking=thinking), finish=str(draws[fault]))
    if "text_only" in draws or not ask.wants_image:
        return Answer(Tokens(input=read, text=count_tokens(_EXCUSE), thinking=thinking), text=_EXCUSE)
    text = _SEPARATORS if "line_separator" in draws else _CAPTION if ask.wants_text else None
    spoken = count_tokens(text) if text else 0
    return Answer(Tokens(read, model.image_tokens[ask.size], spoken, thinking), text=text, picture=True)


def _thoughts(ask: Ask) -> int:
    least, most = _THINKING_TOKENS[ask.level]
    return least + seed("thoughts", ask.prompt, ask.level) % (most - least + 1)


def response(answer: Answer, ask: Ask, model: Model, draws: Draws, label: str, response_id: str) -> dict[str, Any]:
    """The GenerateContentResponse; paints the picture when the answer has one."""
    tail = {"usageMetadata": _usage(answer.tokens, ask, draws), "modelVersion": model.name, "responseId": response_id}
    if answer.block:
        return {"promptFeedback": {"blockReason": answer.block}, **tail}
    parts = _content_parts(answer, ask, model, draws, label)
    content: dict[str, Any] = {"parts": parts, "role": "model"} if parts else {"role": "model"}
    candidate: dict[str, Any] = {"content": content, "finishReason": answer.finish, "index": 0}
    if answer.finish != "STOP":
        candidate["finishMessage"] = f"Unable to show the generated image ({answer.finish})."
    return {"candidates": [candidate], **tail}


def pictures(response: Mapping[str, Any]) -> list[bytes]:
    """The pictures in a GenerateContentResponse; a draft in a thought part is one only when there is no other."""
    parts = [part for each in response.get("candidates", ()) for part in each["content"].get("parts", ())]
    shown = [part for part in parts if "inlineData" in part]
    final = [part for part in shown if not part.get("thought")] or shown
    return [base64.b64decode(part["inlineData"]["data"]) for part in final]


def _content_parts(answer: Answer, ask: Ask, model: Model, draws: Draws, label: str) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if "draft_thought" in draws:
        parts.append({"thought": True, "inlineData": _picture(f"{ask.prompt} (draft)", ask, model, {}, "draft")})
    if ask.include_thoughts and answer.tokens.thinking:
        parts.append({"text": "**Composing the scene**\n\nA wide view, then the light.\n", "thought": True})
    if answer.text:
        parts.append({"text": answer.text})
    if answer.picture:
        shown = {"thought": True} if "thought_only" in draws else {}
        parts.append(shown | _shown(ask, model, draws, label) | _signature(answer, ask))
    return parts


def _shown(ask: Ask, model: Model, draws: Draws, label: str) -> dict[str, Any]:
    if "address" in draws:
        return {"fileData": {"mimeType": model.mime, "fileUri": ADDRESS}}
    return {"inlineData": _picture(ask.prompt, ask, model, draws, label)}


def _signature(answer: Answer, ask: Ask) -> dict[str, str]:
    if not answer.tokens.thinking:
        return {}
    return {"thoughtSignature": base64.b64encode(seed("signature", ask.prompt).to_bytes(8) * 6).decode()}


def _picture(prompt: str, ask: Ask, model: Model, draws: Draws, label: str) -> dict[str, str]:
    mime = model.mime
    mime = "image/png" if any(fault in draws for fault in _AS_PNG) else mime
    mime = "image/jpeg" if any(fault in draws for fault in _AS_JPEG) else mime
    named = str(draws.get("labelled", next((kind for fault, kind in _AS_OTHER.items() if fault in draws), mime)))
    if "empty_picture" in draws:
        return {"mimeType": named, "data": ""}
    data = damage(paint(prompt, ask.width, ask.height, mime, label), draws)
    return {"mimeType": named, "data": base64.b64encode(data).decode()}


def damage(data: bytes, draws: Draws) -> bytes:
    """The picture as the faults that struck it leave it."""
    if "truncated_png" in draws or "truncated_jpeg" in draws:
        return data[: len(data) // 2]
    if "foreign_bytes" in draws:
        return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + data[::-1]
    if "stray_bytes" in draws:
        return data[:20] + b"abc" + data[20:]
    if "hollow_png" in draws:
        return _hollow(data)
    for fault, mime in _AS_OTHER.items():
        if fault in draws:
            return repainted(data, mime)
    return _wrong_checksums(data) if "corrupt_png" in draws else data


def _hollow(png: bytes) -> bytes:
    """`png` with the rows of its first pixels only, its checksums right."""
    packed = zlib.compress(bytes(1000))
    chunk = b"IDAT" + packed
    pixels = len(packed).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
    return png[:33] + pixels + png[-12:]


def _wrong_checksums(png: bytes) -> bytes:
    """`png` with a bit of its first IDAT chunk turned over, so that the chunk's CRC no longer fits."""
    start = png.index(b"IDAT") + 4
    middle = start + int.from_bytes(png[start - 8 : start - 4]) // 2
    damaged = png[:middle] + bytes([png[middle] ^ 1]) + png[middle + 1 :]
    assert zlib.crc32(damaged) != zlib.crc32(png)
    return damaged


def _usage(tokens: Tokens, ask: Ask, draws: Draws) -> dict[str, Any]:
    """usageMetadata as the provider fills it: zero counts absent, thinking not in candidatesTokenCount."""
    read = [{"modality": "TEXT", "tokenCount": ask.text_tokens}, {"modality": "IMAGE", "tokenCount": ask.image_tokens}]
    said = tokens.image + tokens.text
    usage = {
        "promptTokenCount": tokens.input,
        "candidatesTokenCount": said,
        "totalTokenCount": tokens.input + said + tokens.thinking,
        "promptTokensDetails": [detail for detail in read if detail["tokenCount"]],
        "candidatesTokensDetails": _split(tokens, draws),
        "thoughtsTokenCount": tokens.thinking,
    }
    return {name: value for name, value in usage.items() if value}


def _split(tokens: Tokens, draws: Draws) -> list[dict[str, Any]]:
    if not tokens.image:
        return []
    if "split_without_image" in draws:
        return [{"modality": "TEXT", "tokenCount": 10}]
    return [{"modality": "IMAGE", "tokenCount": tokens.image}]
