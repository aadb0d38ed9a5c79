"""What is said before anything is sent: how many pictures, with which model, on which lane, and about how much."""

from collections.abc import Sequence
from datetime import date

from ..catalog.choice import Choice
from ..catalog.lifecycle import farewell, licensed
from ..requests.request import Request
from ..runs.run import Run
from ..text.sentences import t
from ..text.wording import dollars


def announcement(run: Run, sending: Sequence[Request], today: date) -> list[str]:
    """One line per model and form, one for every model that is going to end, and one for what is paid for twice.

    today: to count the days left.
    """
    groups: dict[tuple[str, str], list[Request]] = {}
    for request in sending:
        groups.setdefault(_form(request.choice), []).append(request)
    lines = []
    for (model, form), group in groups.items():
        cost = sum(run.estimate(request) for request in group)
        others = _others(run, group[0].choice.model.name)
        lines.append(
            t(
                "{run}: {count:picture}, {model}, {form}, about {cost}{others}",
                run=run.paths.name,
                count=len(group),
                model=model,
                form=form,
                cost=dollars(cost),
                others=others,
            )
        )
    ending = dict.fromkeys(text for request in sending if (text := farewell(request.choice.model, today)))
    lent = dict.fromkeys(text for request in sending if (text := licensed(request.choice.model)))
    return lines + [f"{run.paths.name}: {text}" for text in [*ending, *lent, *_paid_before(run, sending)]]


def _paid_before(run: Run, sending: Sequence[Request]) -> list[str]:
    """That some were paid for before and brought no picture, and what they cost once more."""
    again = [request for request in sending if run.buys_again(request)]
    usd = dollars(sum(run.estimate(request) for request in again))
    words = t(
        "{again:of these pictures was|of these pictures were} paid for before; sent again, that costs about {usd} more",
        again=len(again),
        usd=usd,
    )
    return [words] if again else []


def _form(choice: Choice) -> tuple[str, str]:
    key = f"{choice.slot} = {choice.model.key}" if choice.slot else choice.model.key
    return f"{key} ({choice.model.name})", t("lane {lane}, {form}", lane=choice.lane, form=choice.form)


def _others(run: Run, name: str) -> str:
    others = sorted({str(line.model_name) for line in run.history if line.image and not line.is_yours} - {name})
    return t("; the run has pictures from {models} too", models=", ".join(others)) if others else ""
