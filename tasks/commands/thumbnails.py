"""`doit thumbnails`: the stages of every other picture, or, without CH=, what they would send.

Heavy modules are imported inside: dodo.py needs the stages of every command line.
"""

from typing import TYPE_CHECKING

from ..files import regular
from ..inbox.delivery import deliver
from ..project import thumbnail_paths
from ..project.paths import Paths
from ..project.settings import KEPT, Settings
from ..project.suggest import same_name
from ..runs.manifest import Kept
from ..runs.summary import Summary, all_there, newest
from ..text.errors import BadInput
from ..text.sentences import later, t
from .visual import Stages

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ..runs.run import Run
    from ..views.plan import PlanRow

KIND = later("{count:channel's thumbnails|channels' thumbnails}")
MOST_NAMED = 8


class Thumbnails(Stages):
    """The stages for thumbnails. RUN= narrows what is sent to one episode."""

    def settled(self) -> bool:
        """As for runs; an episode that is named has to be looked for."""
        return self.settings.run is None and super().settled()

    def _decided_at(self) -> float:
        """A font that came into the workspace decides too."""
        return max(super()._decided_at(), newest([self.paths.workspaces / "fonts"]))

    def texts_are_drawn(self) -> bool:
        """For doit's up-to-date check: no copy with texts was taken away. Without texts nothing more is read."""
        try:
            if b'"texts"' not in regular.read(self.paths.templates):
                return True
            from ..catalog.catalog import load_catalog
            from ..stages.lettering import all_drawn

            return all_drawn(load_catalog(self.paths), thumbnail_paths.selection(self.paths, self.settings.channel))
        except (OSError, BadInput):
            return False  # the stage says it

    def ids(self, runs: "list[Run]") -> "Collection[str] | None":
        """Those of the episode that RUN= names. Raises BadInput when there is no such episode."""
        if self.settings.run is None:
            return None
        names = [request.prompt_id for run in runs for request in run.wanted]
        episodes = list(dict.fromkeys(name.partition("-")[0] for name in names))
        meant = same_name(self.settings.run, episodes)
        if ids := {name for name in names if name.partition("-")[0] == meant}:
            return ids
        shown = ", ".join(episodes[-MOST_NAMED:]) + (t(" and others") if len(episodes) > MOST_NAMED else "")
        do = (
            t("name one that is there with RUN=, for example {shown}", shown=shown) if episodes else t("write it there")
        )
        raise BadInput(
            "{run}: there is no episode {run_2} in {prompt_files}",
            do,
            run=runs[0].paths.name,
            run_2=self.settings.run,
            prompt_files=runs[0].paths.prompt_files()[0],
        )


def thumbnails(paths: Paths, settings: Settings) -> Thumbnails:
    """The stages of `doit thumbnails`: every channel, or CH=; RUN= narrows what is sent to one episode."""
    found, waiting = thumbnail_paths.sort(paths, settings.channel)
    lines = thumbnail_paths.waiting_lines(waiting)
    command = t("doit thumbnails") + settings.as_typed("CH", "RUN", *KEPT)
    return Thumbnails(paths, settings, found, KIND, command, lines)


def instead(stages: Thumbnails) -> str:
    """What `run` does where the stages are not for it: the name that doit knows it by; "" for the stages."""
    if not stages.runs:
        return "request"
    if stages.settings.text:  # who asks for the texts wants to read them before anything is sent
        return "offer"
    if stages.settings.ids or stages.settings.pick or stages.settings.order:
        return "retake"
    return "" if stages.settings.channel else "offer"


def run(paths: Paths, settings: Settings) -> None:
    """What is done without the stages: say that there are no subjects, make some again, or offer what would be sent."""
    stages = thumbnails(paths, settings)
    if not stages.runs and not settings.text:
        if not stages.passed_over:
            raise _no_subjects(paths, settings.channel)
        stages.say_passed_over()
        return
    if (settings.ids or settings.pick or settings.order) and not settings.text:
        _retake(stages)
    else:
        _offer(stages)


def _no_subjects(paths: Paths, channel: str | None) -> BadInput:
    folder = paths.thumbnails / (channel if channel and channel != "ALL" else "<CH>")
    return BadInput(
        "no subjects of thumbnails: nothing at {folder}/prompts.json (.csv, .tsv, .xlsx, .txt)",
        "write them there, and how they are asked for into {templates}",
        folder=folder,
        templates=paths.templates,
    )


def _retake(stages: Thumbnails) -> None:
    """Thumbnails of one channel are made again, named by IDS=251-bold."""
    from .retake import make_again

    settings = stages.settings
    if settings.channel is None or len(stages.runs) != 1 or not (settings.ids or settings.order) or settings.run:
        raise BadInput(
            "thumbnails are made again one channel at a time, by their names",
            "doit thumbnails CH=CH01 IDS=251-bold (IDS=NG: all that are marked NG), without RUN=",
        )
    make_again(stages.paths, settings, stages.runs[0])


def _offer(stages: Thumbnails) -> None:
    """Without CH= nothing is sent: say what would be, for how much, and the command that does it. Writes nothing.

    TEXT=1 shows the texts first, also of a channel that is named.
    """
    from datetime import UTC, datetime

    from ..text.errors import Stop
    from ..views.plan import planned
    from ..views.plan_table import show, show_texts

    stages.say_passed_over()
    runs = [
        *stages.runs,
        *(thumbnail_paths.waiting(stages.paths, stages.settings.channel) if stages.settings.text else ()),
    ]
    if not runs:
        raise _no_subjects(stages.paths, stages.settings.channel)
    made = planned(stages.paths, stages.settings, runs, datetime.now(UTC).date())
    rows, read = made.rows, [paths for paths in runs if paths.name not in made.left_out.why]
    if not any(row.missing or row.paid or row.waiting or row.held for row in rows):
        print(all_there([_summary(paths.name, rows) for paths in read], KIND))  # noqa: T201 - the person reads it
        deliver(stages.paths)
        made.conclude()
        return
    show_texts(made.texts or [])
    show(rows)
    made.say()
    if stages.settings.text:
        return
    todo = list(dict.fromkeys(row.run.partition("-")[0] for row in rows if row.missing or row.paid or row.held))
    if todo:
        raise Stop("no channel is named, so nothing was sent", _commands(todo, stages.settings))


def _summary(name: str, rows: "Sequence[PlanRow]") -> Summary:
    own = [row for row in rows if row.run == name]
    kept = Kept(sum(row.changed for row in own), sum(row.changed_usd for row in own))
    return Summary(name, False, sum(row.present + row.changed for row in own), 0, kept=kept)


def _commands(channels: list[str], settings: Settings) -> str:
    """What to type to go on, with what else was asked for."""
    more = settings.as_typed("SLOT", "TAKES", "LIMIT", "WAIT", "RETRY", "BUDGET")
    named = [f"CH={channel}" for channel in channels[:MOST_NAMED]]
    rest = t(", and {more} more", more=len(channels) - MOST_NAMED) if len(channels) > MOST_NAMED else ""
    if len(channels) == 1:
        return t("doit thumbnails {named}{more}", named=named[0], more=more)
    one = t("doit thumbnails {one}{more} ({all}{rest})", one=named[0], more=more, all=", ".join(named), rest=rest)
    return t("all of them: doit thumbnails CH=ALL{more}; one channel: {one}", more=more, one=one)
