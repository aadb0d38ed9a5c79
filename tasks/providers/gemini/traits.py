"""How Gemini's jobs live."""

from ..port import JobTraits

TRAITS = JobTraits(life_hours=48.0, kept_hours=48.0)  # P-16, P-17
