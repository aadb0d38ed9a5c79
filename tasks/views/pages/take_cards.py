"""The takes of a prompt for its card in the gallery: every picture of it that lies there, with what it cost."""

from ...runs.results import Line
from ...runs.run import RunWork
from .gallery import Take


def of(work: RunWork, prompt_id: str) -> tuple[Take, ...]:
    """All pictures of a prompt that was made again, the first take first; none when there is only one."""
    if prompt_id not in work.takes:
        return ()
    bought: dict[int, Line] = {}
    for line in work.history:
        number = work.numbers.get(line["digest"])
        if number and line["prompt_id"] == prompt_id and line["status"] == "ok":
            bought.setdefault(number, line)
    found = [take for number in sorted(bought) if (take := _take(work, prompt_id, number, bought[number]))]
    return tuple(found) if len(found) > 1 else ()


def _take(work: RunWork, prompt_id: str, number: int, line: Line) -> Take | None:
    shown = work.shown.get(prompt_id)
    picked = shown is not None and work.numbers.get(shown["digest"]) == number
    path = work.place.at(shown["image"]) if shown and picked else work.take_file(prompt_id, number)
    if not path.is_file():
        return None
    return Take(
        number=number,
        image=work.place.relative(path),
        model_name=line["model_name"],
        slot=line["slot"],
        date=(line["finished_at"] or line["submitted_at"] or "").replace("T", " ").replace("Z", " UTC"),
        cost_usd=line["cost_usd"],
        picked=picked,
    )
