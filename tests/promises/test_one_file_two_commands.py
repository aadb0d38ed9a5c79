"""Files that several commands of one workspace write: whoever writes at the same instant disturbs nobody."""

import subprocess
import sys
from pathlib import Path

from ..support.studio import ROOT

KEEPS_THE_INDEX = """
import sys
from pathlib import Path
from tasks.project.paths import Paths
from tasks.runs import manifest
from tasks.runs.index import Index
from tasks.runs.manifest import Manifest, State
from tests.support import facts

paths, name = Paths(Path(sys.argv[1])), sys.argv[2]
file = paths.workspaces / "video" / "runs" / name / "_gemini_batch" / "manifest.json"
file.parent.mkdir(parents=True)
for turn in range(60):
    manifest.save(file, Manifest(name, (facts.submission(state=State.SUBMITTED, job=f"batches/{turn}"),)))
    index = Index(paths)
    index.look()
    index.save()
"""

TELLS_WHO_IT_IS = """
import sys
from pathlib import Path
from tasks.machines.place import identity, remember_store
from tasks.project.paths import Paths

paths = Paths(Path(sys.argv[1]))
first = identity(paths).id
remember_store(paths, sys.argv[2], "mark")
assert identity(paths).id == first
print(first, len(identity(paths).stores))
"""


def _at_once(program: str, root: Path, names: list[str]) -> list[str]:
    """What each of these processes printed; all are begun before the first is waited for."""
    commands = [[sys.executable, "-c", program, str(root), name] for name in names]
    begun = [subprocess.Popen(each, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for each in commands]
    ended = [process.communicate(timeout=100) for process in begun]
    assert [process.returncode for process in begun] == [0] * len(names), b"\n".join(said for _, said in ended).decode()
    return [out.decode() for out, _ in ended]


def test_commands_that_keep_the_index_at_the_same_instant_all_end_well(tmp_path: Path) -> None:
    """One half-written file for both of them made the second stop after it had sent its pictures."""
    _at_once(KEEPS_THE_INDEX, tmp_path, ["CH01-001", "CH01-002", "CH02-001"])


def test_commands_that_begin_at_the_same_instant_are_one_project(tmp_path: Path) -> None:
    """Two ids of one project would make it a stranger to its own claims in the shared store."""
    said = _at_once(TELLS_WHO_IT_IS, tmp_path, ["s3://one", "s3://two", "s3://three"])
    assert len({line.split()[0] for line in said}) == 1
    assert max(line.split()[1] for line in said) == "3"
