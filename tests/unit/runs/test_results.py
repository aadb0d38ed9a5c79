"""results.jsonl: one line per request and attempt, whatever happened in between."""

import json
import tracemalloc
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tasks.catalog.model import Lane
from tasks.catalog.pricing import CostBasis
from tasks.files import schema
from tasks.providers.answer import FailureClass, Status, Tokens
from tasks.runs import results
from tasks.runs.glimpse import UNREADABLE
from tasks.runs.results import Cause, Peeked, Result
from tasks.text.errors import BadInput
from tests.support import facts
from tests.support.emulator_process import ROOT


def test_collecting_twice_changes_nothing() -> None:
    """Lines of the same submission and key replace each other in place."""
    first = [facts.line("0001"), facts.line("0002")]
    again = results.merged(first, [facts.line("0002", cost_usd=0.5), facts.line("0003")])
    assert [(line.prompt_id, line.cost_usd) for line in again] == [
        ("0001", 0.0168),
        ("0002", 0.5),
        ("0003", 0.0168),
    ]
    assert results.merged(again, again) == again


def test_what_says_the_same_already_stays_as_it_is() -> None:
    """A line that another version wrote, its keys in another order, is not written anew when it is collected again."""
    record = json.loads(facts.line("0001").to_json())
    line = json.dumps(dict(reversed(record.items()))).encode()
    old = Result.from_json(record, line)
    assert results.encode(results.merged([old], [facts.line("0001")])) == line + b"\n"
    assert (
        results.encode(results.merged([old], [facts.line("0001", cost_usd=0.5)]))
        == facts.line("0001", cost_usd=0.5).to_json()
    )


def test_reused_pictures_add_lines() -> None:
    """A picture from the store is a line of its own, every time."""
    reused = facts.line("0001", submission=None, cost_basis=CostBasis.REUSED)
    assert len(results.merged([facts.line("0001"), reused], [reused])) == 3


def test_the_last_word_and_the_picture_that_lies_there() -> None:
    """A failure after a picture: the failure is the last word, the picture is still the one in images/."""
    lines = [facts.line("0001"), facts.failed("0001", submission="s002")]
    assert results.latest(lines)["0001"].status is Status.ERROR
    assert results.shown(lines)["0001"].status is Status.OK


MAYBE = facts.failed(
    cause=Cause.MAYBE_BILLED, reason="maybe billed: 503", cost_usd=0.0336, cost_basis=CostBasis.ESTIMATED
)
SENT_NOW = facts.line(lane=Lane.IMMEDIATE, job=None, seconds=3.25, seed=7, output_size="1920x1080", note="n")


@pytest.mark.parametrize("result", [facts.line(), facts.failed(), facts.failed(slot=None), MAYBE, SENT_NOW])
def test_written_and_read_back(result: Result) -> None:
    """Each kind of line is the same after the file, which passes its schema; words stand there as people know them."""
    line = result.to_json()
    record = json.loads(line)
    assert schema.find_mistakes(record, "results") == [] and line.endswith(b"}\n") and line.count(b"\n") == 1
    again = Result.from_json(record, line.strip())
    assert again == result and again.to_json() == line
    assert (record["status"], record["lane"]) == (result.status.value, result.lane.value)
    assert record.get("cause") == (result.cause and result.cause.value)
    assert {"seconds", "seed", "cause"} & record.keys() == {
        name for name in ("seconds", "seed", "cause") if getattr(result, name) is not None
    }


def test_a_line_that_nobody_changes_keeps_every_byte(tmp_path: Path) -> None:
    """Spaces, the order of keys, ways to write a number: only a line that is changed is written anew."""
    path = tmp_path / "results.jsonl"
    odd = json.dumps(json.loads(facts.line("0001").to_json()) | {"cost_usd": 1.680e-2, "later": "\u5c71"}, indent=None)
    odd = odd.replace('"cost_usd": 0.0168', '"cost_usd":  1.680E-2')
    reverse = json.dumps(dict(reversed(json.loads(facts.failed("0002").to_json()).items())))
    data = f"{odd}\n{reverse}\n".encode()
    path.write_bytes(data)
    first, second = results.read(path)
    assert results.encode([first, second]) == data
    assert not results.save(path, [first, second]) and path.read_bytes() == data
    results.save(path, [first, replace(second, note="looked at")])
    kept, changed = path.read_bytes().splitlines()
    assert kept == odd.encode() and changed != reverse.encode()
    assert json.loads(changed) == json.loads(reverse) | {"note": "looked at"}


def test_keys_of_a_newer_version_survive(tmp_path: Path) -> None:
    """They are read, kept while the line is changed, and written again."""
    path = tmp_path / "results.jsonl"
    path.write_text(json.dumps(json.loads(facts.line().to_json()) | {"later": {"a": [1, None]}}) + "\n")
    (result,) = results.read(path)
    assert result.more == {"later": {"a": [1, None]}}
    changed = replace(result, reason="seen", cost_usd=1.0)
    assert changed.more == result.more
    results.save(path, [changed])
    assert json.loads(path.read_bytes()) == json.loads(facts.line(reason="seen", cost_usd=1.0).to_json()) | result.more
    assert results.read(path) == [changed]


def test_schema_and_fields_are_the_same() -> None:
    """Every key of the schema is a field and the other way round; so are the words of each list."""
    about = json.loads((ROOT / "schemas" / "results.schema.json").read_text())
    names = {each.name for each in fields(Result)} - {"more", "line"}
    assert about["properties"].keys() == names
    assert set(about["required"]) == names - {
        "seconds",
        "seed",
        "cause",
        "words",
        "output_max_bytes",
        "own_sha256",
        "own_values",
    }
    assert about["properties"]["tokens"]["properties"].keys() == {each.name for each in fields(Tokens)}
    lists = {"lane": Lane, "status": Status, "failure": FailureClass, "cost_basis": CostBasis}
    for name, words in lists.items():
        assert set(about["properties"][name]["enum"]) - {None} == {word.value for word in words}
        assert (None in about["properties"][name]["enum"]) == (name == "failure")
    said = about["properties"]["cause"]["description"]
    assert all(word.value in said for word in Cause)


def test_a_cause_of_a_newer_version_is_kept_and_opens(tmp_path: Path) -> None:
    """A word that this version does not know stops nothing and stays as it is."""
    path = tmp_path / "results.jsonl"
    line = MAYBE.to_json().replace(b"maybe_billed", b"eaten_by_a_fox")
    assert b"fox" in line
    path.write_bytes(line)
    assert results.read(path)[0].to_json() == line


def test_a_wrong_word_is_named_with_its_line(tmp_path: Path) -> None:
    """What is no status at all is refused where it stands."""
    path = tmp_path / "results.jsonl"
    path.write_bytes(facts.line().to_json() + facts.line("0002").to_json().replace(b'"ok"', b'"fine"'))
    with pytest.raises(BadInput, match=r'results.jsonl:2 at /status: found "fine", expected one of ok, blocked'):
        results.read(path)


def test_a_quick_look_sees_the_same(tmp_path: Path) -> None:
    """Whoever peeks finds what the checked reading finds; what cannot be read is the caller's to catch."""
    path = tmp_path / "results.jsonl"
    lines = [facts.line("0001"), facts.failed("0002"), SENT_NOW]
    results.save(path, lines)
    peeked = list(results.peek(path))
    assert [(each.prompt_id, each.is_picture, each.cost_usd) for each in peeked] == [
        (each.prompt_id, each.is_picture, each.cost_usd) for each in lines
    ]
    assert all(
        getattr(peek, name) == getattr(line, name)
        for peek, line in zip(peeked, lines, strict=True)
        for name in Peeked._fields
        if name not in ("status", "failure")
    )
    for spoiled in (b"{\n", b'{"prompt_id": "0001"}\n', b"[]\n", b"null\n", b"null"):
        path.write_bytes(spoiled)
        with pytest.raises(UNREADABLE):
            list(results.peek(path))
    path.write_bytes(b"")
    assert list(results.peek(path)) == []


def test_a_quick_look_at_a_long_file_holds_few_of_its_lines(tmp_path: Path) -> None:
    """Of twenty thousand lines each is seen, and beside the file's bytes hardly anything is in memory at once."""
    path = tmp_path / "results.jsonl"
    path.write_bytes(results.encode(facts.line(f"{number:05}") for number in range(20_000)))
    tracemalloc.start()
    ids = sum(int(line.prompt_id) for line in results.peek(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ids == sum(range(20_000))
    assert peak < 1.5 * path.stat().st_size
