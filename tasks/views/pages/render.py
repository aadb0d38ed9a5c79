"""Templates to HTML: one place that loads them, always with escaping on."""

import io
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...text import languages
from ...text.sentences import t
from ...text.wording import short_name

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
_SAID_BY_SCRIPT = re.compile(r'\bt\(("(?:[^"\\]|\\.)*")')
_AT_ONCE = 500
"""Pieces of a page, a few bytes each, that are joined before they are encoded."""
_KANA = re.compile("[ぁ-ヿ]")


def render_page(template: str, **facts: object) -> bytes:
    """`template` of this folder filled with `facts`, UTF-8. Every fact is escaped; a missing one is an error.

    A page of 5,000 pictures is 10 MB: it is held once, as bytes, and never as a text, which takes two bytes a letter.
    """
    said = {"language": languages.tag(), "translations": translations()}
    stream, page = environment().get_template(template).stream(facts | said), io.BytesIO()
    stream.enable_buffering(_AT_ONCE)
    stream.dump(page, "utf-8", "replace")  # a lone surrogate, which JSON can smuggle in, has no UTF-8 form
    return page.getvalue()


@cache
def environment() -> "Environment":
    """The templates of this folder; each is read and compiled once, however many pages are made of it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["short"] = short_name
    found.filters["tongue"] = tongue
    found.globals["t"] = _told
    return found


def _told(template: str, **fields: object) -> str:
    """A sentence of a template, which may hold tags of its own; every field is escaped but for markup of ours."""
    from markupsafe import Markup, escape

    safe = {name: escape(value) if isinstance(value, str) else value for name, value in fields.items()}
    return Markup(t(template, **safe))  # noqa: S704 - the template is ours, its fields are escaped


def translations() -> dict[str, str]:
    """What the scripts say, in the language of the page: they ask by the English words; none of English."""
    if languages.catalogue() is None:
        return {}
    scripts = (file.read_text("utf-8") for file in sorted(FOLDER.glob("*.js")))
    said = {json.loads(literal) for script in scripts for literal in _SAID_BY_SCRIPT.findall(script)}
    return {template: str(t(template)) for template in sorted(said)}


def tongue(text: str) -> str:
    """The language attribute of a text that somebody wrote: Japanese where it has kana; "" where nothing tells."""
    from markupsafe import Markup

    return Markup(' lang="ja"') if _KANA.search(text) else ""
