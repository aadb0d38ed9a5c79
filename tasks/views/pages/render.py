"""Templates to HTML: one place that loads them, always with escaping on."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...text.wording import short_name

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent


def render_page(template: str, **facts: object) -> bytes:
    """`template` of this folder filled with `facts`, UTF-8. Every fact is escaped; a missing one is an error."""
    # A lone surrogate, which JSON can smuggle in, has no UTF-8 form.
    return environment().get_template(template).render(facts).encode("utf-8", "replace")


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
    return found
