"""What a provider of the immediate lane answered to one request, whoever it is."""

from collections.abc import Callable
from dataclasses import dataclass

from tasks.responses import Answer, Envelope, open_line

_BEFORE, _AFTER = b'{"response":', b"}"


@dataclass(frozen=True)
class Reply:
    """An answer that came, with its picture not decoded yet.

    read: decodes and classifies it; never raises. line: the answer as a line of a batch result file, empty where the
    provider has no such thing. seed: the number that makes the same picture again, where the provider tells one.
    """

    read: Callable[[], Answer]
    line: bytes = b""
    key: str | None = None
    seed: int | None = None

    def answer(self) -> Answer:
        """Our reading of it, as for a line of a batch result file."""
        return self.read()


def of_response(body: bytes) -> Reply:
    """The Reply for a GenerateContentResponse in JSON; responses.Unreadable when it is no JSON object.

    The batch reader reads it: the same answer means the same on both lanes.
    """
    opened = open_line(body)
    line, shift = _BEFORE + body + _AFTER, len(_BEFORE)
    spans = tuple((begin + shift, end + shift) for begin, end in opened.spans)
    return Reply(Envelope(None, {"response": opened.body}, line, spans).answer, line)
