"""What doit runs for looking at pictures."""

from ..driver.action import action
from ..project.paths import Paths
from ..project.settings import Settings


@action
def review(paths: Paths, settings: Settings) -> None:
    """Serve galleries and comparisons on this machine and save verdicts, until it is stopped."""
    from . import review as review_server

    page = review_server.start_page(paths, settings.channel, settings.run, settings.name)
    review_server.serve(paths, review_server.USUAL_PORT if settings.port is None else settings.port, page)
