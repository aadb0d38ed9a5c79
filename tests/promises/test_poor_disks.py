"""Disks that lack a call or have no room, and screens that are gone: what was paid is kept, exit 3 is never said."""

import errno
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.runner import ROOT
from tests.support.studio import Studio, story

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
static int wanted(const char *name) { char *said = getenv(name); return said ? atoi(said) : 0; }
static int ours(int fd) {
  char link[64], path[4096];
  snprintf(link, 64, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, 4095);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, "/workspaces") != 0;
}
int fsync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  struct stat about;
  if (ours(fd) && !fstat(fd, &about)) {
    errno = wanted(S_ISDIR(about.st_mode) ? "SHIM_FOLDER" : "SHIM_FILE");
    if (errno) return -1;
  }
  return real(fd);
}
int flock(int fd, int how) {
  int (*real)(int, int) = dlsym(RTLD_NEXT, "flock");
  if (ours(fd) && (errno = wanted("SHIM_LOCK"))) return -1;
  return real(fd, how);
}
int syncfs(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "syncfs");
  if (ours(fd) && (errno = wanted("SHIM_ALL"))) return -1;
  return real(fd);
}
"""


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that refuses single calls under workspaces/."""
    if sys.platform != "linux" or not (compiler := shutil.which("gcc") or shutil.which("cc")):
        return pytest.skip("needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(SHIM)
    command = [compiler, "-shared", "-fPIC", "-o", str(folder / "shim.so"), str(folder / "shim.c"), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "shim.so"


def _shell(studio: Studio, words: str, before: str = "", after: str = "", **env: str) -> tuple[int, str]:
    """The command as a shell runs it; the status is doit's own, whatever it is piped into."""
    if not (before or after or env):
        done = studio.doit(*words.split())
        return done.returncode, done.stdout + done.stderr
    command = f"{before} {shlex.join(studio.command(*words.split()))} {after}"
    environment = studio.environment(**env)
    done = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_disk_that_flushes_no_folders_works(studio: Studio, shim: Path, number: int) -> None:
    """Folders cannot be flushed on some network disks: pictures are made all the same."""
    studio.prompts(story(2))
    status, said = _shell(studio, "visual CH=CH01", LD_PRELOAD=str(shim), SHIM_FOLDER=str(number), SHIM_ALL="22")
    assert (status, studio.billed, len(studio.images())) == (0, 2, 2), said


@pytest.mark.parametrize(
    ("call", "number", "says"),
    [
        ("SHIM_LOCK", errno.ENOTSUP, "this disk has no locks"),
        ("SHIM_LOCK", errno.ENOLCK, "this disk has no locks"),
        ("SHIM_FOLDER", errno.EIO, "the disk reports an error"),
        ("SHIM_FILE", errno.ENOSPC, "the disk is full"),
    ],
)
def test_a_disk_that_fails_is_said_before_anything_is_bought(
    studio: Studio, shim: Path, call: str, number: int, says: str
) -> None:
    """No locks, no durable file: exit 1 with the path, and nothing bought."""
    studio.prompts(story(1))
    status, said = _shell(studio, "visual CH=CH01", LD_PRELOAD=str(shim), **{call: str(number)})
    assert (status, studio.billed) == (1, 0) and says in said and "\n  -> " in said, said
    assert "workspaces/" in said and "Traceback" not in said, said


@pytest.mark.parametrize("kilobytes", [0, 1, 2, 64])
def test_files_that_cannot_grow(studio: Studio, kilobytes: int) -> None:
    """Wherever the room ends: exit 1, what to do, and afterwards the same command makes the rest, billed once."""
    studio.prompts(story(2))
    status, said = _shell(studio, "visual CH=CH01", f"ulimit -f {kilobytes};")
    assert status == 1 and "\n  -> " in said and "Traceback" not in said, said
    studio.visual()
    assert (studio.billed, len(studio.images())) == (2, 2)


@pytest.mark.parametrize("after", ["| head -1", ">&-", ">&- 2>&-", "2>&1 | true"])
def test_nobody_listens(studio: Studio, after: str) -> None:
    """A pipe that closed and a stream that is closed do not end the work: everything is made, exit 0."""
    studio.prompts(story(2))
    status, said = _shell(studio, "visual CH=CH01", after=after)
    assert (status, studio.billed, len(studio.images())) == (0, 2, 2), said
    assert "Traceback" not in said and "Broken pipe" not in said


def test_a_full_disk_behind_the_output(studio: Studio) -> None:
    """The work is done, and exit 1 tells that what was said is lost: another program may have waited for it."""
    studio.prompts(story(2))
    status, said = _shell(studio, "visual CH=CH01", after="> /dev/full")
    assert (status, studio.billed, len(studio.images())) == (1, 2, 2), said
    assert "what was said here could not be written: No space left on device" in said
    assert _shell(studio, "plan CH=CH01 FORMAT=json", after="> /dev/full")[0] == 1
    assert _shell(studio, "plan CH=CH01", after="| true") == (0, "")


def test_what_turns_wrong_after_something_was_sent(studio: Studio) -> None:
    """A folder takes the place of review.json while pictures are made: exit 1, not 3, and what was paid is there."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(2))
    process = studio.start()
    while not studio.jobs_created:
        time.sleep(0.05)
    (studio.run() / "review.json").mkdir()
    studio.emulator.advance(60)
    said = process.communicate(timeout=60)[0]
    assert (process.returncode, studio.billed, len(studio.images())) == (1, 2, 2), said
    assert "review.json" in said and "everything else is safe on disk" in said and "Traceback" not in said


def test_a_run_that_is_removed_while_it_is_made(studio: Studio) -> None:
    """No traceback and no exit 3; what the job made is in the store or in the run."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(2))
    process = studio.start()
    while not studio.jobs_created:
        time.sleep(0.05)
    time.sleep(0.5)
    shutil.rmtree(studio.run())
    studio.emulator.advance(60)
    said = process.communicate(timeout=60)[0]
    assert process.returncode in (0, 1) and "Traceback" not in said, said
    assert len(list((studio.folder / "workspaces" / ".store").glob("??/*.json"))) == 2


def test_a_project_whose_path_is_no_text(studio: Studio, tmp_path: Path) -> None:
    """Bytes that are no UTF-8 in the path of the project: everything works, and says so as well as it can."""
    if sys.platform != "linux":
        pytest.skip("only Linux has such names")
    studio.prompts(story(2))
    other = studio.at(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xe9")))
    studio.folder.rename(other.folder)
    for words in ("visual CH=CH01", "status", "plan CH=CH01", "validate", "report", "gallery CH=CH01", "collect"):
        status, said = _shell(other, words)
        assert status == 0 and "Traceback" not in said, f"{words}\n{said}"
    assert (other.billed, len(other.images())) == (2, 2)
    assert json.loads(_shell(other, "plan CH=CH01 FORMAT=json")[1])["total"]["missing"] == 0


def test_trees_and_links_without_an_end(studio: Studio) -> None:
    """Folders a thousand deep and links in a circle are not followed for ever by what only looks."""
    studio.prompts(story(1))
    studio.write("workspaces/compare/x/index.html", "")
    runs = studio.run().parent
    (runs / "CH01-002").symlink_to(".")
    (runs / "CH01-003").symlink_to("CH01-003")
    (studio.run() / "references").symlink_to("..")
    deep = [studio.folder / "workspaces" / "d", studio.folder / "workspaces" / "compare" / "x" / "d"]
    for folder in deep:
        _deep(folder, 1200)
    try:
        _only_look(studio)
    finally:
        subprocess.run(["rm", "-rf", *deep], check=True)  # Python's own way does not get that deep


def _only_look(studio: Studio) -> None:
    for words in ("status", "plan", "validate", "report", "gallery"):
        status, said = _shell(studio, f"{words} CH=CH01" if words in ("plan", "gallery") else words)
        assert status == 0 and "Traceback" not in said, f"{words}\n{said}"


def _deep(folder: Path, levels: int) -> None:
    folder.mkdir()
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=descriptor)
        deeper = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    os.close(descriptor)
