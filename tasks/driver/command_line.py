"""What was typed, and which variables each command takes.

One that a command would ignore is refused: `doit visual … IDS=3` must not buy the whole run.
"""

import difflib
import fnmatch
import re
import signal
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..project import settings
from ..project.layers import INSTALLED
from ..project.moved_in import Sorted
from ..project.names import EVERY
from ..project.paths import Paths
from ..project.run_paths import Again, RunPaths
from ..project.settings import KEPT, Settings
from ..text.errors import BadInput, DiskRefuses
from ..text.redaction import visible
from ..text.sentences import t
from . import streams
from .help_text import OF_THE_PROGRAM

_MAKES = ("CH", "RUN", "SLOT", "TAKES", "LIMIT", "WAIT", "RETRY", "BUDGET", "ENGINE")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "visual": _MAKES,
    "plan": ("CH", "RUN", "SLOT", "SLOTS", "LIMIT", "RETRY", "BUDGET", "TEXT", "FORMAT"),
    "retake": (*_MAKES, "IDS", "PICK", "ORDER"),
    "thumbnails": (*_MAKES, "IDS", "PICK", "ORDER", "TEXT"),
    "compare": ("NAME", "SLOTS", "CH", "RUN", "IDS", "LIMIT", "WAIT", "RETRY", "BUDGET", "ENGINE"),
    "request": _MAKES,
    "submit": _MAKES,
    "fetch": _MAKES,
    "usage": _MAKES,
    "gallery": ("CH", "RUN"),
    "review": ("CH", "RUN", "NAME", "PORT"),
    "status": ("CH", "RUN", "REFRESH", "FORMAT"),
    "collect": ("CH", "RUN", "JOB", "ENGINE"),
    "cancel": ("CH", "RUN", "JOB", "WAIT"),
    "adopt": ("CH", "RUN"),
    "listen": ("PORT",),
    "report": ("CH", "RUN", "SINCE", "UNTIL", "FORMAT"),
    "inbox": ("DONE", "SYNC", "FORMAT"),
    "tidy": ("CH", "RUN", "BEFORE", "APPLY"),
    "import": ("CH", "APPLY", "RETRY"),
    "validate": (),
    "emulator": ("PORT",),
}
"""Every command of dodo.py and the variables that it takes; the stages take what visual takes."""
USUAL = "status"
"""What `doit` alone is."""
OF_DOIT = frozenset(
    ("list", "clean", "info", "help", "forget", "ignore", "dumpdb", "reset-dep", "tabcompletion", "strace")
)
"""doit's own commands, which come first in the line. CH= and RUN= say which tasks there are."""
_MAKERS = frozenset({"visual", "retake", "thumbnails", "compare", "request", "submit", "fetch", "usage"})
"""Commands that may send, and the stages."""
_ABOUT_RUNS = frozenset(
    {"visual", "plan", "retake", "request", "submit", "fetch", "usage", "gallery", "review", "tidy"}
)


@dataclass(frozen=True)
class Typed:
    """A command line, read. runs: those it names; none when it names no channel, or is about something else.

    asks_of_doit: whether doit itself is asked about its tasks, for one of them, or for a file that one makes.
    passed_over: what is said of those of other programs that are not worked.
    """

    paths: Paths
    settings: Settings
    runs: Sequence[RunPaths]
    passed_over: Sequence[str] = ()
    commands: tuple[str, ...] = ()
    asks_of_doit: bool = True

    def needs(self, *commands: str) -> bool:
        """Whether the tasks of one of these commands have to be known, with all their files."""
        return self.asks_of_doit or not set(commands).isdisjoint(self.commands)


def read(paths: Paths) -> Typed:
    """What was typed. Ends the process, with the reason, when it cannot be: nothing was begun yet."""
    words = sys.argv[1:]
    streams.endure()
    if not OF_DOIT.isdisjoint(named(words)) and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # they only print, with doit's own hand: `doit list | head`
    try:
        _load_env(paths)
        check(words, settings.VARIABLES)
        asked = _meant(paths, words, settings.read(settings.variables(words)))
        paths = replace(paths, again=again(words, asked))
        found = paths.sorted_selection(asked.channel, asked.run) if is_about_runs(words) else Sorted([], [], [])
    except (BadInput, OSError) as error:
        stop = error if isinstance(error, BadInput) else DiskRefuses(error)
        print(visible(str(stop)), file=sys.stderr)  # noqa: T201 - as the stages say it, without doit's "ERROR: "
        raise SystemExit(stop.exit_code) from None
    commands = named(words)
    of_doit = not OF_DOIT.isdisjoint(commands) or any(
        re.match(r"workspaces/|-a|--always|[^=]*[:*]", word) for word in words
    )
    return Typed(paths, asked, found.worked, found.lines, commands, of_doit)


def _load_env(paths: Paths) -> None:
    from ..files import env_file

    if warning := env_file.load(paths.root):
        print(t("warning: {warning}", warning=warning), file=sys.stderr)  # noqa: T201


def _meant(paths: Paths, words: Sequence[str], asked: Settings) -> Settings:
    """The settings with channel and run as the folders name them. An episode of thumbnails is no run."""
    if asked.channel in (None, EVERY):
        return asked
    episode = asked.run if named(words) == ("thumbnails",) else None
    channel, run = paths.meant(asked.channel, None if episode else asked.run)
    return replace(asked, channel=channel, run=episode or run)


def again(words: Sequence[str], asked: Settings) -> Again:
    """What a command to copy takes over from this one, where it makes pictures."""
    commands = named(words)
    if not _MAKERS.issuperset(commands):
        return Again()
    retry = asked.as_typed("RETRY")
    if (asked.ids or asked.order) and commands in (("retake",), ("thumbnails",)):
        # Its SLOT= is for these pictures: a command that makes all of the run would make all of them there.
        itself = t("doit {name}", name=commands[0]) + asked.as_typed("CH", "RUN", "IDS", "PICK", "ORDER", *KEPT)
        return Again(asked.as_typed("LIMIT", "WAIT", "BUDGET", "ENGINE"), retry, itself)
    return Again(asked.as_typed("RUN", *KEPT) if commands == ("thumbnails",) else asked.as_typed(*KEPT), retry)


def named(arguments: Sequence[str]) -> tuple[str, ...]:
    """The commands in a doit command line: tasks, also as `request:CH01` or `vis*`; `list` and the like stand alone."""
    words = [word.partition(":")[0] for word in arguments if not word.startswith("-") and "=" not in word]
    found = list[str]()
    for word in words:
        if word in OF_DOIT and not found:
            return (word,)
        # doit takes files that a stage makes as well: workspaces/video/runs/CH01-251/usage.csv
        found += ("visual",) if re.match(r"workspaces[/\\]", word) else fnmatch.filter(COMMANDS, word)
    return tuple(dict.fromkeys(found)) or (USUAL,)


def is_about_runs(arguments: Sequence[str]) -> bool:
    """Whether CH= and RUN= of a doit command line name runs of videos that have to be there."""
    return not (_ABOUT_RUNS | OF_DOIT).isdisjoint(named(arguments))


def check(arguments: Sequence[str], known: Mapping[str, str]) -> None:
    """Raises BadInput for a command that there is not, for a variable that is given twice, or that a command in the
    line does not take, and for `-n`.

    known: every variable that there is; others are for tasks.settings to refuse.
    """
    if several := next((word for word in arguments if re.match(r"-n|--process", word)), None):
        raise BadInput(
            "{several} runs stages in several processes, each of which would wait for a run that another one holds",
            "leave it out: pictures are fetched and made on all cores anyway",
            several=several,
        )
    _check_names(arguments)
    given = [word.partition("=")[::2] for word in arguments if re.match(r"[^-=][^=]*=", word)]
    for name, times in Counter(name for name, _ in given).items():
        if times > 1:
            both = t(" and ").join(_shown(each, value) for each, value in given if each == name)
            raise BadInput("{name}= is given {times} times: {both}", "name it once", name=name, times=times, both=both)
    values = dict(given)
    for command in named(arguments):
        takes = COMMANDS.get(command, ("CH", "RUN"))
        if wrong := next((name for name in values if name in known and name not in takes), None):
            raise BadInput(
                "doit {command} takes no {wrong}=",
                "{instead}",
                command=command,
                wrong=wrong,
                instead=_instead(command, wrong, takes, values),
            )


def _check_names(arguments: Sequence[str]) -> None:
    """A word that is no command, and no value of an option, file or argument of doit's own commands, is told so."""
    if not OF_DOIT.isdisjoint(named(arguments)):
        return
    for before, word in zip(("", *arguments), arguments, strict=False):
        if before.startswith("-") or word in ("run", *COMMANDS) or not re.fullmatch(r"[a-z][a-z_-]*", word):
            continue
        if word in _own_tasks():
            continue
        there = (*COMMANDS, *OF_DOIT, *(OF_THE_PROGRAM if INSTALLED else ()))
        near = difflib.get_close_matches(word, there, n=1, cutoff=0.7)
        meant = t("did you mean doit {command}? ", command=near[0]) if near else ""
        raise BadInput("there is no command {word}", "{meant}doit list shows all", word=word, meant=meant)


def _own_tasks() -> list[str]:
    """Tasks that a person put into the dodo.py of their workspace, below ours."""
    try:
        return re.findall(r"(?m)^def task_(\w+)", Path("dodo.py").read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return []


def _shown(name: str, value: str) -> str:
    return f"{name}={value if value.isascii() and value.isprintable() else ascii(value)}"[:60]


def _instead(command: str, wrong: str, takes: Sequence[str], values: Mapping[str, str]) -> str:
    """The command that was probably meant, or what this one takes."""
    where = f"CH={_plain(values, 'CH', 'CH01')} RUN={_plain(values, 'RUN', '251')}"
    kept = "".join(f" {name}={_plain(values, name, '1')}" for name in KEPT if name in values)
    if wrong in ("IDS", "PICK") and command in (*_ABOUT_RUNS, USUAL):
        pick = f" PICK={_plain(values, 'PICK', '1')}" if "PICK" in values else ""
        return t(
            "for single pictures: doit retake {where} IDS={plain}{pick}{kept}",
            where=where,
            plain=_plain(values, "IDS", "3,7"),
            pick=pick,
            kept="" if pick else kept,
        )
    if wrong == "SLOT" and "SLOTS" in takes:
        return t("it takes several slots: SLOTS={plain},i-1", plain=_plain(values, "SLOT", "g-1"))
    if wrong == "SLOTS" and "SLOT" in takes:
        return t(
            "one slot: SLOT=g-1; several side by side: doit compare NAME=first-look SLOTS=g-1,i-1 {where}", where=where
        )
    others = ", ".join(f"doit {name}" for name, variables in COMMANDS.items() if wrong in variables)
    takes_these = t("it takes no variables")
    if takes:
        takes_these = t("it takes {names}", names=", ".join(f"{name}=" for name in takes))
    return t(
        "leave it out ({takes_these}); {wrong}= is for {others}", takes_these=takes_these, wrong=wrong, others=others
    )


def _plain(values: Mapping[str, str], name: str, example: str) -> str:
    """What was given, where it can be pasted as it is."""
    value = values.get(name, "")
    return value if re.fullmatch(r"[A-Za-z0-9_,.-]{1,60}", value, re.ASCII) and value != "ALL" else example
