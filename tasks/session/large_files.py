"""Finished files that are larger than their template lets them be, though they were made as small as they get."""

from collections.abc import Iterable

from ..requests.request import Request
from ..runs.run import Run
from .session import Session


def note_large(session: Session, run: Run, there: Iterable[Request]) -> None:
    """Say of each such file how large it is. The picture is there all the same. there: whose files lie there."""
    for request in there:
        line, most = run.lines.shown.get(request.prompt_id), request.choice.max_bytes
        if line and most and line.output_max_bytes == most and (line.image_bytes or 0) > most and not line.is_yours:
            session.log.trouble(
                run.paths.name,
                "{path} has {bytes:,} bytes in the lowest quality, and max_bytes is {most:,}",
                "give its template a smaller output_size, or a larger max_bytes, then: {command}",
                path=run.paths.at(line.picture),
                bytes=line.image_bytes,
                most=most,
                command=run.paths.command,
            )
