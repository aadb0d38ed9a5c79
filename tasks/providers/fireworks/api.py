"""What the registry knows of Fireworks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...catalog.choice import Choice
from ...catalog.model import Provider
from ..bounds import Patience
from ..port import Api, Picture
from . import body

if TYPE_CHECKING:
    from .client import Fireworks


def _client(_: Provider, url: str, key: str, timeout: float, patience: Patience) -> "Fireworks":
    from .client import Fireworks

    return Fireworks(url, key, timeout, patience)


def _body(text: str, choice: Choice, references: Sequence[Picture]) -> dict[str, Any]:
    tokens = [reference.token for reference in references]
    return body.body(text, choice.model, choice.aspect_ratio, references=tokens)


API = Api("https://app.fireworks.ai/settings/users/api-keys", _body, immediate=_client)
