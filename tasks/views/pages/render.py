"""Templates to HTML: one place that loads them, always with escaping on."""

from pathlib import Path

from ...text.wording import short_name

FOLDER = Path(__file__).parent


def render_page(template: str, **facts: object) -> bytes:
    """`template` of this folder filled with `facts`, UTF-8. Every fact is escaped; a missing one is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["short"] = short_name
    # A lone surrogate, which JSON can smuggle in, has no UTF-8 form.
    return environment.get_template(template).render(facts).encode("utf-8", "replace")
