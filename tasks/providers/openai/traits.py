"""How OpenAI's jobs live."""

from ..port import JobTraits

TRAITS = JobTraits(life_hours=24.0, kept_hours=720.0)  # O-07, O-08
