"""How often a provider is asked what jobs there are."""

from pathlib import Path

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.project.paths import Paths
from tasks.session.accounts import Accounts
from tests.support import environment
from tests.support.emulator_process import ROOT, EmulatorProcess


def test_jobs_are_listed_once_a_command(
    emulator: EmulatorProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every part of a command asks for them; only who needs the latest word asks the provider again."""
    environment.use(monkeypatch, emulator.env)
    catalog = load_catalog(Paths(ROOT))
    accounts = Accounts(lambda: catalog.providers, tmp_path / "none")
    client = accounts.batch("gemini")
    assert accounts.listing(client) == accounts.listing(client) == []
    assert emulator.ledger()["requests"]["list"] == 1
    accounts.listing(client, fresh=True)
    accounts.listing(client)
    assert emulator.ledger()["requests"]["list"] == 2
