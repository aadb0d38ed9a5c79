"""Where a provider is reached: what is an address, and whereto a key may travel."""

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.project.paths import Paths
from tasks.providers.address import base_url, is_loopback, is_safe, origin
from tasks.text.errors import BadInput, NoAddress
from tests.support.emulator_process import ROOT

PROVIDERS = load_catalog(Paths(ROOT)).providers
OWN, OPENAI = PROVIDERS["own_server"], PROVIDERS["openai"]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OWN.base_url_env, raising=False)
    monkeypatch.delenv(OPENAI.base_url_env, raising=False)


def test_plain_http_is_for_ones_own_server_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever that one stands; a key of any other provider travels over https, or within this machine."""
    monkeypatch.setenv(OWN.base_url_env, "http://192.0.2.1:1234/v1")
    assert base_url(OWN) == "http://192.0.2.1:1234/v1"
    monkeypatch.setenv(OPENAI.base_url_env, "http://192.0.2.1/v1")
    with pytest.raises(BadInput, match="keys travel only over https"):
        base_url(OPENAI)
    monkeypatch.setenv(OPENAI.base_url_env, "https://192.0.2.1/v1")
    assert base_url(OPENAI) == "https://192.0.2.1/v1"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://gpu/v1",
        "gpu:1234",
        "http://me:hidden@gpu/v1",
        "http://",
        "http://gpu:x/v1",
        "http://gpu:0/v1",
        "http://gpu/?a=1",
        "http://[broken",
    ],
)
def test_what_is_no_address_of_a_server_is_said(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """With its variable and without a password that may stand in it."""
    monkeypatch.setenv(OWN.base_url_env, url)
    with pytest.raises(BadInput, match=f"{OWN.base_url_env}=.* is no address of a server") as wrong:
        base_url(OWN)
    assert "hidden" not in str(wrong.value)


def test_a_variable_that_is_not_set_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider is at its own address then; where a server of one's own stands, only its owner can say."""
    for value in (None, " "):
        if value is not None:
            monkeypatch.setenv(OWN.base_url_env, value)
            monkeypatch.setenv(OPENAI.base_url_env, value)
        assert base_url(OPENAI) == OPENAI.base_url
        with pytest.raises(NoAddress):
            base_url(OWN)


@pytest.mark.parametrize(
    ("url", "is_here", "safe"),
    [
        ("http://localhost:1/", True, True),
        ("http://127.0.0.2/", True, True),
        ("http://[::1]/", True, True),
        ("https://127.0.0.1/", True, True),
        ("https://example.com/", False, True),
        ("http://example.com/", False, False),
        ("http://localhost.example.com/", False, False),
        ("ftp://127.0.0.1/", True, False),
        ("https://", False, False),
        ("", False, False),
    ],
)
def test_a_key_travels_over_https_or_within_this_machine(url: str, is_here: bool, safe: bool) -> None:
    """What is this machine is told by the address alone: no name is looked up."""
    assert (is_loopback(url), is_safe(url)) == (is_here, safe)
    assert not is_safe("https://[broken")


def test_pictures_of_this_machine_are_no_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an emulator paints has another origin than what is bought; a server of one's own is real wherever it is."""
    assert (origin(OPENAI), origin(OWN)) == ("", "")
    monkeypatch.setenv(OPENAI.base_url_env, "http://127.0.0.1:1/v1")
    monkeypatch.setenv(OWN.base_url_env, "http://127.0.0.1:1/v1")
    assert (origin(OPENAI), origin(OWN)) == ("loopback", "")
