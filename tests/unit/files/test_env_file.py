"""`.env`: what it says is taken where the environment says nothing."""

import os
import sys
from pathlib import Path

import pytest

from tasks.files import env_file
from tasks.text import languages
from tasks.text.errors import BadInput


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "of-the-shell")
    for name in ("FIREWORKS_API_KEY", "SLACK_WEBHOOK_URL", "A_KEY"):
        monkeypatch.setenv(name, "")  # so that it is put back afterwards
        monkeypatch.delenv(name)


def _write(folder: Path, text: bytes, mode: int = 0o600) -> None:
    (folder / ".env").write_bytes(text)
    (folder / ".env").chmod(mode)


def test_the_environment_wins(tmp_path: Path) -> None:
    """A key of the shell stays; another is added; a line without a value, as in the example, says nothing."""
    _write(tmp_path, b"# mine\nGEMINI_API_KEY=of-the-file\nexport FIREWORKS_API_KEY='a $b'\nSLACK_WEBHOOK_URL=\n")
    assert env_file.load(tmp_path) == ""
    found = [os.environ.get(name) for name in ("GEMINI_API_KEY", "FIREWORKS_API_KEY", "SLACK_WEBHOOK_URL")]
    assert found == ["of-the-shell", "a $b", None]


def test_no_file_says_nothing(tmp_path: Path) -> None:
    """Most projects export their keys."""
    assert env_file.load(tmp_path) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a file's mode says nothing there")
def test_a_file_that_others_may_read_is_said(tmp_path: Path) -> None:
    """The keys in it work, and the command that closes it stands in the warning; one without keys is harmless."""
    _write(tmp_path, b"A_KEY=1\n", 0o644)
    assert f"chmod 600 {tmp_path / '.env'}" in env_file.load(tmp_path)
    _write(tmp_path, b"A_KEY=\n", 0o644)
    assert env_file.load(tmp_path) == ""


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """With the file's name, and no byte of what may be a key."""
    _write(tmp_path, b"KEY=\xff\xfe\n")
    with pytest.raises(BadInput, match=r"\.env is not UTF-8"):
        env_file.load(tmp_path)


def test_it_may_name_the_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of cron has no locale: the workspace says what its people read, also once something was said."""
    monkeypatch.setenv(languages.VARIABLE, "")
    monkeypatch.delenv(languages.VARIABLE)
    monkeypatch.setenv("LC_ALL", "C")
    languages.catalogue.cache_clear()
    assert languages.tag() == "en"
    _write(tmp_path, b"KAMISHIBAI_LANG=ja\n")
    assert env_file.load(tmp_path) == "" and languages.tag() == "ja"
    monkeypatch.undo()
    languages.catalogue.cache_clear()
