"""Which store is shared: one line in a file, or a variable, or none."""

from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.shared.configured import VARIABLE, Shared, configured, opened
from tasks.shared.folder import FolderStore
from tasks.text.errors import BadInput


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "configs").mkdir()
    return Paths(tmp_path)


def test_nobody_shares_unasked(paths: Paths) -> None:
    """Without file and variable nothing is shared."""
    assert configured(paths) is None


def test_the_file_names_store_and_account(paths: Paths) -> None:
    """One line is enough; a folder is meant from the project's root."""
    paths.shared.write_text("url: shared\n")
    assert configured(paths) == Shared(str(paths.root / "shared"))
    paths.shared.write_text("url: s3://bucket/prefix/\naccount: studio\n")
    assert configured(paths) == Shared("s3://bucket/prefix", "studio")


def test_the_variable_goes_before_the_file(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """KAMISHIBAI_STORE names the store of this one shell; the account stays that of the file."""
    paths.shared.write_text("url: shared\naccount: studio\n")
    monkeypatch.setenv(VARIABLE, "/mnt/all")
    assert configured(paths) == Shared("/mnt/all", "studio")


@pytest.mark.parametrize("text", ["path: x\n", "url: ''\n", "url: [\n", "url: x\naccount: My Studio\n"])
def test_a_wrong_file_is_named(paths: Paths, text: str) -> None:
    """A misspelt key, an empty address, broken YAML and a wrong name are refused with the file and its line."""
    paths.shared.write_text(text)
    with pytest.raises(BadInput, match=r"store\.yaml"):
        configured(paths)


def test_another_address_is_refused(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a folder and s3:// are tried; other clouds are said to be none of these."""
    monkeypatch.setenv(VARIABLE, "gs://bucket")
    with pytest.raises(BadInput, match="neither a folder nor"):
        configured(paths)


def test_a_folder_needs_no_library(paths: Paths) -> None:
    """A shared folder is opened without the extra."""
    assert isinstance(opened(Shared(str(paths.root))), FolderStore)
