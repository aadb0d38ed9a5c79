"""A misspelt field, state or word is an error before anything runs: mypy names it, and no code goes round the types."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator_process import ROOT

WRONG = """
from dataclasses import replace

from tasks.catalog.model import Lane
from tasks.catalog.pricing import Cost, CostBasis
from tasks.lanes.immediate.journal import Answered, Sent
from tasks.pictures.store import Origin, Purchase
from tasks.project.settings import Retry, Settings
from tasks.providers.answer import FailureClass, Status
from tasks.providers.job_status import Counts, JobStatus, ProviderState
from tasks.runs.manifest import State, Submission
from tasks.runs.results import Cause, Peeked, Result, unanswered


def fields(result: Result, submission: Submission, origin: Origin, bought: Purchase, sent: Sent) -> None:
    print(result.stauts)  # wrong: attr-defined
    print(result["status"])  # wrong: index
    print(result.tokens.imgae)  # wrong: attr-defined
    print(submission.sate)  # wrong: attr-defined
    print(submission.counts.succeded if submission.counts else 0)  # wrong: attr-defined
    print(bought.origin.sumbission)  # wrong: attr-defined
    print(bought.cost.base)  # wrong: attr-defined
    print(sent.estimated_usd)  # wrong: attr-defined
    result.status = Status.OK  # wrong: misc
    Origin(kye="k")  # wrong: call-arg
    Counts(totl=1)  # wrong: call-arg
    Cost(us=1.0)  # wrong: call-arg
    Sent("k", att="")  # wrong: call-arg
    Answered("k", lin=result)  # wrong: call-arg
    Result(**vars(origin), stauts=Status.OK)  # wrong: call-arg
    Cost(1.0, "measured")  # wrong: arg-type
    Settings(retry=frozenset({"lost"}))  # wrong: arg-type
    replace(submission, state="submitted")  # wrong: arg-type
    replace(result, lane="batch")  # wrong: arg-type
    replace(result, stauts=Status.OK)  # wrong: call-arg


def members() -> None:
    print(State.SUBMITED)  # wrong: attr-defined
    print(Lane.BACTH)  # wrong: attr-defined
    print(Status.Ok)  # wrong: attr-defined
    print(FailureClass.RETRIABLE)  # wrong: attr-defined
    print(CostBasis.MESURED)  # wrong: attr-defined
    print(ProviderState.SUCCEDED)  # wrong: attr-defined
    print(Cause.MISING)  # wrong: attr-defined
    print(Retry.EXHAUSTET)  # wrong: attr-defined


def equal(result: Result, submission: Submission, status: JobStatus, retry: Retry) -> None:
    print(submission.state == "submitted")  # wrong: comparison-overlap
    print(submission.state != "submitted")  # wrong: comparison-overlap
    print(submission.lane == "batch")  # wrong: comparison-overlap
    print(result.lane == "batch")  # wrong: comparison-overlap
    print(result.status == "ok")  # wrong: comparison-overlap
    print(result.failure == "refused")  # wrong: comparison-overlap
    print(result.cost_basis == "reused")  # wrong: comparison-overlap
    print(result.cause == "missing")  # wrong: comparison-overlap
    print(status.state == "SUCCEEDED")  # wrong: comparison-overlap
    print(submission.provider_state == "SUCCEEDED")  # wrong: comparison-overlap
    print(retry == "lost")  # wrong: comparison-overlap
    print(result.status == State.SUBMITTED)  # wrong: comparison-overlap
    print(submission.counts == {"total": 1})  # wrong: comparison-overlap


def within(result: Result, submission: Submission, status: JobStatus, settings: Settings) -> None:
    print(submission.state in ("submitted", "creating"))  # wrong: comparison-overlap
    print(submission.state not in {"submitted"})  # wrong: comparison-overlap
    print(submission.lane in ("batch",))  # wrong: comparison-overlap
    print(result.status in ("ok", "blocked"))  # wrong: comparison-overlap
    print(result.failure in ["refused"])  # wrong: comparison-overlap
    print(result.cost_basis in {"reused"})  # wrong: comparison-overlap
    print(status.state in frozenset({"SUCCEEDED"}))  # wrong: comparison-overlap
    print(submission.provider_state in ("SUCCEEDED",))  # wrong: comparison-overlap
    print("lost" in settings.retry)  # wrong: comparison-overlap


def matched(result: Result, submission: Submission, status: JobStatus) -> None:
    match submission.state:
        case "submitted":
            print()  # wrong: unreachable
        case State.SUBMITED:  # wrong: attr-defined
            print()
    match submission.lane:
        case "batch":
            print()  # wrong: unreachable
    match result.status:
        case "ok" | "empty":
            print()  # wrong: unreachable
    match result.failure:
        case "refused":
            print()  # wrong: unreachable
    match result.cost_basis:
        case "reused":
            print()  # wrong: unreachable
    match status.state:
        case "SUCCEEDED":
            print()  # wrong: unreachable
        case ProviderState.SUCCEDED:  # wrong: attr-defined
            print()


def right(result: Result, submission: Submission, status: JobStatus, peeked: Peeked, origin: Origin) -> bool:
    match result.status:
        case Status.OK:
            print(unanswered(origin).failure is FailureClass.RETRYABLE, ProviderState("PAUSED"))
        case Status.BLOCKED | Status.EMPTY | Status.ERROR:
            print(result.failure in (FailureClass.REFUSED, None), peeked.status == "ok")
    is_done = submission.state is State.COLLECTED or status.state == ProviderState.SUCCEEDED
    return is_done and replace(result, lane=Lane.BATCH).cost_basis in {CostBasis.NONE}
"""
"""Each line that is wrong says by which rule mypy has to refuse it; the others are right."""


def test_mypy_finds_every_misspelt_field_and_word(tmp_path: Path) -> None:
    """In construction, attributes, `==`, `in` and `match`; and nothing is refused that is right."""
    path = tmp_path / "wrong.py"
    path.write_text(WRONG)
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path / "cache")]
    command = [sys.executable, "-m", "mypy", *settings, "--no-error-summary", str(path)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    found = set(re.findall(r"wrong\.py:(\d+): error: .*\[([\w-]+)\]", said))
    expected = {
        (str(number), line.partition("# wrong: ")[2])
        for number, line in enumerate(WRONG.splitlines(), 1)
        if "# wrong: " in line
    }
    assert len(expected) == 58
    assert expected <= found, said
    assert {line for line, _ in found} == {line for line, _ in expected}, said


TYPED = {"state", "status", "lane", "failure", "cost_basis", "provider_state", "cause"}
FILES = sorted(path for path in (ROOT / "tasks").rglob("*.py") if "emulator" not in path.relative_to(ROOT).parts)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _bare_words(tree: ast.AST) -> Iterator[int]:
    """Lines where an attribute that is typed meets a bare string: compared, contained or matched."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            parts = [inside for side in (node.left, *node.comparators) for inside in _sides(side)]
            if any(_is_typed(part) for part in parts) and any(_is_word(part) for part in parts):
                yield node.lineno
        if isinstance(node, ast.Match) and any(_is_typed(part) for part in _sides(node.subject)):
            words = (inside for case in node.cases for inside in ast.walk(case.pattern))
            yield from (word.lineno for word in words if isinstance(word, ast.MatchValue) and _is_word(word.value))


def _sides(node: ast.expr) -> list[ast.expr]:
    """What is compared: the expression, or the elements of a tuple, list, set or frozenset that is written there."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("frozenset", "set", "tuple"):
        return [inside for each in node.args for inside in _sides(each)]
    return [inside for each in node.elts for inside in _sides(each)] if isinstance(node, COLLECTIONS) else [node]


COLLECTIONS = (ast.Tuple, ast.List, ast.Set)


def _is_typed(node: ast.expr) -> bool:
    """Whether it is such an attribute; the status of a model is a word, as people write it in the configs."""
    if not isinstance(node, ast.Attribute) or node.attr not in TYPED:
        return False
    return (ast.unparse(node.value).rpartition(".")[2], node.attr) != ("model", "status")


def _is_word(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ('a.state == "x"', 1),
        ('"x" != a.b.status', 1),
        ('a.lane in ("x", Y)', 1),
        ('a.lane not in frozenset({"x"})', 1),
        ('(a.run, a.failure) == (b, "x")', 1),
        ('match a.state:\n case "x" | Y: pass', 1),
        ("a.state is State.X", 0),
        ("a.state in (State.X, None)", 0),
        ('a["state"] == "x"', 0),
        ('a.name == "x"', 0),
        ('choice.model.status == "retired"', 0),
        ("match a.state:\n case State.X: pass", 0),
    ],
)
def test_a_bare_word_is_seen(code: str, count: int) -> None:
    """The reader of the next test finds what it looks for, and nothing else."""
    assert len(list(_bare_words(ast.parse(code)))) == count


def test_no_code_compares_a_typed_field_with_a_bare_word() -> None:
    """Such a comparison is always false, also where mypy does not know the type."""
    files = [path for path in FILES if _name(path) != OF_MODELS]
    found = [f"{_name(path)}:{line}" for path in files for line in _bare_words(ast.parse(path.read_text("utf-8")))]
    assert found == []


OF_MODELS = "tasks/catalog/lifecycle.py"
"""Its `status` is that of models alone."""


OWN = {"tasks/runs/glimpse.py", "tasks/runs/results.py"}
"""The only modules that read what is in manifest.json and results.jsonl."""
READS = r"""(?:\.(?:manifest|results)|["'](?:manifest\.json|results\.jsonl)["']\))\.(?:read_\w+\(|open\((?!\)))"""


def test_the_two_files_are_parsed_in_one_place_each() -> None:
    """manifest.json and results.jsonl: whoever else reads their bytes would know their words and miss the types."""
    for reading in ('loads((folder / "manifest.json").read_bytes())', 'run.results.open("rb")'):
        assert re.search(READS, reading)
    sources = {_name(path): path.read_text("utf-8") for path in FILES}
    assert [name for name, text in sources.items() if re.search(READS, text)] == []
    assert {name for name, text in sources.items() if "orjson.loads(" in text} >= OWN
