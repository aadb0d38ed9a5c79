"""What doit runs: a command or a stage, whose stops and failures become doit's, here and nowhere else."""

import functools
import importlib
import keyword
import signal
import sys
from collections.abc import Callable

from ..project.paths import Paths
from ..project.settings import Settings
from ..text.sentences import t
from .reporter import STOPPED, NeedsPerson, as_stop, needs_person, say_stopped

Action = Callable[[], NeedsPerson | None]


def command(name: str, paths: Paths, settings: Settings) -> Action:
    """tasks/commands/<name>.py, which is imported when it runs: until then nothing heavy is loaded."""
    module = f"{name}_" if keyword.iskeyword(name) else name

    def work() -> None:
        importlib.import_module(f"..commands.{module}", __package__).run(paths, settings)

    return action(work, paths)


def action(work: Callable[[], None], paths: Paths | None) -> Action:
    """`work` as a doit action: None when done, NeedsPerson when it stopped; a bug keeps its traceback.

    paths: of the project whose configs it reads, when it reads any.
    """

    def run() -> NeedsPerson | None:
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            if paths:
                _say_overrides(paths)
            work()
        except Exception as error:
            if stop := as_stop(error):
                return needs_person(stop)
            raise
        except KeyboardInterrupt:
            say_stopped()
            raise SystemExit(STOPPED) from None
        return None

    return run


@functools.cache
def _say_overrides(paths: Paths) -> None:
    """Once per command; to stderr, so that what a program reads from stdout stays as it is."""
    if not paths.own_configs():
        return
    from ..files.overrides import in_force

    if names := [path.name for path in in_force(paths)]:
        print(t("in force: {names} (in {folder})", names=", ".join(names), folder=paths.models.parent), file=sys.stderr)  # noqa: T201


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
