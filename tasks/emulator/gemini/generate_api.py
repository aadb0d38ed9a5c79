"""The immediate lane, and the list of models."""

from functools import partial

from ..world.models import MODELS, served
from ..world.state import identifier
from ..world.wire import ApiError, Reply, json_reply, page, page_token, read_json
from ..world.world import Request, World
from . import files_api
from .answers import decide, pictures, response
from .asks import read_ask
from .batch_input import label

_HTTP_OF_RPC = {1: 499, 3: 400, 4: 504, 7: 403, 8: 429, 14: 503}


def generate(world: World, request: Request) -> Reply:
    """One picture, at once, at the standard price. Line faults strike here too; their `match` looks at the prompt."""
    model = served(request.names["model"], request.version, "generateContent")
    body = request.body.bytes()
    ask = read_ask(read_json(body), model, partial(files_api.find, world, request.owner))
    draws = {fault.fault: fault.amount for fault in world.faults.draw("line", ask.prompt)}
    answer = decide(ask, model, draws)
    if answer.error is not None:
        raise ApiError(_HTTP_OF_RPC.get(answer.error["code"], 500), answer.error["message"])
    response_id = identifier("response", world.state.next("response"), 22)
    made = response(answer, ask, model, draws, label(response_id[:8], ask), response_id)
    reply = json_reply(made)
    for picture in pictures(made):
        world.ledger.sent(picture)
    world.ledger.bill(model, "immediate", answer.tokens, key=None, job=None, line=None)
    return reply


def model_get(_: World, request: Request) -> Reply:
    return json_reply(served(request.names["model"], request.version, "generateContent").resource())


def model_list(_: World, request: Request) -> Reply:
    """All models in a fixed order, paged."""
    size, before = page(request.query, default=50, most=1000)
    start = before or 0
    models = list(MODELS.values())[start : start + size]
    answer: dict[str, object] = {"models": [model.resource() for model in models]}
    if start + size < len(MODELS):
        answer["nextPageToken"] = page_token(start + size)
    return json_reply(answer)
