"""`doit status`: what is on its way and what is left to do."""

import orjson

from ..project.paths import Paths
from ..project.settings import Settings
from ..runs.spoiled import refuse
from ..text.sentences import in_english
from ..views.status import as_data, look
from ..views.status_table import show


def run(paths: Paths, settings: Settings) -> None:
    """A table, or one object (FORMAT=json). Stop when there are runs whose manifest cannot be read."""
    status = look(paths, settings)
    if settings.format == "json":
        print(orjson.dumps(in_english(as_data(status)), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - a program reads it
    else:
        show(status)
    refuse(status.found.unreadable)
