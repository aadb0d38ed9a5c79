"""An older studio's configs that bear the names of ours: told by what they hold, and said in one sentence."""

import shlex
from pathlib import Path
from typing import Any

from ..project.layers import layers
from ..text.sentences import t
from .problem import Problem, short


def problem(path: Path, data: Any, schema_name: str) -> Problem | None:
    """The one thing to say of such a file, whose data would break our schema in every line; None of any other."""
    if not isinstance(data, dict) or "version" in data or not (mark := _MARKS.get(schema_name, _never)(data)):
        return None
    message = t('is the old studio\'s file, not ours (it has "{mark}" and no "version")', mark=mark)
    return Problem(path, None, "", message, _do(path))


def _do(path: Path) -> str:
    if layers(path).base != path:
        return t("move it out of configs/, then: doit validate")
    quoted = shlex.quote(short(path))
    return t(
        "move it out of configs/, then restore ours: git checkout -- {path} (or copy it from a new clone)", path=quoted
    )


def _models(data: dict[str, Any]) -> str:
    return next((key for key in ("tiers", "tasks") if key in data), "")


def _slots(data: dict[str, Any]) -> str:
    return "schema_version" if "schema_version" in data else ""


def _never(_: dict[str, Any]) -> str:
    return ""


_MARKS = {"image_models": _models, "image_model_slots": _slots}
