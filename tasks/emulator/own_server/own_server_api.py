"""POST /v1/images/generations, the list of models, and pictures at addresses, with the oddities of known servers.

Where servers differ the emulator is the barest of them; docs/provider.md, S-01 to S-06, says which does what.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

import orjson

from ..gemini.answers import damage
from ..placeholder.painter import paint, repainted
from ..world.faults import Value
from ..world.state import fingerprint
from ..world.wire import MICROS, ApiError, Reply, json_reply
from ..world.world import Request, World

MODELS = ("flux.2-klein-4b", "Tongyi-MAI/Z-Image-Turbo", "Qwen-Image-2512")
NAMELESS = "sd-cpp-local"
DEFAULT_SIZE = (512, 512)
"""What some servers paint when they cannot read the size."""
STEP, LONGEST = 16, 4096
_FORMATS = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
_TAG = re.compile(r"<sd_cpp_extra_args>(.*?)</sd_cpp_extra_args>", re.DOTALL)
_PNG_FAULTS = ("as_png", "truncated_png", "corrupt_png", "hollow_png", "as_avif", "as_gif")


class OwnError(ApiError):
    """An error as an object; others are a bare text, or stand under `detail`."""

    def reply(self, headers: Mapping[str, str] | None = None) -> Reply:
        error = {"message": self.message, "type": "invalid_request_error" if self.http < 500 else "server_error"}
        return json_reply({"error": error}, status=self.http, headers=headers)


def refusal(status: int, headers: Mapping[str, str]) -> Reply:
    """The answer to a request that is refused by order of a fault: a bare text, which is no JSON."""
    words = {401: "Unauthorized", 503: "loading model", 429: "too many requests"}
    return Reply(status, words.get(status, "error").encode(), {"Content-Type": "text/plain", **headers})


def model_list(world: World, request: Request) -> Reply:
    """The models that it has loaded, or could load."""
    _owner(request)
    told = world.faults.draw("models", request.path, "own_models")
    names = str(told[0].amount).split(",") if told else MODELS
    return json_reply({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


def generate(world: World, request: Request) -> Reply:
    """One picture. It is the same for the same text, size, seed and key, and nothing is billed."""
    who, body = _owner(request), _body(request)
    prompt, seed = _told(body)
    draws = {fault.fault: fault.amount for moment in ("own", "line") for fault in world.faults.draw(moment, prompt)}
    if error := _failure(draws):
        return error
    width, height = _size(body.get("size"), draws)
    mime = _FORMATS.get(str(draws.get("own_format") or body.get("output_format") or "png"), "image/png")
    picture = _paint(f"{prompt} #{seed} {who}", (width, height), mime, draws)
    world.ledger.sent(picture)
    made = [] if "no_data" in draws else [_entry(world, request, picture, draws)]
    told = {"created": world.clock.now() // MICROS, "usage": {"total_tokens": 0}, "model": body.get("model")}
    told |= {"timings": {"seconds": 0.1}, "seed": seed}
    return json_reply({"data": made} if "bare" in draws else told | {"data": made})


def picture(world: World, request: Request) -> Reply:
    """A picture at its address, which tells it all: no key is asked for."""
    path = world.state.folder / "outputs" / f"own-{request.names['picture']}"
    if not re.fullmatch(r"[0-9a-f]{12}", request.names["picture"]) or not path.is_file():
        return Reply(404, b"not found", {"Content-Type": "text/plain"})
    return Reply(200, path.read_bytes(), {"Content-Type": "application/octet-stream"})


def _owner(request: Request) -> str:
    """The fingerprint of who asks. A key is looked at only when it is sent: "invalid…" is wrong."""
    key = request.headers.get("authorization", "").removeprefix("Bearer ")
    if key.startswith("invalid"):
        raise OwnError(401, "Invalid API key.")
    return fingerprint(key)


def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body.bytes() or b"{}")
    except orjson.JSONDecodeError as error:
        raise OwnError(400, f"invalid JSON: {error}") from error
    if not isinstance(body, dict) or not isinstance(body.get("prompt"), str) or not body["prompt"].strip():
        raise OwnError(400, "prompt: field required")
    if body.get("response_format") != "b64_json":
        raise OwnError(400, "response_format: the tests want b64_json said")
    return body


def _told(body: Mapping[str, Any]) -> tuple[str, int]:
    """(the text to draw, the seed): the server without names of models reads its seed out of the text."""
    prompt = body["prompt"]
    if body.get("model") != NAMELESS:
        return prompt, int(body.get("seed", 0))
    found = _TAG.search(prompt)
    settings = orjson.loads(found[1]) if found else {}
    return _TAG.sub("", prompt).strip(), int(settings.get("seed", 42))


def _failure(draws: Mapping[str, Value]) -> Reply | None:
    if "error_200" in draws:
        return json_reply({"error": {"message": "the sampler failed", "type": "server_error"}})
    if "error_text" in draws:
        return json_reply({"error": "the sampler failed"}, status=int(draws["error_text"] or 500))
    if "error_detail" in draws:
        return json_reply({"detail": "the value is not valid"}, status=int(draws["error_detail"] or 400))
    if "out_of_memory" in draws:
        return json_reply({"error": "CUDA out of memory. Tried to allocate 2.00 GiB"}, status=500)
    return None


def _size(asked: object, draws: Mapping[str, Value]) -> tuple[int, int]:
    wide, _, high = str(draws.get("wrong_size") or asked).partition("x")
    if not (wide.isdecimal() and high.isdecimal()):
        return DEFAULT_SIZE
    width, height = int(wide), int(high)
    fits = 0 < width <= LONGEST and 0 < height <= LONGEST and not width % STEP and not height % STEP
    return (width, height) if fits else DEFAULT_SIZE


def _paint(prompt: str, size: tuple[int, int], mime: str, draws: Mapping[str, Value]) -> bytes:
    label = f"your own server · {size[0]} x {size[1]}"
    first = "image/png" if mime == "image/webp" or any(fault in draws for fault in _PNG_FAULTS) else mime
    painted = paint(prompt, *size, first, label, is_whole=True)
    return damage(repainted(painted, mime) if mime == "image/webp" else painted, draws)


def _entry(world: World, request: Request, picture: bytes, draws: Mapping[str, Value]) -> dict[str, Any]:
    if "as_url" not in draws:
        return {"b64_json": "" if "empty_picture" in draws else base64.b64encode(picture).decode()}
    name = fingerprint(picture.hex())[:12]
    (world.state.folder / "outputs" / f"own-{name}").write_bytes(picture)
    places = {
        "here": f"{request.base_url}/own-pictures/{name}",
        "relative": f"/own-pictures/{name}",
        "elsewhere": f"https://pictures.invalid/{name}.png",
        "broken": "http://[broken",
        "gone": f"{request.base_url}/own-pictures/000000000000",
        "data": f"data:image/png;base64,{base64.b64encode(picture).decode()}",
    }
    return {"url": places[str(draws["as_url"])]}
