"""What the registry knows of OpenAI."""

from typing import TYPE_CHECKING

from ...catalog.model import Provider
from ...text.sentences import later
from ..bounds import Patience
from ..port import Api
from .body import body
from .traits import TRAITS

if TYPE_CHECKING:
    from .client import OpenAi, OpenAiJobs


def _jobs(_: Provider, url: str, key: str, timeout: float, patience: Patience) -> "OpenAiJobs":
    from .client import OpenAiJobs

    return OpenAiJobs(url, key, timeout, patience)


def _client(_: Provider, url: str, key: str, timeout: float, patience: Patience) -> "OpenAi":
    from .client import OpenAi

    return OpenAi(url, key, timeout, patience)


def _is_job(name: str) -> bool:
    from .job import NAMES

    return NAMES["batch"].fullmatch(name) is not None


API = Api(
    "https://platform.openai.com/api-keys",
    body,
    batch=_jobs,
    immediate=_client,
    traits=TRAITS,
    most_jobs=later("2,000 new ones an hour"),  # O-09
    parts_references=True,
    is_job=_is_job,
)
