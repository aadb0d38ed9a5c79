"""`doit` without a word: what there is and what is on its way. Reads files; writes nothing, sends nothing."""

from tasks.glance import Glance, glance
from tasks.manifest import Submission
from tasks.places import Places
from tasks.run import hours_between, read_manifest

HINT = "make pictures: doit visual CH=<channel>; check files: doit validate; all commands: doit list"


def tell(places: Places, channel: str | None, now: str) -> None:
    """Print one row a run, then one row for every job that is not collected. now: UTC ISO 8601."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    for name in ("run", "pictures", "failed", "on their way", "job", "state", "age"):
        table.add_column(name, justify="left" if name in ("run", "job", "state") else "right")
    for place in places.runs_of(channel or "ALL"):
        seen = glance(place)
        jobs = [each for each in read_manifest(place).open() if each.state != "intent"]
        for cells in _rows(seen, jobs, now):
            table.add_row(*cells)
    console = Console()
    console = console if console.is_terminal else Console(width=140)
    console.print(table if table.row_count else "no runs with prompts under workspaces/video/runs yet")
    print(HINT)  # noqa: T201 - the person reads it


def _rows(seen: Glance, jobs: list[Submission], now: str) -> list[tuple[str, ...]]:
    first = (seen.run, str(seen.pictures), str(seen.failed), str(sum(len(each.requests) for each in jobs)))
    if not jobs:
        return [(*first, "", "" if not seen.owed else "something to do", "")]
    lines = [(each.job or each.display_name, each.provider_state or each.state, _age(each, now)) for each in jobs]
    return [(*(first if number == 0 else ("",) * 4), *line) for number, line in enumerate(lines)]


def _age(submission: Submission, now: str) -> str:
    minutes = max(0.0, hours_between(submission.submitted_at or submission.intent_at, now) * 60)
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
