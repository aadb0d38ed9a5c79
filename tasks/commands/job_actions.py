"""What doit runs for jobs that are on their way: status, collect, cancel, adopt, listen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..driver.action import action
from ..project.paths import Places
from ..project.settings import Settings

if TYPE_CHECKING:
    from ..session.session import Session


@action
def status(places: Places, settings: Settings) -> None:
    """Say what is on its way and what is left to do."""
    from ..views.status import as_data, look

    found = look(places, settings)
    if settings.format == "json":
        import orjson

        print(orjson.dumps(as_data(found), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - a program reads it
        return
    from ..views.status_table import show

    show(found)


@action
def collect(places: Places, settings: Settings) -> None:
    """Fetch whatever is finished; with nothing open it ends before anything heavy is loaded."""
    from ..inbox.slack import deliver
    from ..runs.open_jobs import owing

    if not owing(places, settings):
        if settings.channel or settings.job:
            from ..runs.open_jobs import nothing_open

            print(nothing_open(places, settings))  # noqa: T201 - the person named it
        deliver(places)
        return
    from ..stages.bring_home import gather, once

    with _session(places, once(settings)) as session:
        gather(session)


@action
def cancel(places: Places, settings: Settings) -> None:
    """Cancel at the provider, and collect what came of it."""
    from . import cancel as stage

    with _session(places, stage.patient(settings)) as session:
        stage.cancel(session)


@action
def adopt(places: Places, settings: Settings) -> None:
    """Take in jobs that are ours and in no manifest."""
    from ..stages.bring_home import once
    from .adopt import adopt_all

    with _session(places, once(settings)) as session:
        adopt_all(session)


@action
def listen(places: Places, settings: Settings) -> None:
    """Receive webhooks and collect what they name, until stopped."""
    from . import listen as receiver

    receiver.listen(places, receiver.USUAL_PORT if settings.port is None else settings.port)


@contextmanager
def _session(places: Places, settings: Settings) -> "Iterator[Session]":
    """A session whose notes reach the inbox however the command ends."""
    from ..session.session import Session

    session = Session(places, settings)
    try:
        yield session
    finally:
        session.tell_inbox()
        session.close()
