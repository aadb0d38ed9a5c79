"""What another program put in the place of our files is said as what it is."""

import gzip
import subprocess
from pathlib import Path

import pytest

from tasks.files import foreign, schema

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
CONFLICT = b'{"a": 1,\n<<<<<<< HEAD\n"b": 2\n=======\n"b": 3\n>>>>>>> other\n}\n'


@pytest.mark.parametrize(
    ("raw", "says", "does"),
    [
        (POINTER, ":1: is a Git LFS pointer", "git lfs pull --include="),
        (b"\xef\xbb\xbf" + POINTER, ":1: is a Git LFS pointer", "git lfs pull --include="),
        (CONFLICT, ":2: holds the marks of a merge conflict", "git checkout --ours"),
        (CONFLICT.replace(b"\n", b"\r\n"), ":2: holds the marks of a merge conflict", "--theirs"),
        (CONFLICT[CONFLICT.index(b'"b": 3') :], ":2: holds the marks of a merge conflict", "remove the marks"),
        (b"PK\x03\x04" + bytes(40), "is an Excel workbook (.xlsx)", "CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel workbook (.xls)", "CSV UTF-8"),
        (b"<!DOCTYPE html>\n<html><body>sign in", ":1: is a web page", "export it"),
        (b"{\\rtf1\\ansi}", "rich text", "plain text"),
        (gzip.compress(b"id,prompt", mtime=0), "gzip", "gunzip"),
        (b"\0GITCRYPT\0....", "git-crypt", "git-crypt unlock"),
    ],
)
@pytest.mark.parametrize("name", ["prompts.json", "image_models.yaml", "takes.json", "templates.json"])
def test_another_programs_text_is_named_with_what_mends_it(
    tmp_path: Path, name: str, raw: bytes, says: str, does: str
) -> None:
    """One reader looks, so every file of ours says it: no "expecting value", no "NUL character"."""
    path = tmp_path / name
    path.write_bytes(raw)
    (problem,) = schema.problems(path, "prompts")[1]
    assert says in problem.what and does in problem.do


@pytest.mark.parametrize("raw", [POINTER, CONFLICT, b"PK\x03\x04"])
def test_a_manifest_is_never_to_be_deleted(tmp_path: Path, raw: bytes) -> None:
    """It alone names the jobs that are paid for: a backup, or doit adopt; no side of a conflict is chosen."""
    path = tmp_path / "manifest.json"
    path.write_bytes(raw)
    (problem,) = schema.problems(path, "manifest")[1]
    assert "backup" in problem.do and "doit adopt" in problem.do and "Do not delete it" in problem.do
    assert "checkout" not in problem.do


@pytest.mark.parametrize(
    "raw", [b"{}", "雪、山 <<<<<<< >>>>>>>".encode(), b"a <<<<<<< HEAD", b"<<<<<<<<", b"=======", b""]
)
def test_our_own_text_is_left_alone(raw: bytes) -> None:
    """Signs within a line are what a person wrote."""
    assert foreign.problem(Path("prompts.csv"), raw) is None


def test_the_marks_are_those_that_git_writes(tmp_path: Path) -> None:
    """A real conflict, made by git itself."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    path = tmp_path / "prompts.csv"

    def commit(text: str) -> None:
        path.write_text(f"id,prompt\n1,{text}\n")
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", text], check=True)

    subprocess.run([*git, "init", "-q"], check=True)
    commit("a")
    subprocess.run([*git, "branch", "other"], check=True)
    commit("b")
    subprocess.run([*git, "checkout", "-q", "other"], check=True)
    commit("c")
    subprocess.run([*git, "merge", "-q", "-"], check=False, capture_output=True)
    found = foreign.problem(path, path.read_bytes())
    assert found and found.line == 2 and "merge conflict" in found.message
