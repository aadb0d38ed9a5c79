"""What the registry knows of a picture server of one's own."""

from typing import TYPE_CHECKING

from ...catalog.model import Provider
from ..bounds import Patience
from ..port import Api
from .body import body, orders

if TYPE_CHECKING:
    from .client import OwnServer


def _client(_: Provider, url: str, key: str, timeout: float, patience: Patience) -> "OwnServer":
    from .client import OwnServer

    return OwnServer(url, key, timeout, patience)


API = Api("", body, immediate=_client, orders=orders)
