"""All scenarios, the long ones first, so that no worker is left alone with one at the end."""

from . import looking, making, stories
from .scenario import Scenario

ALL: tuple[Scenario, ...] = (*stories.SCENARIOS, *looking.SCENARIOS, *making.SCENARIOS)
