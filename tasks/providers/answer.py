"""What a provider answered to one request, in our words, whoever it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..text.redaction import one_line
from ..text.word import Word

_LONGEST_REASON = 300
_BROKEN = "broken picture: "


class Status(Word):
    """What came of one request."""

    OK = "ok"
    BLOCKED = "blocked"
    EMPTY = "empty"
    ERROR = "error"


class FailureClass(Word):
    """What a request without a picture means for the next run: docs/design.md section 6."""

    RETRYABLE = "retryable"
    REFUSED = "refused"
    PERMANENT = "permanent"


@dataclass(frozen=True)
class Tokens:
    """Token counts as the provider reported them; 0 where it reported none."""

    input: int = 0
    image: int = 0
    text: int = 0
    thinking: int = 0


@dataclass(frozen=True)
class Answer:
    """What one result line says.

    failure: None exactly when status is OK; picture, the provider's bytes, not None exactly then.
    reason, and what else the provider says in words: one short printable line, without secrets. text: what the model
    or the error said, cut.
    note: what is uncertain about the token counts of a picture; "" when nothing is. is_split: whether they tell image
    tokens from text tokens. is_held: something came that nothing here reads; it is kept, and not asked for again.
    is_unworked: the job ended before the provider began with it, which its counts need not tell.
    seconds: how long it was in the making, where that costs. referred: how many of its input tokens are of reference
    pictures, where those have a price of their own.
    """

    key: str | None
    status: Status
    failure: FailureClass | None
    reason: str
    tokens: Tokens = Tokens()
    picture: bytes | None = None
    text: str = ""
    model_version: str | None = None
    response_id: str | None = None
    note: str = ""
    is_split: bool = True
    is_held: bool = False
    is_unworked: bool = False
    seconds: float | None = None
    referred: int = 0

    def __post_init__(self) -> None:
        for name in ("reason", "model_version", "response_id"):
            if said := getattr(self, name):
                object.__setattr__(self, name, one_line(said, _LONGEST_REASON))

    @property
    def words(self) -> str:
        """`text` as files and people get it: one printable line without secrets, cut."""
        return one_line(self.text, _LONGEST_REASON)

    def broken(self, reason: str) -> "Answer":
        """The same answer after its picture turned out to be unusable."""
        failed = replace(self, status=Status.ERROR, failure=FailureClass.RETRYABLE, picture=None)
        return replace(failed, reason=_BROKEN + reason)

    @property
    def is_broken(self) -> bool:
        """Whether what came is unusable, perhaps only because it was damaged on its way."""
        return self.is_held or self.reason.startswith(_BROKEN)

    def unreadable(self, reason: str) -> "Answer":
        """The same answer after what came in place of a picture was kept for a person, since nothing here reads it."""
        return replace(self.broken(""), failure=FailureClass.PERMANENT, reason=f"unreadable: {reason}", is_held=True)


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


class Unreadable(Exception):
    """The line is not a JSON object, so not even its key is known. The text says why."""
