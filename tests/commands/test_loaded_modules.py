"""Commands that have nothing to do load nothing heavy."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support import old_studio
from tests.support.dask_cluster import DaskCluster
from tests.support.emulator_process import ROOT
from tests.support.studio import Studio, story

HEAVY = [
    "google.genai",
    "openai",
    "jsonschema",
    "jsonschema_rs",
    "yaml",
    "PIL",
    "budoux",
    "python_calamine",
    "jinja2",
    "rich",
    "urllib3",
    "httpx2",
    "duckdb",
    "slack_sdk",
    "starlette",
    "uvicorn",
    "standardwebhooks",
    "obstore",
]
SHARED = ["obstore", "tasks.machines.machines", "tasks.machines.claims", "tasks.shared.port", "tasks.shared.objects"]
"""What only those need who share a store with other machines."""

READING = ["tasks.prompts.prompts", "tasks.prompts.templates", "tasks.prompts.table", "tasks.requests.request"]
"""What only those need who read prompts: a fifth of our share of a start."""


def _loaded(studio: Studio, command: str, *words: str, of: Sequence[str] = tuple(HEAVY)) -> list[str]:
    """Which of these modules are in memory after `doit COMMAND WORDS`, which must end well."""
    program = (
        "import sys; from doit.doit_cmd import DoitMain; "
        "code = DoitMain().run(sys.argv[1:]); "
        f"print('loaded:', *[name for name in {list(of)} if name in sys.modules]); sys.exit(code)"
    )
    arguments = [command, "-f", str(ROOT / "dodo.py"), "-d", str(studio.folder), *words]
    python = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(python, env=studio.environment(), cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.rpartition("loaded:")[2].split()


def test_listing_tasks_loads_nothing_heavy(studio: Studio) -> None:
    """`doit list` answers without the provider's client, the validator, Pillow and their like."""
    assert _loaded(studio, "list") == []


def test_files_of_another_program_elsewhere_cost_nothing(studio: Studio) -> None:
    """Neither the config that names them nor a planning table beside makes a finished channel slower."""
    shutil.copy(ROOT / "configs" / "sources.yaml", studio.folder / "configs")
    old_studio.planning(studio.folder / "workspaces", "CH01", [{"動画番号": "1", old_studio.FIRST: "山"}])
    studio.prompts(story(1))
    studio.visual()
    assert _loaded(studio, "run", "visual", "CH=CH01") == []


def test_who_works_alone_loads_nothing_of_the_machines(studio: Studio) -> None:
    """Pictures are made and collected without a module of what several machines share."""
    studio.prompts(story(1))
    assert _loaded(studio, "run", "visual", "CH=CH01", of=SHARED) == []
    assert _loaded(studio, "run", "collect", of=SHARED) == []
    assert studio.billed == 1


def test_nothing_to_do_loads_nothing_heavy(studio: Studio) -> None:
    """A finished channel is looked at without them too: that is what makes the second run instant."""
    studio.prompts(story(2))
    studio.visual()
    assert _loaded(studio, "run", "visual", "CH=CH01", of=HEAVY + READING) == []


def test_what_workers_made_is_decoded_by_them_alone(studio: Studio, tmp_path: Path) -> None:
    """The command in front of workers reads no picture: with as much work as theirs it would be no help."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.job_seconds(60)
    studio.visual("WAIT=0")
    studio.emulator.advance(61)
    shutil.copytree(studio.folder, tmp_path / "alone")
    decoder = ["PIL.JpegImagePlugin"]
    with DaskCluster(tmp_path / "cluster", studio.environment(), 1) as cluster:
        assert _loaded(studio, "run", "collect", f"ENGINE={cluster.address}", of=decoder) == []
    assert _loaded(studio.at(tmp_path / "alone"), "run", "collect", of=decoder) == decoder
    assert len(studio.images()) == 1
