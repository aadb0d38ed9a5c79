"""Pictures at once, and the list of models."""

from ..world.state import identifier
from ..world.wire import Reply, json_reply, timestamp
from ..world.world import Request, World
from .asks import Ask, failure, pictures, read_ask, read_edit, response
from .image_models import MODELS, ImageModel, served
from .wire import owner, read_body, read_fields, seconds


def generate(world: World, request: Request) -> Reply:
    """Pictures at once, at the standard price. Line faults strike here too; their `match` looks at the prompt."""
    owner(request)
    return _made(world, read_ask(read_body(request), _today(world)))


def edit(world: World, request: Request) -> Reply:
    """The same from pictures that travel in a form, as `image` or `image[]`."""
    owner(request)
    fields = read_fields(request)
    pictures = [each.data for each in fields if each.name in ("image", "image[]") and each.filename is not None]
    values: dict[str, object] = {each.name: each.text for each in fields if each.filename is None}
    if "n" in values:
        values["n"] = int(str(values["n"])) if str(values["n"]).isdecimal() else values["n"]
    return _made(world, read_edit(values, pictures, _today(world)))


def _made(world: World, ask: Ask) -> Reply:
    draws = {fault.fault: fault.amount for fault in world.faults.draw("line", ask.prompt)}
    if error := failure(draws):
        raise error
    name = identifier("openai response", world.state.next("response"), 8)
    made = response(ask, draws, f"{name} · {ask.quality} · {ask.size}", seconds(world.clock.now()) or 0)
    for picture in pictures(made):
        world.ledger.sent(picture)
    world.ledger.bill(ask.model, "immediate", ask.tokens, key=None, job=None, line=None)
    return json_reply(made)


def model_get(world: World, request: Request) -> Reply:
    """One model with its last day, which a fault may announce."""
    owner(request)
    model = served(request.names["model"], _today(world))
    return json_reply(model.resource(_shutdown(world, model)))


def model_list(world: World, request: Request) -> Reply:
    """Every model that is alive."""
    owner(request)
    alive = [model for model in MODELS.values() if not model.shutdown or model.shutdown > _today(world)]
    return json_reply({"object": "list", "data": [model.resource(model.shutdown) for model in alive]})


def _shutdown(world: World, model: ImageModel) -> str | None:
    told = world.faults.draw("model", model.name, "model_get")
    return str(told[0].amount) if told else model.shutdown


def _today(world: World) -> str:
    return timestamp(world.clock.now())[:10]
