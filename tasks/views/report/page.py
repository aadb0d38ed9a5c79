"""`reports/usage.html`: the report as one page. Figures in, HTML out; no clock, no files, no network."""

from datetime import date

from ...providers.plain_words import plain_reason
from ...text.wording import dollars
from ..pages.render import render_page
from . import charts, words
from .figures import Report

LANES = ("batch", "immediate")


def render(report: Report) -> bytes:
    """The page as UTF-8 HTML; the same report gives the same bytes."""
    values = {(date.fromisoformat(line.name), line.lane): line.figures.cost_usd for line in report.day_lanes}
    return render_page(
        "report.html",
        report=report,
        chart=charts.columns(values, LANES),
        lanes=LANES,
        words=words,
        dollars=dollars,
        plain_reason=plain_reason,
        share=charts.share,
    )
