"""Templates to HTML."""

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
