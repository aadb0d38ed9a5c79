"""The takes of a prompt for its card in the gallery: every picture of it that lies there, with what it cost."""

from ...runs.results import Result
from ...runs.run import Run
from ...text import clock
from .gallery import TakeCard


def of(run: Run, prompt_id: str) -> tuple[TakeCard, ...]:
    """All pictures of a prompt that was made again, the first take first; none when there is only one."""
    if prompt_id not in run.takes:
        return ()
    bought: dict[int, Result] = {}
    for line in run.history:
        number = run.numbers.get(line.digest)
        if number and line.prompt_id == prompt_id and line.is_picture:
            bought.setdefault(number, line)
    found = [take for number in sorted(bought) if (take := _take(run, prompt_id, number, bought[number]))]
    return tuple(found) if len(found) > 1 else ()


def _take(run: Run, prompt_id: str, number: int, line: Result) -> TakeCard | None:
    shown = run.lines.shown.get(prompt_id)
    picked = shown is not None and run.numbers.get(shown.digest) == number
    path = run.paths.at(shown.picture) if shown and picked else run.images.take_file(prompt_id, number)
    if not path.is_file():
        return None
    return TakeCard(
        number=number,
        image=run.paths.relative(path),
        model_name=line.model_name,
        slot=line.slot,
        date=clock.second(line.finished_at or line.submitted_at or ""),
        cost_usd=line.cost_usd,
        picked=picked,
    )
