"""Providers are chosen by data: nothing outside their own folders and the registry names one."""

import ast
from pathlib import Path

from tasks.providers.registry import APIS, api
from tests.support.emulator_process import ROOT

OWN = {*(f"tasks/providers/{name}" for name in APIS), "tasks/emulator"}
MAY_NAME = {
    "tasks/providers/registry.py": set(APIS),
    # A place in workspaces that other programs read, whoever made the pictures (docs/design.md, section 4).
    "tasks/project/run_paths.py": {"_gemini_batch"},
    "tasks/runs/glimpse.py": {"_gemini_batch"},
    "tasks/runs/index_entry.py": {"_gemini_batch"},
    "tasks/project/paths.py": {"_gemini_batch"},
    # Another program's name for its format of that file.
    "tasks/runs/their_job.py": {"ytm.gemini_batch_images.v1"},
    # A receiver for the webhooks of one provider.
    "tasks/commands/listen.py": {"/gemini", "GEMINI_WEBHOOK_SECRET"},
}


def _names(path: Path) -> set[str]:
    """Providers' names in the code of a module: identifiers, imports, and texts that are no prose."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        for word in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "module", "") or ""):
            found |= {word} if any(name in word.lower() for name in APIS) else set()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value.strip():
            found |= {node.value} if any(name in node.value.lower() for name in APIS) else set()
    return found


def test_nobody_else_names_a_provider() -> None:
    """A new provider needs its folder, its name in the registry and data: nothing else has to learn of it."""
    said = {}
    for path in sorted((ROOT / "tasks").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not any(name.startswith(f"{folder}/") for folder in OWN):
            said[name] = {word for word in _names(path) if not any(each in word for each in MAY_NAME.get(name, ()))}
    assert {name: words for name, words in said.items() if words} == {}


def test_every_provider_has_all_that_the_registry_promises() -> None:
    """A body for its requests, a page for its keys (but for one's own), and a client for at least one lane."""
    for name in APIS:
        found = api(name)
        assert (found.keys_page.startswith("https://") or name == "own_server") and (found.batch or found.immediate)
