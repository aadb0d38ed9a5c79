"""docs/provider.md and the places that depend on a provider's behaviour know each other."""

import re

from tests.support.emulator_process import ROOT

PAGE = (ROOT / "docs" / "provider.md").read_text("utf-8")
FACTS = re.findall(r"(?m)^\| ([POS]-\d\d) \| .+ \| (?:seen|documented|reported|assumed)\b.* \|$", PAGE)
SOURCES = [*(ROOT / "tasks").rglob("*.py"), *(ROOT / "configs").glob("*.yaml")]
NAMED = {name for path in SOURCES for name in re.findall(r"\b[POS]-\d\d\b", path.read_text("utf-8"))}


def test_every_fact_that_is_named_stands_on_the_page() -> None:
    """Whoever doubts a line of code finds out how we know, and from whom."""
    assert set(FACTS) >= NAMED


def test_every_fact_on_the_page_is_used() -> None:
    """A fact that nothing depends on is left out; the others lead to the code that a change of theirs breaks."""
    assert set(FACTS) <= NAMED
    assert len(FACTS) == len(set(FACTS)) == len(re.findall("\n\\| [POS]-", PAGE))
