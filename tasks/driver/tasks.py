"""What the task creators of dodo.py hand to doit: tasks for one command line.

A creator gives its name and its docstring: `task_cancel` is `doit cancel`, and tasks/commands/cancel.py.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ..commands import thumbnails
from ..commands.visual import Stages, visual
from ..text.errors import BadInput
from ..text.sentences import t
from . import database, stage_tasks
from .action import Action, action, command
from .command_line import Typed
from .stage_tasks import Task

Creator = Callable[[], Any]
STAGES = {
    "request": stage_tasks.request,
    "submit": stage_tasks.submit,
    "fetch": stage_tasks.fetch,
    "usage": stage_tasks.usage,
}


class Tasks:
    """The tasks of one command line: of its runs, of its thumbnails, and of commands that are one step."""

    def __init__(self, typed: Typed) -> None:
        database.spare()
        self.typed = typed
        self.visual = visual(typed.paths, typed.settings, typed.runs, typed.passed_over)
        self.thumbnails = thumbnails.thumbnails(typed.paths, typed.settings)

    def command(self, creator: Creator) -> Task:
        """A command that is one step."""
        return {"doc": self._doc(creator), **_step(self._command(creator))}

    def about_channel(self, creator: Creator) -> Task:
        """The same for one that is about the runs of a channel: without CH= it says so."""
        work = self._command(creator) if self.typed.settings.channel else _without_channel(creator)
        return {"doc": self._doc(creator), **_step(work)}

    def _command(self, creator: Creator) -> Action:
        return command(_name(creator), self.typed.paths, self.typed.settings)

    def stage(self, creator: Creator) -> Iterator[Task]:
        """A stage of the runs that were named: `request:CH01`."""
        name = _name(creator)

        def make(channel: str) -> list[Task]:
            if self._is_quiet(self.visual):
                return [stage_tasks.troubles(self.visual)]
            done = stage_tasks.troubles(self.visual, f"{name}:{channel}")
            return [STAGES[name](self.visual, channel, self._doc(creator)), done]

        return self._of_runs(creator, make)

    def gallery(self, creator: Creator) -> Iterator[Task]:
        """The pages of the runs that were named, without what comes before, which may cost money."""
        redraw = action(self.visual.redraw, self.typed.paths)
        return self._of_runs(creator, lambda channel: [{"name": channel, **_step(redraw)}])

    def visual_tasks(self, creator: Creator) -> Iterator[Task]:
        """All stages of the runs that were named, each by its own task, then the pages and the outcome."""
        return self._of_runs(creator, self._visual)

    def _visual(self, channel: str) -> list[Task]:
        if self._is_quiet(self.visual):
            return [stage_tasks.outcome(self.visual)]
        stages, drawn = self.visual, f"gallery-{channel}"
        pages = sorted({str(stages.paths.runs.parent / f"{run.channel}.html") for run in stages.runs})
        gallery = stage_tasks.gallery(stages, drawn, t("results.jsonl -> gallery.html"), also=pages)
        return [gallery, stage_tasks.outcome(stages, f"usage:{channel}", f"visual:{drawn}")]

    def _is_quiet(self, stages: Stages) -> bool:
        """Whether nothing is left but to say that nothing is: doit need not be told of ten thousand files."""
        return not self.typed.asks_of_doit and stages.nothing_new

    def _of_runs(self, creator: Creator, make: Callable[[str], list[Task]]) -> Iterator[Task]:
        yield self._group(creator)
        if not self.typed.needs("visual", *STAGES, "gallery"):
            return
        if self.typed.runs:
            yield from make(str(self.typed.settings.channel))
        elif self.typed.passed_over:
            yield {"name": self.typed.settings.channel, **_step(action(self.visual.say_passed_over, None))}
        else:
            yield {"name": "channel", **_step(_without_channel(creator))}

    def thumbnail_tasks(self, creator: Creator, submit: Creator, usage: Creator) -> Iterator[Task]:
        """The stages of thumbnails, or what is done in place of them. submit, usage: say what these stages do."""
        yield self._group(creator)
        if not self.typed.needs("thumbnails"):
            return
        if name := thumbnails.instead(self.thumbnails):
            yield {"name": name, **_step(self._command(creator))}
            return
        if self._is_quiet(self.thumbnails):
            yield stage_tasks.outcome(self.thumbnails)
            return
        stages, templates = self.thumbnails, self.typed.paths.templates
        yield stage_tasks.request(stages, "request", t("subjects, templates.json -> batch_request.jsonl"), templates)
        yield stage_tasks.submit(stages, "submit", self._doc(submit))
        yield stage_tasks.fetch(stages, "fetch", t("jobs -> thumbnails/assets/, results.jsonl"))
        yield stage_tasks.usage(stages, "usage", self._doc(usage))
        gallery = stage_tasks.gallery(
            stages, "gallery", t("results.jsonl -> gallery.html, texts onto copies"), templates
        )
        yield gallery | {"uptodate": [*gallery["uptodate"], lambda: stages.texts_are_drawn()]}
        yield stage_tasks.outcome(stages, "thumbnails:usage", "thumbnails:gallery")

    def _group(self, creator: Creator) -> Task:
        return {"name": None, "doc": self._doc(creator)}

    def _doc(self, creator: Creator) -> str:
        """What `doit list` says: doit shows the first line."""
        import inspect

        return t(inspect.cleandoc(str(creator.__doc__)))


def _name(creator: Creator) -> str:
    return creator.__name__.removeprefix("task_")


def _step(work: Action) -> Task:
    """What is done whenever it is asked for."""
    return {"actions": [work], "uptodate": [False]}


def _without_channel(creator: Creator) -> Action:
    def refuse() -> None:
        name = _name(creator)
        raise BadInput(
            "doit {name} is about the runs of a channel, and none is named",
            "doit {name} CH=CH01 (CH=ALL for every channel)",
            name=name,
        )

    return action(refuse, None)
