"""Campaigns: the promises of design.md put to the proof by many cases instead of a few chosen ones."""

import sys
from pathlib import Path

if (_tests := str(Path(__file__).parents[1] / "support")) not in sys.path:
    sys.path.insert(0, _tests)  # studio.py and emulator_process.py, as pytest finds them
