"""Templates to HTML."""

import re
import tracemalloc

import pytest
from jinja2 import Environment

from tasks.views.pages import render


def test_a_template_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pages are made of it: thirty galleries take no longer for their templates than one."""
    compiled: list[str] = []
    compile_ = Environment.compile
    monkeypatch.setattr(Environment, "compile", lambda self, *args: compiled.append(args[1]) or compile_(self, *args))
    render.environment.cache_clear()
    for _ in range(2):
        render.environment().get_template("gallery.html")
    assert len(compiled) == len(set(compiled)) > 0


def test_a_large_page_is_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a page of Japanese text is made, no more lies in memory than its bytes as they grow."""
    monkeypatch.setitem(
        render.environment().globals, "texts", [f"雪の山道を登る{number}" * 20 for number in range(20_000)]
    )
    page = render.environment().from_string("{% for text in texts %}<p>{{ text }}</p>{% endfor %}")
    monkeypatch.setattr(Environment, "get_template", lambda *_: page)
    tracemalloc.start()
    made = render.render_page("gallery.html")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(re.findall(b"<p>", made)) == 20_000
    assert peak < 1.5 * len(made)
