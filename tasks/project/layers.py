"""Where a config lies: the base that is shipped, and one's own file over it."""

import os
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parents[1]
INSTALLED = (PACKAGE / "dodo.py").is_file()
"""Whether this is the tool as people install it, with `kamishibai` on the path, and not the tree of a clone."""
SHIPPED = PACKAGE / "configs"
"""The base configs where the tool is installed. A clone has none there: its base is its own configs/."""
_TWO_LAYERS = frozenset(
    {"image_models.yaml", "image_model_slots.yaml", "budget.yaml", "sources.yaml", "channel_presets.json"}
)


class Layers(NamedTuple):
    """The two files that are read as one config. own: only what differs; None for a file that has no base.

    beside: a second file of one's own that a clone left behind; it must say nothing.
    """

    base: Path
    own: Path | None
    beside: Path | None = None


def layers(config: Path) -> Layers:
    """The files of the config at `configs/<name>` of a project.

    In a clone `<name>` is the base, and git ignores `<name>.local.<ending>`, which is one's own. Where the tool is
    installed the base lies in it, and `<name>` is one's own; so is the local file of a clone that was brought along.
    Presets have no base outside the project.
    """
    if config.name not in _TWO_LAYERS:
        return Layers(config, None)
    local = config.with_suffix(f".local{config.suffix}")
    if config.suffix != ".yaml" or not SHIPPED.is_dir():
        return Layers(config, local)
    base = SHIPPED / config.name
    return Layers(base, local, config) if os.path.lexists(local) else Layers(base, config)
