"""What the provider would have on its books: requests seen, jobs created, answers billed."""

import hashlib
from typing import Any, Protocol

from .models import Tokens
from .state import State


class Priced(Protocol):
    """A model whose answers are billed by their tokens."""

    @property
    def name(self) -> str: ...

    def usd(self, tokens: Tokens, lane: str) -> float: ...


class Ledger:
    """The books of one state. Control requests never appear in them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def count(self, operation: str) -> None:
        """One HTTP request of that operation arrived, whatever becomes of it."""
        self._state.run(
            "insert into requests values (?, 1) on conflict (operation) do update set count = count + 1", operation
        )

    def bill(
        self, model: Priced, lane: str, tokens: Tokens, key: str | None, job: str | None, line: int | None
    ) -> None:
        """Book one answer. The same line of the same job is never booked twice."""
        self._state.run(
            "insert or ignore into billed (key, job, line, model, lane, input_tokens, image_tokens, text_tokens,"
            " thinking_tokens, usd) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(key, job, line, model.name, lane),
            *(tokens.input, tokens.image, tokens.text, tokens.thinking, model.usd(tokens, lane)),
        )

    def bill_picture(self, model: str, usd: float, job: str | None) -> None:
        """Book one picture that is sold singly; `job` is the order it came by."""
        self._state.run(
            "insert or ignore into billed (job, line, model, lane, input_tokens, image_tokens, text_tokens,"
            " thinking_tokens, usd) values (?, 0, ?, 'immediate', 0, 0, 0, 0, ?)",
            *(job, model, usd),
        )

    def sent(self, picture: bytes) -> None:
        """Remember which bytes were answered at once, so that what arrived can be compared. Job outputs are files."""
        self._state.run("insert or ignore into sent values (?)", hashlib.sha256(picture).hexdigest())

    def pictures(self) -> list[str]:
        """sha256 of every picture that was answered at once, as `GET /_emulator/sent` prints it."""
        return [row["sha256"] for row in self._state.rows("select sha256 from sent order by 1")]

    def read(self) -> dict[str, Any]:
        """Everything, as `GET /_emulator/ledger` prints it."""
        requests = {row["operation"]: row["count"] for row in self._state.rows("select * from requests order by 1")}
        billed = [dict(row) for row in self._state.rows(_BILLED)]
        created = self._state.rows("select count(*) as jobs from jobs")[0]["jobs"]
        return {
            "requests": requests,
            "http_total": sum(requests.values()),
            "jobs_created": created,
            "requests_billed": len(billed),
            "billed": billed,
            "usd": round(sum(row["usd"] for row in billed), 9),
        }


_BILLED = """
select key, job, model, lane, input_tokens, image_tokens, text_tokens, thinking_tokens, usd
from billed order by job is null, job, line, seq
"""
