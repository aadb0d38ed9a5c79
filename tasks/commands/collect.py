"""`doit collect`: whatever is finished anywhere comes home. Nothing is sent, nothing is waited for.

With nothing open it ends before anything heavy is loaded: the heavy modules are imported inside.
"""

from dataclasses import replace

from ..inbox.delivery import deliver
from ..project.paths import Paths
from ..project.settings import Settings
from ..session.open_jobs import Owing, nothing_open, owing
from ..shared.configured import configured


def run(paths: Paths, settings: Settings) -> None:
    """Collect every open job of the selection (CH=, RUN=, JOB=; all places without). Stop when a person is needed.

    With nothing open anywhere, nothing is said, read from the provider or written.
    """
    owed = owing(paths, settings)
    if owed.places or owed.unreadable or (settings.job is None and configured(paths)):
        _collect(paths, settings, owed)
        return
    if settings.channel or settings.job:
        print(nothing_open(paths, settings))  # noqa: T201 - the person named it
    deliver(paths)


def _collect(paths: Paths, settings: Settings, owed: Owing) -> None:
    from ..catalog.catalog import models_only
    from ..session.session import Session
    from ..stages.bring_home import collect, opened
    from ..text.errors import BadInput, Stop

    with Session(paths, replace(settings, wait=0.0)) as session:
        try:
            _ = session.catalog
        except BadInput as error:
            session.catalog = models_only(paths)
            session.log.trouble("configs", error.what, error.do)
        for each in owed.unreadable:
            session.log.leave_out(each)
        runs = opened(session, owed.places)
        if session.machines and settings.job is None:
            from ..stages.other_machines import take_up  # who works alone never loads it

            try:
                runs += [run for run in take_up(session) if run not in runs]
            except Stop as stop:  # what this project has on its way comes home all the same
                session.log.trouble("store", "{what}", "{do}", what=stop.what, do=stop.do)
        collect(session, runs)
