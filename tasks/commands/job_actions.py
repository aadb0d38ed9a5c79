"""What doit runs for jobs that are on their way: status, collect, cancel, adopt, listen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..driver.action import action
from ..project.paths import Paths
from ..project.settings import Settings

if TYPE_CHECKING:
    from ..session.session import Session


@action
def status(paths: Paths, settings: Settings) -> None:
    """Say what is on its way and what is left to do."""
    from ..views.status import as_data, look

    found = look(paths, settings)
    if settings.format == "json":
        import orjson

        print(orjson.dumps(as_data(found), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - a program reads it
        return
    from ..views.status_table import show

    show(found)


@action
def collect(paths: Paths, settings: Settings) -> None:
    """Fetch whatever is finished; with nothing open it ends before anything heavy is loaded."""
    from ..inbox.slack import deliver
    from ..runs.open_jobs import owing

    if not owing(paths, settings):
        if settings.channel or settings.job:
            from ..runs.open_jobs import nothing_open

            print(nothing_open(paths, settings))  # noqa: T201 - the person named it
        deliver(paths)
        return
    from ..stages.bring_home import gather, once

    with _session(paths, once(settings)) as session:
        gather(session)


@action
def cancel(paths: Paths, settings: Settings) -> None:
    """Cancel at the provider, and collect what came of it."""
    from . import cancel as stage

    with _session(paths, stage.patient(settings)) as session:
        stage.cancel(session)


@action
def adopt(paths: Paths, settings: Settings) -> None:
    """Take in jobs that are ours and in no manifest."""
    from ..stages.bring_home import once
    from .adopt import adopt_all

    with _session(paths, once(settings)) as session:
        adopt_all(session)


@action
def listen(paths: Paths, settings: Settings) -> None:
    """Receive webhooks and collect what they name, until stopped."""
    from . import listen as receiver

    receiver.listen(paths, receiver.USUAL_PORT if settings.port is None else settings.port)


@contextmanager
def _session(paths: Paths, settings: Settings) -> "Iterator[Session]":
    """A session whose notes reach the inbox however the command ends."""
    from ..session.session import Session

    session = Session(paths, settings)
    try:
        yield session
    finally:
        session.tell_inbox()
        session.close()
