"""What is shown while jobs are waited for."""

import io
import subprocess
import sys

import pytest

from tasks.text.progress import JobRow, Progress, duration, left, plain_line

NOW = "2026-11-23T08:00:00Z"


class Terminal(io.StringIO):
    """Stands for a terminal: says so, and keeps what was written."""

    def isatty(self) -> bool:
        return True


def row(
    run: str = "CH01-251", state: str = "JOB_STATE_RUNNING", done: int = 0, failed: int = 0, age: float = 60
) -> JobRow:
    return JobRow(run, "batches/abc", state, done, failed, 42, age, None)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *(
            (-5, "0 s"),
            (0, "0 s"),
            (45.9, "45 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (4800, "1 h 20 min"),
        ),
        *((86400, "1 d"), (86400 * 2 + 3 * 3600 + 59, "2 d 3 h"), (90 * 60, "1 h 30 min")),
    ],
)
def test_times_read_as_a_person_says_them(seconds: float, text: str) -> None:
    """Two units at most, none of them zero."""
    assert duration(seconds) == text


def test_the_time_left_follows_the_pace_so_far() -> None:
    """A third answered after ten minutes means about twenty more; nothing answered means the usual words."""
    assert left(row(done=12, failed=2, age=600)) == "about 20 min left"
    assert left(row()) == "usually minutes, at most 24 h"
    assert left(row(done=40, failed=2)) == ""
    assert left(JobRow("r", "j", "s", 0, 0, 9, 60, 90.0)) == "about 1 min left"


def test_a_plain_line_says_everything_about_a_job() -> None:
    """Run, state without the provider's prefix, counts, failures, age, time left and job name."""
    line = plain_line(row(done=12, failed=2, age=600))
    assert line == "CH01-251: running, 12 of 42 pictures, 2 failed, 10 min old, about 20 min left (batches/abc)"
    assert plain_line(row(state="BATCH_STATE_PENDING")).startswith("CH01-251: pending, 0 of 42 pictures, 1 min old,")


def test_without_a_terminal_only_changes_are_written() -> None:
    """A log of a night does not hold the same line a thousand times, but does show that the job is still watched."""
    out = io.StringIO()
    with Progress(out, repeat_seconds=600) as progress:
        for age in range(0, 1260, 60):
            progress.update([row(done=0 if age < 900 else 3, age=age)], NOW)
        progress.note("CH01-251: done")
    lines = out.getvalue().splitlines()
    assert [line.split(", ")[1:3] for line in lines[:-1]] == [
        ["0 of 42 pictures", "0 s old"],
        ["0 of 42 pictures", "10 min old"],
        ["3 of 42 pictures", "15 min old"],
    ]
    assert lines[-1] == "CH01-251: done"
    assert "\x1b" not in out.getvalue()


def test_jobs_of_one_run_are_told_apart() -> None:
    """Two jobs that change in turn are written once per change each."""
    out = io.StringIO()
    first, second = JobRow("R", "a", "s", 0, 0, 1, 1, None), JobRow("R", "b", "s", 0, 0, 1, 1, None)
    with Progress(out) as progress:
        progress.update([first, second], NOW)
        progress.update([second, first], NOW)
    assert len(out.getvalue().splitlines()) == 2


@pytest.mark.parametrize(("columns", "lines"), [(120, 40), (80, 24), (40, 5), (1, 1)])
def test_a_terminal_of_any_size_will_do(monkeypatch: pytest.MonkeyPatch, columns: int, lines: int) -> None:
    """The table fits or is cut; it never raises, and notes stay readable above it."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(lines))
    out = Terminal()
    with Progress(out) as progress:
        progress.update([row(f"CH01-第{number}話", done=number) for number in range(30)], NOW)
        progress.note("[CH01] 紙芝居 :smile: " + "long " * 40)
        progress.update([], NOW)
    assert "[CH01] 紙芝居 :smile: " + "long " * 40 in out.getvalue()
    assert "\x1b" in out.getvalue()


def test_a_terminal_shows_run_state_counts_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts of the plain line stand in the table too, and what is open at the end stays as a plain line."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LINES", "24")
    out = Terminal()
    with Progress(out) as progress:
        progress.update([row(done=14, age=600)], NOW)
        table = out.getvalue()
    assert all(fact in table for fact in ("CH01-251", "running", "14 / 42", "10 min", "about 20 min", NOW[11:19]))
    assert out.getvalue().endswith(plain_line(row(done=14, age=600)) + "\n")


def test_the_frame_does_not_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns a job takes as many lines at its start as at its end, and what is said below takes one."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    heights = set()
    for rows in ([row()], [row(done=1, age=6000)], [row(state="PENDING")], [row(done=40, failed=2)]):
        out = Terminal()
        with Progress(out) as progress:
            progress.update(rows, NOW)
            frame = out.getvalue()
        heights.add(frame.count("\n"))
        assert "looked at 08:00:00 UTC; Ctrl-C is safe, the same command goes on" in frame
    assert len(heights) == 1


def test_a_stream_that_knows_no_japanese_is_no_obstacle() -> None:
    """With an ASCII stream a job goes on and the name is shown with question marks."""
    raw = io.BytesIO()
    with Progress(io.TextIOWrapper(raw, encoding="ascii")) as progress:
        progress.update([row("CH01-紙")], NOW)
        assert raw.getvalue().startswith(b"CH01-?: running")


def test_a_closed_pipe_is_no_reason_to_stop() -> None:
    """`doit visual ... | head -1` closes our output; the jobs are still waited for."""
    out = io.StringIO()
    with Progress(out) as progress:
        out.close()
        progress.update([row()], NOW)
        progress.note("on")


def test_rich_is_loaded_only_for_a_terminal() -> None:
    """Importing and using the plain display stays cheap."""
    code = (
        "import sys; from tasks.text.progress import JobRow, Progress\n"
        "with Progress() as p: p.update([JobRow('r', 'j', 's', 0, 0, 1, 1, None)], '')\n"
        "sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
