"""The page of a channel: what is still to judge."""

from tasks.views.pages.channel_page import RunCard


def test_what_nobody_judged_is_to_judge() -> None:
    """Pictures less those marked OK or NG."""
    assert RunCard("CH01-001", "page.html", pictures=5, good=2, bad=1).to_judge == 2
