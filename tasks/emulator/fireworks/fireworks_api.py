"""Fireworks' FLUX models: one picture at once, or an order and a result that is asked for until it is ready.

Addresses, fields, states: docs.fireworks.ai/api-reference (pages of FLUX.1 schnell and FLUX.1 Kontext). The words of
error messages, and whether a filtered picture is billed (here it is not), are not documented.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import orjson

from ..gemini.answers import ADDRESS, damage
from ..placeholder.painter import paint
from ..world.faults import Value
from ..world.state import fingerprint, identifier
from ..world.wire import MICROS, ApiError, Reply, json_reply
from ..world.world import Request, World, seed
from . import flux_models
from .flux_models import FluxModel

FILTERED = "CONTENT_FILTERED"
_MESSAGES = {
    401: "The API key you provided is invalid.",
    402: "Your account has an unpaid invoice. Please update your payment method.",
    403: "You do not have permission to use this model.",
    404: "Model not found, inaccessible, and/or not deployed",
    412: "Account is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.",
    429: "Request didn't generate a picture: rate limit exceeded, please try again later",
}


class FluxError(ApiError):
    """An answer in Fireworks' error shape: `{"error": {"object", "type", "message"}}`."""

    def reply(self, headers: Mapping[str, str] | None = None) -> Reply:
        kind = "invalid_request_error" if self.http < 500 else "internal_server_error"
        error = {"object": "error", "type": kind, "message": self.message}
        return json_reply({"error": error}, status=self.http, headers=headers)


def refusal(status: int, headers: Mapping[str, str]) -> Reply:
    """The answer to a request that is refused by order of a fault."""
    return FluxError(status, _MESSAGES.get(status, "The server had an error while processing your request")).reply(
        headers
    )


def generate(world: World, request: Request) -> Reply:
    """One picture at once, as JSON or as it is, by the Accept header."""
    owner(request)
    model = _model(request, at_once=True)
    asked = flux_models.read_ask(_body(request), model)
    draws = _draws(world, asked.prompt)
    drawn = asked.seed or 1 + seed("flux", asked.prompt, world.state.next("flux")) % (2**31 - 1)
    mime, as_json = _form(request.headers.get("accept", ""), draws)
    finish = FILTERED if "filtered" in draws else "SUCCESS"
    picture = b"" if finish == FILTERED or "empty_picture" in draws else _paint(asked, drawn, mime, draws)
    if finish != FILTERED:
        world.ledger.bill_picture(model.name, model.usd(asked.steps), job=None)
        world.ledger.sent(picture)
    if not as_json and "address" not in draws:
        return Reply(200, picture, {"Content-Type": mime, "Finish-Reason": finish, "Seed": str(drawn)})
    text = base64.b64encode(picture).decode()
    text = f"data:{mime};base64,{text}" if "data_url" in draws and text else text
    text = ADDRESS if "address" in draws else text
    id = identifier("flux", world.state.next("flux_answer"), 24)
    return json_reply({"id": id, "base64": [text], "finishReason": finish, "seed": drawn})


def submit(world: World, request: Request) -> Reply:
    """Take an order; its picture is ready after `flux_seconds` of the clock. Billed when taken, unless moderated."""
    who, model = owner(request), _model(request, at_once=False)
    body = _body(request)
    asked = flux_models.read_ask(body, model)
    fate = _draws(world, asked.prompt)
    number = world.state.next("flux_order")
    id = identifier("flux order", number, 32)
    drawn = asked.seed or 1 + seed("kontext", asked.prompt, number) % (2**31 - 1)
    kept = {**asked._asdict(), "seed": drawn}
    with world.state.transaction():
        world.state.run(
            "insert into flux_orders (id, owner, model, asked, created, seconds, fate) values (?, ?, ?, ?, ?, ?, ?)",
            *(id, who, model.name, json.dumps(kept), world.clock.now(), world.flux_seconds, json.dumps(fate)),
        )
        if not {"filtered", "flux_error"} & set(fate):
            world.ledger.bill_picture(model.name, model.usd(asked.steps), job=id)
    return json_reply({"request_id": id})


def result(world: World, request: Request) -> Reply:
    """What became of an order, by POST, or GET with the id in the query or the body."""
    who, model = owner(request), _model(request, at_once=False)
    if request.method == "POST" and world.faults.draw("result", request.path):
        raise FluxError(405, "Method Not Allowed")
    id = str(request.query.get("id") or _body(request).get("id") or "")
    row = world.state.row("select * from flux_orders where id = ? and owner = ? and model = ?", id, who, model.name)
    status, found = _state(world, request, row) if row else ("Task not found", None)
    return json_reply({"id": id, "status": status, "result": found, "progress": None, "details": None})


def picture(world: World, request: Request) -> Reply:
    """The picture of a finished order; its address is the permission."""
    row = world.state.row("select * from flux_orders where id = ?", request.names["order"])
    if row is None or not _is_done(world, row):
        return Reply(404, b"NoSuchKey", {"Content-Type": "text/plain"})
    data, mime = _ordered(row)
    world.ledger.sent(data)
    return Reply(200, data, {"Content-Type": mime})


def owner(request: Request) -> str:
    """The fingerprint of the Bearer key; FluxError 401 without one, or when it begins with "invalid"."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key.strip() or key.startswith("invalid"):
        raise FluxError(401, _MESSAGES[401])
    return fingerprint(key)


def _model(request: Request, at_once: bool) -> FluxModel:
    model = flux_models.MODELS.get(request.names["model"])
    if model is None or model.at_once != at_once:
        raise FluxError(404, _MESSAGES[404])
    return model


def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body.bytes() or b"{}")
    except orjson.JSONDecodeError as error:
        raise FluxError(400, f"Invalid JSON: {error}") from error
    if not isinstance(body, dict):
        raise FluxError(400, "Invalid JSON: an object was expected")
    return body


def _draws(world: World, prompt: str) -> dict[str, Value]:
    struck = world.faults.draw("flux", prompt) + world.faults.draw("line", prompt)
    return {fault.fault: fault.amount for fault in struck}


def _form(accept: str, draws: Mapping[str, Value]) -> tuple[str, bool]:
    """(MIME type of the picture, whether it travels inside JSON)."""
    as_json = "application/json" in accept
    if "answer_as" in draws:
        as_json = draws["answer_as"] == "json"
    return ("image/png" if "image/png" in accept else "image/jpeg"), as_json


def _paint(asked: flux_models.Ask, drawn: int, mime: str, draws: Mapping[str, Value]) -> bytes:
    label = f"FLUX {drawn} · {asked.ratio} · {asked.width} x {asked.height}"
    return damage(paint(f"{asked.prompt} #{drawn}", asked.width, asked.height, mime, label), draws)


def _is_done(world: World, row: Any) -> bool:
    return bool(world.clock.now() >= row["created"] + row["seconds"] * MICROS)


def _state(world: World, request: Request, row: Any) -> tuple[str, Any]:
    """(status, result) of an order."""
    fate = json.loads(row["fate"])
    if not _is_done(world, row):
        return "Pending", None
    if "filtered" in fate:
        return str(fate["filtered"]), None
    if "flux_error" in fate:
        return "Error", None
    if "empty_picture" in fate:
        return "Ready", {"sample": ""}
    form = fate.get("sample", "url")
    if form == "url":
        return "Ready", {"sample": f"{request.base_url}/flux-pictures/{row['id']}"}
    data, mime = _ordered(row)
    world.ledger.sent(data)
    text = base64.b64encode(data).decode()
    forms: dict[str, Any] = {"data": f"data:{mime};base64,{text}", "base64": text, "list": [text]}
    return "Ready", {"sample": forms[str(form)]}


def _ordered(row: Any) -> tuple[bytes, str]:
    asked = flux_models.Ask(**json.loads(row["asked"]))
    return _paint(asked, asked.seed, asked.mime, json.loads(row["fate"])), asked.mime
