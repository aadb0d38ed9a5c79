"""`doit collect`: whatever is finished anywhere comes home. Nothing is sent, nothing is waited for.

With nothing open it ends before anything heavy is loaded: the heavy modules are imported inside.
"""

from typing import TYPE_CHECKING

from ..inbox.slack import deliver
from ..project.paths import Paths
from ..project.settings import Settings
from ..runs.open_jobs import nothing_open, owing

if TYPE_CHECKING:
    from ..session.session import Session


def run(paths: Paths, settings: Settings) -> None:
    """Collect every open job of the selection (CH=, RUN=, JOB=; all places without). Stop when a person is needed.

    With nothing open anywhere, nothing is said, read from the provider or written.
    """
    if owing(paths, settings):
        from ..session.session import Session
        from ..stages.bring_home import once

        with Session(paths, once(settings)) as session:
            _gather(session)
        return
    if settings.channel or settings.job:
        print(nothing_open(paths, settings))  # noqa: T201 - the person named it
    deliver(paths)


def _gather(session: "Session") -> None:
    from ..catalog.catalog import models_only
    from ..errors import BadInput
    from ..lanes.batch.poll import Poll
    from ..stages.bring_home import bring_home, opened

    try:
        _ = session.catalog
    except BadInput as error:
        session.catalog = models_only(session.paths)
        session.trouble("configs", error.what, error.do)
    runs = opened(session, owing(session.paths, session.settings))
    bring_home(session, runs, Poll(session, runs, session.settings.job))
