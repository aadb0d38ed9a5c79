"""Whether a provider can be asked at all is known before anything is said, ordered or sent."""

from pathlib import Path

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.project.paths import Paths
from tasks.session.accounts import Accounts
from tasks.text.errors import NoKey

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """Those of the shipped providers, with nothing in the environment but the address of the own server."""
    for provider in (catalog := load_catalog(Paths(ROOT))).providers.values():
        monkeypatch.delenv(provider.key_env, raising=False)
    monkeypatch.setenv("IMAGE_SERVER_URL", "http://127.0.0.1:9/v1")
    return Accounts(lambda: catalog.providers, tmp_path / "emulator")


@pytest.mark.parametrize("name", ["gemini", "fireworks", "openai"])
def test_a_provider_that_bills_needs_its_key(name: str, accounts: Accounts) -> None:
    """Without it the command stops, and says which variable is meant."""
    with pytest.raises(NoKey, match="_API_KEY"):
        accounts.need_key(name)


@pytest.mark.parametrize("name", ["emulator", "own_server"])
def test_what_runs_here_needs_none(name: str, accounts: Accounts) -> None:
    """The offline provider and a server of one's own are asked without a key."""
    accounts.need_key(name)


@pytest.mark.parametrize("key", ["schlüssel", '"abc"', "xy zz"])
def test_a_key_that_no_header_can_carry_is_refused(
    key: str, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is sent; and the key itself is not in the message."""
    monkeypatch.setenv("GEMINI_API_KEY", key)
    with pytest.raises(NoKey) as refused:
        accounts.need_key("gemini")
    assert key not in str(refused.value)
    monkeypatch.setenv("GEMINI_API_KEY", "a-good-key")
    accounts.need_key("gemini")


def test_only_providers_elsewhere_are_asked_by_way_of_a_proxy(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named without its password; what runs here, on whatever machine of one's own, is asked directly."""
    monkeypatch.setenv("IMAGE_SERVER_URL", "https://pictures.example/v1")
    monkeypatch.setenv("https_proxy", "http://me:secret@proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    named = {name: accounts.proxy(name) for name in ("gemini", "fireworks", "openai", "emulator", "own_server")}
    there = "http://proxy.example:3128"
    assert named == {"gemini": there, "fireworks": there, "openai": there, "emulator": "", "own_server": ""}
