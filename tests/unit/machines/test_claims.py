"""Claims and books over one store: each picture has one buyer, each account one budget."""

import hashlib
import json
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.machines.books import Books
from tasks.machines.claims import Claims
from tasks.machines.place import Place
from tasks.machines.records import OnRecord, micro
from tasks.money.budget import Budget, Caps
from tasks.runs.manifest import Item, State
from tasks.shared.folder import FolderStore
from tasks.text.errors import Stop
from tests.support.facts import failed, submission

MACHINES = 4


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def wanting(name: str, *texts: str, account: str = "acc", usd: float = 0.01, provider: str = "gemini") -> OnRecord:
    """A submission that wants these pictures, not begun yet."""
    items = tuple(Item(f"{text}-{digest(text)[:16]}", text, digest(text), "d" * 64) for text in texts)
    full = f"submissions/{account}/2026-11/{name}.json"
    wanted = replace(submission(), requests=items, provider=provider, estimate_usd=usd, shared=full)
    place = Place(name, f"host-{name}", "", f"/{name}")
    return OnRecord(full, place, "video/runs/CH01-001", "CH01-001", "CH01", wanted)


def as_state(record: OnRecord, state: State) -> OnRecord:
    return replace(record, submission=replace(record.submission, state=state))


@pytest.fixture
def claims(tmp_path: Path) -> Claims:
    return Claims(FolderStore(tmp_path), lambda _: False)


@pytest.fixture
def books(tmp_path: Path, claims: Claims) -> Books:
    return Books(FolderStore(tmp_path), claims)


def together(work: Callable[[int], object]) -> list[object]:
    gate = threading.Barrier(MACHINES)

    def run(number: int) -> object:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(MACHINES) as pool:
        return list(pool.map(run, range(MACHINES)))


def taken(claims: Claims, record: OnRecord) -> set[str]:
    claims.begin(record)
    return claims.take(record)[0]


def test_who_comes_second_gets_the_rest(claims: Claims) -> None:
    """Of overlapping wishes the first gets all of its own, the second what is left, and reads who has the others."""
    first, second = wanting("a", "x", "y"), wanting("b", "y", "z")
    assert taken(claims, first) == {digest("x"), digest("y")}
    claims.begin(second)
    ours, theirs = claims.take(second)
    assert ours == {digest("z")} and {each: record.name for each, record in theirs.items()} == {digest("y"): first.name}


def test_two_suppliers_with_one_digest(claims: Claims) -> None:
    """A claim is on a picture, whoever makes it and whoever pays: another supplier or account does not buy it too."""
    assert taken(claims, wanting("a", "x")) == {digest("x")}
    assert taken(claims, wanting("b", "x", account="other", provider="openai")) == set()


@pytest.mark.parametrize("number", range(10))
def test_equal_wishes_at_one_moment_have_one_winner(tmp_path: Path, claims: Claims, number: int) -> None:
    """Of several that want the same at the same moment one gets everything, and the others nothing."""
    texts = [f"{number}-{each}" for each in range(5)]
    won = together(lambda machine: taken(claims, wanting(f"m{machine}", *texts)))
    assert sorted(map(len, won)) == [0] * (MACHINES - 1) + [5]  # type: ignore[arg-type]


@pytest.mark.parametrize("number", range(10))
def test_no_picture_has_two_buyers(claims: Claims, number: int) -> None:
    """Whatever overlaps with whatever, each picture that anybody wants is exactly one machine's."""
    chance = random.Random(number)
    wishes = [[str(each) for each in range(8) if chance.random() < 0.5] or ["0"] for _ in range(MACHINES)]
    won = together(lambda machine: taken(claims, wanting(f"m{machine}", *wishes[machine])))
    bought = [each for one in won for each in one]  # type: ignore[attr-defined]
    assert len(bought) == len(set(bought))
    assert set(bought) == {digest(text) for wish in wishes for text in wish}


@pytest.mark.parametrize("state", [State.CREATING, State.SENDING, State.SUBMITTED, State.FINISHED])
def test_what_may_have_left_is_never_free(tmp_path: Path, state: State) -> None:
    """From the moment a request may have left, a claim holds, however dead its holder is."""
    claims = Claims(FolderStore(tmp_path), lambda _: True)
    first = wanting("a", "x")
    taken(claims, first)
    claims.change(first.name, lambda now: as_state(now, state))
    assert taken(claims, wanting("b", "x")) == set()


def test_an_intent_of_the_dead_is_taken_over(tmp_path: Path) -> None:
    """The former holder's step to "creating" finds its record changed."""
    claims = Claims(FolderStore(tmp_path), lambda record: record.holder.id == "a")
    first = wanting("a", "x")
    taken(claims, first)
    assert taken(claims, wanting("b", "x")) == {digest("x")}
    creating = as_state(first, State.CREATING)
    assert claims.change(first.name, lambda now: creating if now.state is State.INTENT else None) is None


def test_what_came_is_not_bought_and_what_failed_is(claims: Claims) -> None:
    """Of a collected submission, pictures are there to be taken; a request without one may be sent again."""
    first = wanting("a", "x", "y")
    taken(claims, first)
    line = {"reason": failed().reason}

    def collected(now: OnRecord) -> OnRecord:
        came, lost = now.submission.requests
        items = (came, replace(lost, failed=line))
        return replace(now, submission=replace(now.submission, requests=items, state=State.COLLECTED))

    claims.change(first.name, collected)
    assert taken(claims, wanting("b", "x", "y")) == {digest("y")}


def test_a_claim_without_its_record_stops(tmp_path: Path, claims: Claims) -> None:
    """A record that is gone or damaged may stand for a job: nothing is sent over it."""
    first = wanting("a", "x")
    taken(claims, first)
    (tmp_path / first.name).write_text("{")
    with pytest.raises(Stop, match="that cannot be read"):
        taken(claims, wanting("b", "x"))
    (tmp_path / first.name).unlink()
    with pytest.raises(Stop, match="which a claim names"):
        taken(claims, wanting("c", "x"))


LIMITS = Budget(Caps(day=0.065))


@pytest.mark.parametrize("kind", ["books", "submissions"])
def test_what_a_newer_version_wrote_is_left_alone(tmp_path: Path, claims: Claims, books: Books, kind: str) -> None:
    """A record or book of a later format may mean something else: it stops with what to do, and stays as it is."""
    record = wanting("a", "x")
    taken(claims, record)
    books.reserve(record, LIMITS)
    (place,) = (tmp_path / kind).rglob("*.json")
    told = json.loads(place.read_text())
    newer = json.dumps(told | {"version": told["version"] + 1})
    place.write_text(newer)
    with pytest.raises(Stop, match="of a newer version\n  -> update this Kamishibai"):
        taken(claims, wanting("b", "x"))
        books.reserve(wanting("b", "x"), LIMITS)
    assert place.read_text() == newer


def test_caps_hold_over_all_machines(tmp_path: Path, claims: Claims, books: Books) -> None:
    """Machines that reserve at the same moment get exactly what the cap allows, however their swaps meet."""
    records = [wanting(f"{machine}-{each}", f"{machine}{each}") for machine in range(MACHINES) for each in range(3)]
    for each in records:
        claims.begin(each)
    said = together(lambda machine: [books.reserve(each, LIMITS) for each in records[3 * machine : 3 * machine + 3]])
    assert [why for one in said for why in one].count(None) == 6  # type: ignore[attr-defined]


def test_a_book_is_made_anew_to_the_last_millionth(tmp_path: Path, claims: Claims, books: Books) -> None:
    """Open, collected, dropped and given up: the book that is made from the records is the one that was lost."""
    states = (State.SUBMITTED, State.COLLECTED, State.CREATING, State.COLLECTED, State.DROPPED)
    for number, state in enumerate(states):
        record = wanting(str(number), str(number), usd=0.016801 * (number + 1))
        claims.begin(record)
        books.reserve(record, None)
        spent = micro(0.1 * number / 3) if state is State.COLLECTED else 0
        now = replace(as_state(record, state), spent=spent)
        claims.change(record.name, lambda _, now=now: now)
        if not now.is_open:
            books.settle(now)
    book = tmp_path / "books" / "acc" / "2026-11.json"
    before = book.read_bytes()
    book.unlink()
    assert books.spent("acc", "2026-11") and book.read_bytes() == before


def test_what_is_settled_twice_counts_once(claims: Claims, books: Books) -> None:
    """A command that was killed between its record and its book settles again, and nothing is added twice."""
    record = wanting("a", "x")
    claims.begin(record)
    books.reserve(record, LIMITS)
    done = replace(as_state(record, State.COLLECTED), spent=5)
    claims.change(record.name, lambda _: done)
    books.settle(done)
    books.settle(done)
    assert [each.usd for each in books.spent("acc", "2026-11")] == [0.000005]


def test_a_full_book_is_swept_before_it_refuses(claims: Claims, books: Books) -> None:
    """What is over, and nobody said so, makes room before a cap forbids anything."""
    old = wanting("a", "x", usd=0.06)
    claims.begin(old)
    books.reserve(old, LIMITS)
    assert books.reserve(wanting("b", "y"), LIMITS) is not None
    claims.change(old.name, lambda now: now.dropped())
    assert books.reserve(wanting("b", "y"), LIMITS) is None


def test_accounts_have_budgets_of_their_own(claims: Claims, books: Books) -> None:
    """What one account spends is not counted for another."""
    records = [wanting("a", "x", usd=0.06), wanting("b", "y", account="other", usd=0.06), wanting("c", "z", usd=0.06)]
    for each in records:
        claims.begin(each)
    assert [books.reserve(each, LIMITS) is None for each in records] == [True, True, False]
