"""The result lines of a job, wherever they are: in files at the provider, or within the job itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from ...providers.port import BatchProvider


def pieces(client: BatchProvider, outputs: Sequence[str], inline: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The lines in pieces of any size: of all files `outputs`; without any, `inline` answers as lines.

    A file that was cut within a line takes nothing of the next one with it.
    Raises Refused, Unavailable and BrokeOff as the client does.
    """
    for number, name in enumerate(outputs):
        yield from (b"\n",) if number else ()
        yield from client.download(name)
    if not outputs:
        yield from (orjson.dumps(each) + b"\n" for each in inline)
