"""The fault campaign: Hypothesis plays many studios; what it played is counted, what broke is told as a sequence."""

import random
import time
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from .machine import TALLY, Studio

STEPS = 14
"""Actions of one sequence, about."""
EXAMPLES = 8
"""Sequences from one seed, so that a failure is soon found again."""


@dataclass
class Outcome:
    """How a campaign went. failures: seed and what Hypothesis says, its sequence last."""

    seconds: float = 0.0
    failures: list[tuple[int, str]] = field(default_factory=list)

    def table(self) -> str:
        """What was played, for people."""
        kinds = sorted((count, name) for name, count in TALLY.items() if name.startswith(("fault ", "doit ")))
        rows = [f"{name:34} {count:6}" for count, name in reversed(kinds)]
        head = f"{TALLY['sequences']} sequences, {TALLY['actions']} actions, {self.seconds:.0f} s"
        return "\n".join([head, *rows, f"{len(self.failures)} failures"])


def once(
    number: int, examples: int = EXAMPLES, steps: int = STEPS, shrink: bool = False, by_the_clock: bool = False
) -> str | None:
    """The sequences of one seed; what broke, or None.

    shrink: look for a shorter sequence, which takes minutes. by_the_clock: signals at some moment too, so that the same
    seed may come out differently.
    """
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    plan = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    machine = seeded(number)(type("Studio", (Studio,), {"by_the_clock": by_the_clock}))
    try:
        run_state_machine_as_test(machine, settings=plan)
    except Exception as error:
        parts = error.exceptions if isinstance(error, ExceptionGroup) else ()
        return "\n".join([*map(str, parts), str(error), *getattr(error, "__notes__", [])])
    return None


def campaign(seeds: int, first: int, minutes: float | None = None) -> Outcome:
    """Seed after seed, until all are played or the time is over; failures are printed as they come."""
    outcome, began = Outcome(), time.monotonic()
    for number in range(first, first + seeds):
        if minutes is not None and time.monotonic() - began > minutes * 60:
            break
        if said := once(number, by_the_clock=True):
            outcome.failures.append((number, said))
            print(f"python -m tests.campaign faults --seed {number} --seeds 1\n{said}\n", flush=True)
    outcome.seconds = time.monotonic() - began
    return outcome


def any_seed() -> int:
    """A first seed that nobody chose."""
    return random.SystemRandom().randrange(1_000_000)
