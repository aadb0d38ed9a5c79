"""What doit runs for looking at pictures."""

from tasks.actions import action
from tasks.places import Places
from tasks.settings import Settings


@action
def review(places: Places, settings: Settings) -> None:
    """Serve galleries and comparisons on this machine and save verdicts, until it is stopped."""
    from tasks import review_server

    page = review_server.start_page(places, settings.channel, settings.run, settings.name)
    review_server.serve(places, review_server.USUAL_PORT if settings.port is None else settings.port, page)
