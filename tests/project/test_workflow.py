"""The workflow for GitHub does what .ci/run does, no less and nothing else."""

import re
import tomllib
from typing import Any

import yaml

from tests.support.emulator_process import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "validate.yml"


def steps() -> list[dict[str, Any]]:
    data = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    return data["jobs"]["validate"]["steps"]


def test_it_runs_on_every_push_and_pull_request_and_may_only_read() -> None:
    """YAML 1.1, as PyYAML reads it, takes the key `on` for true."""
    data = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    assert data[True].keys() == {"push", "pull_request"}
    assert data["permissions"] == {"contents": "read"}


def test_it_runs_the_command_of_ci_run() -> None:
    """The last step is the line that .ci/run has under "doit validate"."""
    line = re.search(r'^step "doit validate"; +\$PY (-m doit .*)$', (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert line
    assert steps()[-1]["run"] == f"python {line[1]}"


def test_it_installs_what_make_installs() -> None:
    """The locked versions, each file checked by its hash, as in the Makefile; no place to get them from is named.

    Nothing is resolved (--no-deps): a new release of a locked package must not stop the installation of the old one.
    """
    run = next(step["run"] for step in steps() if "pip" in step.get("run", ""))
    options = "--require-hashes --no-deps -r"
    assert run.endswith(f"{options} requirements.lock")
    makefile = (ROOT / "Makefile").read_text()
    assert f"{options} $(1)" in makefile and "$(call INSTALL,requirements.lock)" in makefile
    assert "index" not in run
    assert "://" not in WORKFLOW.read_text("utf-8")


def test_python_is_the_oldest_that_we_support() -> None:
    """So that a check which is green there is green for everybody."""
    wanted = next(step["with"]["python-version"] for step in steps() if "python" in step.get("uses", ""))
    assert f'requires-python = ">={wanted}"' in (ROOT / "pyproject.toml").read_text()


def test_actions_are_pinned_by_commit() -> None:
    """A tag can be moved to other code; a full hash cannot. The release it is stands behind it."""
    used = re.findall(r"uses: (.*)", WORKFLOW.read_text("utf-8"))
    assert used and all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[0-9.]+", each) for each in used)


def test_the_matrix_has_every_system_and_python_that_is_promised() -> None:
    """Linux, macOS and Windows, from the oldest Python that pyproject.toml allows to the newest it names."""
    data = yaml.safe_load((WORKFLOW.parent / "tests.yml").read_text("utf-8"))
    matrix = data["jobs"]["tests"]["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = [each.rpartition(" ")[2] for each in project["classifiers"] if re.search(r":: 3\.\d+$", each)]
    assert matrix["python"] == named and project["requires-python"] == f">={named[0]}"
    assert data["permissions"] == {"contents": "read"}
    uses = re.findall(r"uses: (\S+)", (WORKFLOW.parent / "tests.yml").read_text("utf-8"))
    assert uses and all(re.search(r"@[0-9a-f]{40}$", each) for each in uses), "a tag can be moved"
