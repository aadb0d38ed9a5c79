"""docs/configuration.md and its Japanese counterpart say what the schemas say."""

import importlib.util
import re
from types import ModuleType

import pytest

from tasks.driver.command_line import COMMANDS
from tasks.project.settings import VARIABLES
from tests.support.emulator_process import ROOT


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The program behind `make docs`."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / ".ci" / "reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", ["", ".ja"], ids=["en", "ja"])
def test_the_page_is_up_to_date(reference: ModuleType, language: str) -> None:
    """Who changes a schema or a variable runs `make docs`, or this fails."""
    assert reference.PAGES[language].read_text("utf-8") == reference.page(language), "make docs"


def test_every_text_is_translated(reference: ModuleType) -> None:
    """Who adds or changes a text says it in .ci/configuration.ja.json too; what no page says any more is taken out."""
    wanted = reference.texts()
    assert {
        "missing": [text for text in wanted if not reference.OWN.get(text)],
        "left over": [text for text in reference.OWN if text not in wanted],
    } == {"missing": [], "left over": []}


def test_names_in_translations_are_those_of_the_text(reference: ModuleType) -> None:
    """Keys, files, variables and numbers have no other name in Japanese."""
    typed = re.compile(r"[A-Za-z]+(?:_\w+|\.(?:yaml|json|csv))+|[A-Z]+=\d*|\{+\w*\}*|\b\d[\d,]+\b|doit \w+", re.ASCII)
    wrong = {
        text: said
        for text, said in reference.JAPANESE.items()
        if sorted(set(typed.findall(text))) != sorted(set(typed.findall(said)))
    }
    assert wrong == {}


def test_every_key_is_on_the_page(reference: ModuleType) -> None:
    """Keys at every depth are there, those in lists and under names that people choose too."""
    page = reference.page("")
    for key in ("retries_on_429", "per_picture", "output_size", "submission", "references", "prompt_template"):
        assert f"| `{key}` |" in page
    for path in ("providers.<provider>.immediate", "channels.<CH>.image_generation", "prompts[]", "caps"):
        assert f"`{path}`" in page
    assert all(f"| `{name}=` |" in page for name in VARIABLES)
    assert all(f"| `doit {name}` |" in page for name in COMMANDS)


def test_every_key_has_a_meaning(reference: ModuleType) -> None:
    """No row without words for people."""
    rows = [line for line in reference.page("").splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.rstrip("|").rstrip().endswith("|")] == []
