"""`reports/usage.html`: the report as one page. Figures in, HTML out; no clock, no files, no network."""

from datetime import date

from tasks import charts, report_words
from tasks.figures import Report
from tasks.pages.page import render_page
from tasks.pages.words import dollars, plain_reason

LANES = ("batch", "immediate")


def render(report: Report) -> bytes:
    """The page as UTF-8 HTML; the same report gives the same bytes."""
    values = {(date.fromisoformat(line.name), line.lane): line.figures.cost_usd for line in report.day_lanes}
    return render_page(
        "report.html",
        report=report,
        chart=charts.columns(values, LANES),
        lanes=LANES,
        words=report_words,
        dollars=dollars,
        plain_reason=plain_reason,
        share=charts.share,
    )
