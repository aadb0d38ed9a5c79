"""What came of a command: its table fits 80 columns, what it puts into the inbox can be pasted."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.providers.answer import FailureClass, Status
from tasks.session import outcome
from tasks.session.outcome import Failure
from tasks.session.session import Session
from tests.support import facts
from tests.support.facts import failed
from tests.support.studio import Studio, story


def _table(monkeypatch: pytest.MonkeyPatch, *failures: Failure) -> list[str]:
    out = io.StringIO()
    monkeypatch.setattr(outcome, "console", lambda: Console(file=out, width=80, highlight=False, markup=False))
    outcome.table(list(failures))
    lines = out.getvalue().strip().splitlines()
    assert max(map(cell_len, lines)) <= 80
    return lines


def _failure(run: str, name: str, attempt: int, reason: str) -> Failure:
    line = failed(name, FailureClass.REFUSED, status=Status.BLOCKED, reason=reason, attempt=attempt)
    return Failure(run, f"doit visual CH=CH01 RUN={run[5:]}", name, line, again=False)


def test_what_did_not_come_reads_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line a picture; what it means and what to do below, once for neighbours that say the same; no run for one."""
    same = [_failure("CH01-001", f"000{number}", number, "SAFETY") for number in (1, 2)]
    assert _table(monkeypatch, *same, _failure("CH01-001", "0010", 1, "SPII")) == [
        "Pictures that did not come",
        "0001  1 attempt   SAFETY",
        "  The provider's safety filter refused this prompt",
        "  change the prompt, or RETRY=refused",
        "0002  2 attempts  SAFETY",
        "0010  1 attempt   SPII",
        "  The provider saw personal information in the prompt or the answer",
        "  change the prompt, or RETRY=refused",
    ]


def test_what_the_provider_says_stands_below(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own sentence beside our meaning of its code, within 80 columns."""
    words = "Aspect ratio 16:9 is not supported together with image size 4K for this model."
    failure = _failure("CH01-001", "0001", 1, "400 INVALID_ARGUMENT")
    lines = _table(monkeypatch, replace(failure, line=replace(failure.line, words=words)))
    assert f"the provider says: {words}" in " ".join(line.strip() for line in lines)


def test_runs_are_named_where_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs with a failure each: each line begins with its run; a long reason goes on below and is not cut."""
    long = "INVALID_ARGUMENT: " + "この説明はとても長い" * 9
    lines = _table(monkeypatch, _failure("CH01-001", "0001", 1, "SAFETY"), _failure("CH01-紙", "0001", 1, long))
    assert [line.split()[0] for line in lines if line.startswith("CH01")] == ["CH01-001", "CH01-紙"]
    assert "とても長い" * 9 in "".join(lines).replace("この説明は", "").replace(" ", "")


@pytest.mark.parametrize(
    ("failure", "again", "says"),
    [
        (FailureClass.RETRYABLE, True, "doit visual CH=CH01 RUN=001 sends it again"),
        (FailureClass.REFUSED, False, "or send it once more as it is: doit visual CH=CH01 RUN=001 RETRY=refused"),
        (FailureClass.PERMANENT, False, "change the prompt or the config, then: doit visual CH=CH01 RUN=001; or"),
    ],
)
def test_the_inbox_has_whole_commands(failure: FailureClass, again: bool, says: str) -> None:
    """What stands in the inbox can be pasted tomorrow."""
    held = Failure("CH01-001", "doit visual CH=CH01 RUN=001", "0001", failed(failure=failure, attempt=1), again)
    assert says in outcome._later(held)


def test_rows_rewritten_at_once_are_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of a finished run says something else: how many, where to look, and what buys them; as it was, nothing."""
    studio = Studio(tmp_path / "project", None)
    studio.prompts(texts := story(12))
    paths = Paths(studio.folder).run("CH01", "001")
    paths.images.mkdir()
    said = []
    for words in ("", "、夜"):
        studio.prompts({name: text + words * (name > "0006") for name, text in texts.items()})
        with Session(Paths(studio.folder), Settings()) as session:
            [run] = session.runs.own([paths])
            if not run.history:
                run.add([facts.line(each.prompt_id, each.digest, key=each.key) for each in run.wanted])
                for each in run.wanted:
                    run.images.place(each).write_bytes(b"png")
            outcome.tell(session, [run], "doit visual CH=CH01")
        said.append(capsys.readouterr().out)
    assert "RETRY=changed" not in said[0] and said[1].count("\n") == 3
    assert "CH01-001: 6 pictures were asked for in another way when made" in said[1]
    assert "buy them: doit visual CH=CH01 RUN=001 RETRY=changed" in said[1]
