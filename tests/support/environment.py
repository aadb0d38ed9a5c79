"""Variables of the environment for as long as a test runs."""

from collections.abc import Mapping

import pytest


def use(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    """Let this process have them too: it asks as a command would that is given them."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
