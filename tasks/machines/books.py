"""One budget for one account, over all machines: what is reserved and spent, in one book a month, changed by swaps.

A book can be lost: it is made anew, to the millionth, from the submissions on record.
"""

import time
from collections.abc import Callable
from random import random

from ..money.budget import Budget, Refusal, Spending, refusal
from ..shared.port import Content, SharedStore, Swap
from ..text.errors import Stop
from .claims import PAUSE, Claims
from .records import MICRO, Book, OnRecord, Reserved, micro


class Books:
    """The books in one shared store."""

    def __init__(self, store: SharedStore, claims: Claims) -> None:
        self._store = store
        self._claims = claims

    def reserve(self, record: OnRecord, limits: Budget | None) -> Refusal | None:
        """Enter what the submission will cost, if the caps allow it; else say why not. limits: None for no caps."""
        swept = False
        while True:
            kept, book = self._book(_name(record))
            others = book.without(record.name)
            amount = record.submission.estimate_usd
            why = None
            if limits and amount:
                why = refusal(limits, record.channel, record.day, amount, spendings(others))
            if why and swept:
                return why
            if why:
                swept = True
                self.sweep(record.account)
                continue
            entered = others.with_reserved(record.name, Reserved(record.channel, record.day, micro(amount)))
            if self._store.swap(_name(record), kept.version, entered.to_json()) is Swap.DONE:
                return None
            time.sleep(PAUSE * random())  # noqa: S311 - no secret

    def settle(self, record: OnRecord) -> None:
        """Put what a submission cost in place of what it had reserved."""
        self._change(_name(record), lambda book: book.settled(record.name, record.spent))

    def sweep(self, account: str = "") -> None:
        """Settle what is over, but whose holder did not come to say so; intents of the dead are dropped."""
        for name in self.open(account):
            record = self._claims.read(name)
            if not record.is_open:
                self.settle(record)
            elif self._claims.given_up(record):
                self.settle(record.dropped())

    def open(self, account: str = "") -> list[str]:
        """The names of all open submissions of an account; of every account when none is named."""
        books = self._store.list(f"books/{account}/" if account else "books/")
        return sorted(name for each in books for name in self._book(each)[1].open)

    def spent(self, account: str, month: str) -> list[Spending]:
        """What was spent and is reserved in that month ("2026-11")."""
        return spendings(self._book(f"books/{account}/{month}.json")[1])

    def _change(self, name: str, change: Callable[[Book], Book]) -> None:
        while True:
            kept, book = self._book(name)
            after = change(book)
            if after == book or self._store.swap(name, kept.version, after.to_json()) is Swap.DONE:
                return
            time.sleep(PAUSE * random())  # noqa: S311 - no secret

    def _book(self, name: str) -> tuple[Content, Book]:
        """The book, made from the submissions when it is not there."""
        kept = self._store.get(name)
        if kept is None:
            self._store.put_new(name, self._rebuilt(name).to_json())
            return self._book(name)
        try:
            return kept, Book.from_json(kept.data)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Stop(
                "the shared store {where} has a book that cannot be read, {name}: damaged, or of a newer version",
                "update this Kamishibai; a damaged book may be deleted: it is made anew from the submissions on record",
                name=name,
                where=self._store.where,
            ) from None

    def _rebuilt(self, name: str) -> Book:
        _, account, month = name.removesuffix(".json").split("/")
        book = Book()
        for each in self._store.list(f"submissions/{account}/{month}/"):
            record = self._claims.read(each)
            if record.may_cost:
                amount = micro(record.submission.estimate_usd)
                book = book.with_reserved(each, Reserved(record.channel, record.day, amount))
            else:
                book = book.with_spent(record.day, record.channel, record.spent)
        return book


def _name(record: OnRecord) -> str:
    """The book of a submission: of its account, and the month of its intent."""
    _, account, month, _ = record.name.split("/")
    return f"books/{account}/{month}.json"


def spendings(book: Book) -> list[Spending]:
    """What a book holds, as caps count it."""
    reserved = [Spending(each.channel, each.day, each.micro / MICRO) for each in book.open.values()]
    sums = ((day, channel, usd) for day, channels in book.spent.items() for channel, usd in channels.items())
    return reserved + [Spending(channel, day, usd / MICRO) for day, channel, usd in sums]
