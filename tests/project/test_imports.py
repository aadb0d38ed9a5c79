"""Who may import whom: the table of docs/architecture.md against the source."""

import ast
import graphlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.emulator_process import ROOT

TABLE = re.findall(
    r"(?m)^\| `([\w/.]+)` \| [^|]+ \| ([^|]+) \|$", (ROOT / "docs" / "architecture.md").read_text("utf-8")
)
MAY_IMPORT = {folder: set(re.findall(r"`([\w/.]+)`", allowed)) for folder, allowed in TABLE}
"""The table of docs/architecture.md: each folder (and module beside the folders) with what it may import."""

PURE = [
    "catalog.lifecycle",
    "inbox.markdown",
    "inbox.notices",
    "money.usage",
    "pictures.lines",
    "providers.failure_class",
    "providers.failures",
    "providers.fireworks.answers",
    "providers.fireworks.body",
    "providers.gemini.job",
    "providers.openai.body",
    "providers.openai.job",
    "providers.openai.responses",
    "providers.protojson",
    "requests.request",
    "requests.takes",
    "runs.deadlines",
    "runs.todo",
    "session.job_view",
    "text.redaction",
    "text.wording",
    "views.pages.card_words",
    "views.pages.channel_page",
    "views.pages.compare_page",
    "views.pages.gallery",
    "views.report.charts",
    "views.report.figures",
    "views.report.words",
]
OUTSIDE = {"os", "time", "socket", "subprocess", "threading", "signal", "urllib", "urllib3", "google", "random"}


def imports(path: Path) -> set[str]:
    """Every module that the file imports when it runs, also inside functions."""
    tree = ast.parse(path.read_text("utf-8"))
    only_types = {id(inside) for node in ast.walk(tree) if _is_for_types(node) for inside in ast.walk(node)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in only_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(path, node)
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    """The module that `from … import` names; ours name each other relatively, so that the tree may have any name."""
    if not node.level:
        assert path.name == "dodo.py" or not str(node.module).startswith("tasks"), f"{path} imports absolutely"
        return str(node.module)
    folder = path.relative_to(ROOT).parts[: -node.level]
    return ".".join([*folder, *([node.module] if node.module else [])])


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


SOURCES = {_name(path): path for path in [*sorted((ROOT / "tasks").rglob("*.py")), ROOT / "dodo.py"]}
EMULATOR = {name for name in SOURCES if f"{name}.".startswith("tasks.emulator.")}
OURS = {name: path for name, path in SOURCES.items() if name not in EMULATOR and path.stem != "__init__"}
USES = {name: imports(path) & OURS.keys() for name, path in OURS.items()}


def _folder(name: str) -> str:
    """Where a module stands in the table: its folder, or itself beside the folders."""
    path = SOURCES[name].relative_to(ROOT)
    return path.as_posix() if len(path.parts) <= 2 else f"{path.parent.as_posix()}/"


ARROWS = {
    (_folder(name), _folder(used)): f"{name} imports {used}"
    for name, all_used in USES.items()
    for used in all_used
    if _folder(name) != _folder(used)
}
"""Every pair of folders of which one imports the other, with one import that shows it."""


def test_there_is_one_network_stack() -> None:
    """One module opens connections to providers, so that proxies, certificates, bounds and redirects are one matter.

    The provider's own client and the form of its HTTP library stand in one module, which hands all on to that one.
    """
    clients = ("google.genai.", "httpx.", "httpx2.", "requests.", "urllib3.", "urllib.request.", "http.client.")
    found = {
        name: {each for each in imports(path) if f"{each}.".startswith(clients)}
        for name, path in SOURCES.items()
        if name not in EMULATOR
    }
    assert found.pop("tasks.providers.gemini.sdk") == {"google.genai", "httpx2"}
    users = {name for name, used in found.items() if used}
    errors_only = {"tasks.inbox.slack_webhook", "tasks.inbox.slack_api"}  # HTTPException, which slack_sdk lets through
    assert users == {"tasks.providers.http", "tasks.providers.connection"} | errors_only


def test_only_the_driver_knows_doit() -> None:
    """What runs the tasks could be another program: doit stands in one folder."""
    found = {
        _folder(name) for name, path in SOURCES.items() if any(f"{each}.".startswith("doit.") for each in imports(path))
    }
    assert found == {"tasks/driver/"}


def test_only_two_modules_import_slacks_client() -> None:
    """One module posts with slack_sdk and one reads with it."""
    found = [
        name for name, path in SOURCES.items() if any(f"{each}.".startswith("slack_sdk.") for each in imports(path))
    ]
    assert found == ["tasks.inbox.slack_api", "tasks.inbox.slack_webhook"]


def test_the_emulator_stands_alone() -> None:
    """The emulator imports nothing of ours but itself, and nothing of ours imports the emulator."""
    for name in sorted(EMULATOR):
        ours = {each for each in imports(SOURCES[name]) if each.startswith("tasks.")}
        assert all(f"{each}.".startswith("tasks.emulator.") for each in ours), name
    for name, path in OURS.items():
        assert not imports(path) & EMULATOR, name


def test_every_folder_has_its_row() -> None:
    """A new folder is put into the table before it is used; one that is gone, or an arrow nobody uses, is taken out."""
    assert MAY_IMPORT.keys() == {_folder(name) for name in OURS}
    allowed = {(folder, other) for folder, others in MAY_IMPORT.items() for other in others}
    assert sorted(allowed - ARROWS.keys()) == []


def test_nothing_is_imported_that_the_table_does_not_allow(record_property: Callable[[str, object], None]) -> None:
    """Who may import whom stands once, in docs/architecture.md."""
    record_property("count", f"{len(ARROWS)} pairs of folders where one imports the other")
    assert [said for (folder, used), said in sorted(ARROWS.items()) if used not in MAY_IMPORT[folder]] == []


def test_no_circle_of_folders() -> None:
    """Folders stand above each other: none imports itself through others."""
    graphlib.TopologicalSorter(MAY_IMPORT).prepare()


def test_few_modules_stand_beside_the_folders() -> None:
    """Whoever looks for something finds the folder first: at most four modules at the root of tasks/."""
    assert len(list((ROOT / "tasks").glob("[a-z]*.py"))) <= 4


def test_every_folder_says_what_it_holds() -> None:
    """A folder's `__init__.py` is a docstring of one or two lines, and no code."""
    for path in sorted((ROOT / "tasks").rglob("__init__.py")):
        tree = ast.parse(path.read_text("utf-8"))
        assert ast.get_docstring(tree), path
        assert len(tree.body) == 1 or "emulator" in path.parts, path


def test_no_circle() -> None:
    """No module imports itself through others."""
    graphlib.TopologicalSorter(USES).prepare()


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_touch_nothing_outside(module: str) -> None:
    """What decides about money and pictures sees no clock, no network, no process and no chance."""
    path = SOURCES[f"tasks.{module}"]
    assert not {name.partition(".")[0] for name in imports(path)} & OUTSIDE
