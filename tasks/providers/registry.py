"""The providers that there are, by the word `api` of configs/image_models.yaml. Nothing else names one."""

from importlib import import_module

from .port import Api

APIS = ("gemini", "fireworks", "openai", "own_server")


def api(name: str) -> Api:
    """The interface of that name; its folder is imported when it is first asked for. Raises KeyError."""
    if name not in APIS:
        raise KeyError(name)
    found: Api = import_module(f"{__package__}.{name}.api").API
    return found
