"""A job of another program, as the manifest in a run of its says it: what may still come of it, for which prompts.

That program writes the file once, when it creates the job, and never again: only its pictures, or the provider, tell
whether the job is over. Answers are matched by `<run>#0001`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from ..project.run_paths import RunPaths
from .spoiled import SpoiledManifest, spoiled

FORMAT = "ytm.gemini_batch_images.v1"
_DIGITS = 4


@dataclass(frozen=True)
class TheirJob:
    """manifest: the file. requests: by the id that an answer bears, the prompt id, in the order of the input.

    job: by the provider's name; "" when the file names none: then it was never created. model: as sent.
    """

    manifest: SpoiledManifest
    job: str
    model: str
    requests: Mapping[str, str]

    @property
    def created_at(self) -> str | None:
        return self.manifest.written_at


def their_job(paths: RunPaths, found: SpoiledManifest) -> TheirJob | None:
    """What that file says, in a run whose prompts are another program's too; None for any other file."""
    try:
        data = orjson.loads(found.raw)
        if not paths.is_foreign or data["schema"] != FORMAT:
            return None
        requests = {str(item["id"]): str(item["cue_index"]).zfill(_DIGITS) for item in data["items"]}
        mine = {name: number for name, number in requests.items() if name.rpartition("#")[0] == paths.name}
        return TheirJob(found, data["job"]["name"] or "", str(data["model"]), mine)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def is_theirs(paths: RunPaths) -> bool:
    """Whether the manifest there is such a file."""
    found = spoiled(paths)
    return found is not None and their_job(paths, found) is not None
