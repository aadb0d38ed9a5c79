"""What the registry knows of Gemini."""

from typing import TYPE_CHECKING

from ...catalog.model import Provider
from ...text.sentences import later
from ..bounds import Patience
from ..port import Api
from .body import body
from .traits import TRAITS

if TYPE_CHECKING:
    from .client import Gemini


def _client(about: Provider, url: str, key: str, timeout: float, patience: Patience) -> "Gemini":
    from .client import Gemini

    return Gemini(url, about.api_version, key, timeout, patience)


def _is_job(name: str) -> bool:
    from .job import NAMES

    return NAMES["batches"].fullmatch(name) is not None


API = Api(
    "https://aistudio.google.com/apikey",
    body,
    batch=_client,
    immediate=_client,
    traits=TRAITS,
    most_jobs=later("100 at once"),  # P-15
    is_job=_is_job,
)
