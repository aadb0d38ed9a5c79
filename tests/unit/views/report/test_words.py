"""What the report says it cannot know."""

from dataclasses import replace
from datetime import date

from tasks.views.report import words
from tasks.views.report.figures import Figures, Report, Scope


def test_a_report_says_what_it_cannot_know() -> None:
    """Requests without a comparable price, placeholders, rows without a date: named where there are any."""
    odd = Figures(requests=4, kept=3, placeholders=1, unsaid=2, unsaid_usd=0.5)
    assert "for 2 requests ($0.50) that cannot be said" in words.saved(odd)
    assert words.placeholders(odd).startswith("1 of 3 pictures are placeholders")
    none = Figures()
    assert (words.saved(none), words.placeholders(none)) == ("", "")
    groups = dict.fromkeys(
        ["models", "model_lanes", "lanes", "channels", "days", "day_lanes", "months", "bases", "reasons"], tuple[()]()
    )
    whole = Report(Scope(), "", 1, 3, odd, **groups)
    assert words.undated(whole) == "3 rows have no date: counted, but on no day"
    period = replace(whole, selection=Scope(since=date(2026, 11, 1)))
    assert words.undated(period) == "3 rows have no date: left out"
    assert words.undated(replace(whole, undated=0)) == "" and words.headline(whole) == "no requests"
