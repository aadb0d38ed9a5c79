"""Who may import whom: docs/design.md section 12, computed from the source."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest
from emulator_process import ROOT
from studio import Studio, story

LAYERS = {
    "ground": "all_places bulk charts commands compare_place errors failures faultpoint figures files job lines model "
    "nearest pages pages.told pages.words places png problem protojson redaction takes thumbnail_place verdicts",
    "edges": "address arrival compare_file deposit document doit_cache doit_reporter events fireworks "
    "fireworks_body flux_answers gemini groups http_call json_text local_emulator locks overrides "
    "pages.page picture posted previews progress reply responses review_file schema store table "
    "takes_file terminal yaml_text",
    "meaning": "all_usage budget catalog channel_page compare_page configs deadlines digest gallery glance inbox "
    "job_view journal lifecycle manifest notices open_jobs pace posting presets prompts purse references "
    "report report_page report_words request resultline results settings slack slack_api slack_notes "
    "templates thumbnail_checks thumbnail_prompts usage usage_table validate wanted webhook whose "
    "wishes worklist",
    "session": "accounts announce answered owed parts plan provider rescue run session settle uploads",
    "stages": "adopt cancel channel_index collect compare compare_index fetch gather immediate listen outcome "
    "plan_table rebuild report_table restore retake review review_server sending stages status status_table submit "
    "take_cards",
    "actions": "actions compare_actions doit_tasks inbox_actions job_actions plan_actions report_actions "
    "retake_actions review_actions thumbnail_actions",
    "front": "dodo",
}
"""From the bottom up. A module imports from its own layer or a lower one, never from a higher one."""

PURE = [
    "channel_page",
    "charts",
    "compare_page",
    "deadlines",
    "digest",
    "failures",
    "figures",
    "fireworks_body",
    "flux_answers",
    "gallery",
    "job",
    "job_view",
    "lifecycle",
    "lines",
    "notices",
    "pages.told",
    "pages.words",
    "protojson",
    "redaction",
    "report_words",
    "request",
    "takes",
    "usage",
    "verdicts",
    "worklist",
]
OUTSIDE = {"os", "time", "socket", "subprocess", "threading", "signal", "urllib", "urllib3", "google", "random"}
HEAVY = [
    "google.genai",
    "jsonschema",
    "jsonschema_rs",
    "yaml",
    "PIL",
    "jinja2",
    "rich",
    "urllib3",
    "httpx2",
    "duckdb",
    "slack_sdk",
    "starlette",
    "uvicorn",
    "standardwebhooks",
]


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
            assert node.level == 0, f"{path} imports relatively"
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


SOURCES = {_name(path): path for path in [*sorted((ROOT / "tasks").rglob("*.py")), ROOT / "dodo.py"]}
EMULATOR = {name for name in SOURCES if f"{name}.".startswith("tasks.emulator.")}
OURS = {name: path for name, path in SOURCES.items() if name not in EMULATOR and path.stat().st_size}
USES = {name: imports(path) & OURS.keys() for name, path in OURS.items()}
HEIGHT = {
    name if name == "dodo" else f"tasks.{name}": height
    for height, names in enumerate(LAYERS.values())
    for name in names.split()
}


def test_only_one_module_imports_the_client() -> None:
    """Everything that depends on google.genai and its HTTP library stands in tasks/gemini.py."""
    client = {"google", "google.genai", "httpx2"}
    assert [name for name, path in SOURCES.items() if imports(path) & client] == ["tasks.gemini"]


def test_only_two_modules_import_slacks_client() -> None:
    """One module posts with slack_sdk and one reads with it."""
    found = [
        name for name, path in SOURCES.items() if any(f"{each}.".startswith("slack_sdk.") for each in imports(path))
    ]
    assert found == ["tasks.posting", "tasks.slack_api"]


def test_the_emulator_stands_alone() -> None:
    """The emulator imports nothing of ours but itself, and nothing of ours imports the emulator."""
    for name in sorted(EMULATOR):
        ours = {each for each in imports(SOURCES[name]) if each.startswith("tasks.")}
        assert all(f"{each}.".startswith("tasks.emulator.") for each in ours), name
    for name, path in OURS.items():
        assert not imports(path) & EMULATOR, name


def test_every_module_has_its_layer() -> None:
    """A new module is put into a layer here before it is used; a removed one is taken out."""
    assert sorted(HEIGHT) == sorted(OURS)


def test_nothing_is_imported_from_a_higher_layer() -> None:
    """Dependencies point down: dodo, actions, stages, session, meaning, edges, ground."""
    pairs = [(name, used) for name, all_used in USES.items() for used in sorted(all_used)]
    upward = [f"{name} imports {used}" for name, used in pairs if HEIGHT.get(used, 0) > HEIGHT.get(name, 0)]
    assert upward == []


def test_no_circle() -> None:
    """No module imports itself through others."""
    graphlib.TopologicalSorter(USES).prepare()


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_touch_nothing_outside(module: str) -> None:
    """What decides about money and pictures sees no clock, no network, no process and no chance."""
    path = SOURCES[f"tasks.{module}"]
    assert not {name.partition(".")[0] for name in imports(path)} & OUTSIDE


def _loaded(studio: Studio, command: str, *words: str) -> list[str]:
    """Heavy modules in memory after `doit COMMAND WORDS`, which must end well."""
    program = (
        "import sys; from doit.doit_cmd import DoitMain; "
        "code = DoitMain().run(sys.argv[1:]); "
        f"print('loaded:', *[name for name in {HEAVY} if name in sys.modules]); sys.exit(code)"
    )
    arguments = [command, "-f", str(ROOT / "dodo.py"), "-d", str(studio.folder), *words]
    python = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(python, env=studio.environment(), cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.rpartition("loaded:")[2].split()


def test_listing_tasks_loads_nothing_heavy(studio: Studio) -> None:
    """`doit list` answers without the provider's client, the validator, Pillow and their like."""
    assert _loaded(studio, "list") == []


def test_nothing_to_do_loads_nothing_heavy(studio: Studio) -> None:
    """A finished channel is looked at without them too: that is what makes the second run instant."""
    studio.prompts(story(2))
    studio.visual()
    assert _loaded(studio, "run", "visual", "CH=CH01") == []
