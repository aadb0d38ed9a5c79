"""`.env` of a project: keys for whoever does not export them. What the environment says wins."""

import io
import os
from pathlib import Path

from ..text import languages
from ..text.errors import BadInput
from ..text.sentences import t
from . import regular

NAME = ".env"


def load(folder: Path) -> str:
    """Put what `.env` in `folder` says, and the environment does not, into the environment. A warning, or "".

    A line without a value says nothing. Raises BadInput for a file that is no text, OSError for one that is no file.
    """
    path = folder / NAME
    try:
        raw = regular.read(path)
    except regular.NOT_THERE:
        return ""
    from dotenv import dotenv_values

    try:
        said = dotenv_values(stream=io.StringIO(raw.decode("utf-8-sig")), interpolate=False)
    except UnicodeDecodeError:
        raise BadInput("{path} is not UTF-8 text", "save it again as UTF-8", path=path) from None
    values = {name: value for name, value in said.items() if value}
    for name, value in values.items():
        os.environ.setdefault(name, value)
    languages.catalogue.cache_clear()  # the language may be among them
    return _too_open(path) if values else ""


def _too_open(path: Path) -> str:
    """Whether others on this machine may read the keys. Windows says nothing of that in a file's mode."""
    if os.name == "nt" or not path.stat().st_mode & 0o077:
        return ""
    return t("{path} holds keys, and others on this machine may read it: chmod 600 {path}", path=path)
