"""Finished files that are larger than their template lets them be, though they were made as small as they get."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..project.run_paths import RunPaths

if TYPE_CHECKING:
    from ..requests.request import Request
    from ..runs.run import Run
    from .log import Log
    from .session import Session


def note_large(session: "Session", run: "Run", there: "Iterable[Request]") -> None:
    """Say of each such file how large it is. The picture is there all the same. there: whose files lie there."""
    for request in there:
        line, most = run.lines.shown.get(request.prompt_id), request.choice.max_bytes
        if line and most and line.output_max_bytes == most and (line.image_bytes or 0) > most and not line.is_yours:
            say_large(session.log, run.paths, run.paths.at(line.picture), line.image_bytes or 0, most)


def say_large(log: "Log", paths: RunPaths, path: Path, size: int, most: int) -> None:
    """Say of one such file how large it is."""
    log.trouble(
        paths.name,
        "{path} has {bytes:,} bytes in the lowest quality, and max_bytes is {most:,}",
        "give its template a smaller output_size, or a larger max_bytes, then: {command}",
        path=path,
        bytes=size,
        most=most,
        command=paths.command,
    )
