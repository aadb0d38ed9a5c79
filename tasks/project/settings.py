"""The variables of one command (`CH=CH01 WAIT=0 …`), checked before anything else happens."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..text.errors import BadInput
from ..text.sentences import later, t
from ..text.word import Word
from .names import CHANNEL, COMPARISON, EVERY, PROMPT_ID, RUN_NUMBER, RunName, checked

VARIABLES = {
    "CH": later("channel, for example CH01; CH=ALL for every channel"),
    "RUN": later("one run of the channel, for example 251"),
    "SLOT": later("slot or model key for this command, for example g-1"),
    "LIMIT": later("send at most this many pictures"),
    "WAIT": later("minutes to wait for results; 0 submits and returns; without it: until all are done"),
    "RETRY": later(
        "send again what is held back, comma separated: refused, permanent, exhausted, missing, unreadable, lost; "
        "changed: make finished pictures anew that their channel asks for otherwise by now"
    ),
    "BUDGET": later("most US dollars this command may spend, in place of the caps in configs/budget.yaml"),
    "SINCE": later("first day of a report (UTC), for example 2026-11-01"),
    "UNTIL": later("last day of a report (UTC), itself included, for example 2026-11-30"),
    "BEFORE": later("doit tidy: the day (UTC) before which a run was finished, for example 2026-10-01"),
    "FORMAT": later("json: print data for other programs instead of a table"),
    "TEXT": later(
        "TEXT=1: doit plan (doit thumbnails) shows the very text that would be sent for each missing picture"
    ),
    "APPLY": later("APPLY=1: doit import takes in, and doit tidy removes, what it shows without it"),
    "DONE": later("inbox entries to tick, by key or run, comma separated: qk3dm2p7, CH01-251"),
    "SYNC": later("SYNC=1: doit inbox takes in what people wrote in Slack"),
    "PORT": later("port of doit emulator, doit review or doit listen"),
    "JOB": later("one job by the provider's name, for example batches/abc123"),
    "REFRESH": later("REFRESH=1: doit status asks the provider too"),
    "IDS": later("prompts to make again, for example 3,7; NG: those marked NG"),
    "PICK": later("number of the take to put back"),
    "TAKES": later(
        "1 to 4: so many pictures of each prompt to choose from, each at its price; PICK= or doit review chooses"
    ),
    "ORDER": later("an order of doit review by its id: goes on with it, and buys none of it twice"),
    "SLOTS": later("several slots side by side, for example g-1,g-3,f-1: compared, or what each would cost"),
    "ENGINE": later(
        "who makes pictures of results: a Dask cluster, like dask://127.0.0.1:8786; without it this machine"
    ),
    "NAME": later("a comparison, for example g-against-f"),
}


class Retry(Word):
    """What is held back, by the word of RETRY= that sends it again. CHANGED: finished pictures of what was changed."""

    REFUSED = "refused"
    PERMANENT = "permanent"
    EXHAUSTED = "exhausted"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    LOST = "lost"
    CHANGED = "changed"


KEPT = ("SLOT", "TAKES", "LIMIT", "WAIT", "BUDGET", "ENGINE")
"""What a command that goes on needs as it was typed: without it, it would buy more, or elsewhere."""
MOST_TAKES = 4
"""So many pictures of one prompt are ordered at once."""


@dataclass(frozen=True)
class Settings:
    """What the command line asks for. `wait` is in minutes, None means without end; `budget` in US dollars."""

    channel: str | None = None
    run: str | None = None
    slot: str | None = None
    limit: int | None = None
    wait: float | None = None
    retry: frozenset[Retry] = frozenset()
    budget: float | None = None
    since: date | None = None
    until: date | None = None
    before: date | None = None
    done: tuple[str, ...] = ()
    sync: bool = False
    format: str | None = None
    text: bool = False
    apply: bool = False
    port: int | None = None
    name: str | None = None
    job: str | None = None
    refresh: bool = False
    ids: tuple[str, ...] = ()
    pick: int | None = None
    takes: int | None = None
    order: str | None = None
    slots: tuple[str, ...] = ()
    engine: str | None = None

    def as_typed(self, *names: str) -> str:
        """Those of these variables that were given, to be put behind a command: " SLOT=g-1 LIMIT=5"."""
        values = {
            "CH": self.channel,
            "RUN": self.run,
            "NAME": self.name,
            "SLOTS": ",".join(self.slots),
            "IDS": ",".join(self.ids),
            "PICK": self.pick,
            "ORDER": self.order,
            "SLOT": self.slot,
            "TAKES": self.takes,
            "LIMIT": self.limit,
            "WAIT": _decimal(self.wait),
            "RETRY": ",".join(sorted(map(str, self.retry))),
            "BUDGET": _decimal(self.budget),
            "BEFORE": self.before,
            "ENGINE": self.engine,
        }
        return "".join(f" {name}={values[name]}" for name in names if values[name] not in (None, ""))


def _decimal(number: float | None) -> str:
    return "" if number is None else f"{number:.6f}".rstrip("0").rstrip(".")


def variables(arguments: Sequence[str]) -> dict[str, str]:
    """The NAME=VALUE words of a doit command line; doit itself takes any name and ignores typing errors."""
    return dict(word.split("=", 1) for word in arguments if re.match(r"[^-=][^=]*=", word))


def read(given: Mapping[str, str]) -> Settings:
    """Settings from NAME=VALUE words. Raises BadInput for an unknown name or a value that cannot be."""
    for name in given:
        _check_name(name)
    channel, run = _where(given)
    since, until = _days(given)
    return Settings(
        channel=channel,
        run=run,
        slot=_slot(given.get("SLOT")),
        limit=_number(given, "LIMIT", least=1),
        wait=_minutes(given),
        retry=_retry(given.get("RETRY")),
        job=_job(given.get("JOB")),
        refresh=_one_of(given, "REFRESH", "1") is not None,
        port=_port(given),
        budget=_dollars(given.get("BUDGET")),
        since=since,
        until=until,
        before=_day(given, "BEFORE"),
        done=_keys(given.get("DONE")),
        sync=_one_of(given, "SYNC", "1") is not None,
        format=_one_of(given, "FORMAT", "json"),
        text=_one_of(given, "TEXT", "1") is not None,
        apply=_one_of(given, "APPLY", "1") is not None,
        name=given.get("NAME"),
        ids=_names(given.get("IDS")),
        pick=_number(given, "PICK", least=1),
        takes=_takes(given),
        order=_order(given.get("ORDER")),
        engine=_engine(given.get("ENGINE")),
        slots=tuple(dict.fromkeys(slot for each in _list(given.get("SLOTS")) if (slot := _slot(each)))),
    )


def _where(given: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Channel and run, checked, and that a comparison may have its name. Raises BadInput."""
    channel, run = given.get("CH"), given.get("RUN")
    if channel is not None:
        _check_channel(channel)
    if run is not None:
        _check_run(run, channel)
    if "NAME" in given:
        checked("NAME=", COMPARISON, given["NAME"], "NAME=g-against-f")
    if run is not None and channel in (None, EVERY):
        raise BadInput("RUN= names a run of one channel", "name the channel too: CH=CH01 RUN={run}", run=run)
    return channel, run


def _days(given: Mapping[str, str]) -> tuple[date | None, date | None]:
    since, until = _day(given, "SINCE"), _day(given, "UNTIL")
    if since and until and since > until:
        raise BadInput(
            "SINCE={since} is after UNTIL={until}",
            "exchange them: SINCE={until} UNTIL={since}",
            since=since,
            until=until,
        )
    return since, until


def _check_name(name: str) -> None:
    if name in VARIABLES:
        return
    near = difflib.get_close_matches(name.upper(), VARIABLES, n=1)
    meant = t("did you mean {near}? ", near=f"{near[0]}=") if near else ""
    raise BadInput(
        "unknown variable {name}=",
        "{meant}known are: {values}",
        name=name,
        meant=meant,
        values=", ".join(f"{each}=" for each in VARIABLES),
    )


def _check_channel(channel: str) -> None:
    if channel.isascii() and channel.isdigit() and len(channel) < 16:
        return  # its number: which channel that is, the folders say
    if not CHANNEL.fullmatch(channel) and CHANNEL.fullmatch(channel.upper()) and channel.isascii():
        raise BadInput(
            "CH={channel} is no channel: its letters are capitals",
            "did you mean CH={channel_2}?",
            channel=channel,
            channel_2=channel.upper(),
        )
    checked("CH=", CHANNEL, channel, "CH=CH01")


def _check_run(run: str, channel: str | None) -> None:
    code, number = RunName.of(run)
    if number and CHANNEL.fullmatch(code) and RUN_NUMBER.fullmatch(number) and channel in (None, EVERY, code):
        raise BadInput(
            "RUN={run} names the channel too", "did you mean CH={code} RUN={number}?", run=run, code=code, number=number
        )
    checked("RUN=", RUN_NUMBER, run, "RUN=251")


def _slot(value: str | None) -> str | None:
    if value is None or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", value):
        return value
    raise BadInput(
        "SLOT={value} is not a slot or model key",
        "use one of configs/image_model_slots.yaml, like SLOT=g-1",
        value=ascii(value)[:60],
    )


def _engine(value: str | None) -> str | None:
    if value is None or re.fullmatch(r"dask://[A-Za-z0-9.\[\]:_-]{1,253}:[0-9]{1,5}", value, re.ASCII):
        return value
    raise BadInput(
        "ENGINE={value} is no address of a Dask scheduler",
        "write it like ENGINE=dask://127.0.0.1:8786",
        value=ascii(value)[:60],
    )


def _list(value: str | None) -> tuple[str, ...]:
    return tuple(each for each in (part.strip() for part in (value or "").split(",")) if each)


def _names(value: str | None) -> tuple[str, ...]:
    names = _list(value)
    for name in names:
        checked("IDS=", PROMPT_ID, name, "IDS=3,7")
    return names


def _number(given: Mapping[str, str], name: str, least: int) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,6}", value, re.ASCII) and int(value) >= least:
        return int(value)
    raise BadInput(
        "{name}={value} is not a whole number from {least} up",
        "{variables}: {name}=5",
        name=name,
        value=ascii(value)[:60],
        least=least,
        variables=t(VARIABLES[name]),
    )


def _takes(given: Mapping[str, str]) -> int | None:
    takes = _number(given, "TAKES", least=1)
    if takes is not None and takes > MOST_TAKES:
        raise BadInput(
            "TAKES={takes} is more than {most}", "TAKES=3 makes three to choose from", takes=takes, most=MOST_TAKES
        )
    return takes


def _order(value: str | None) -> str | None:
    if value is None or re.fullmatch(r"[a-z0-9]{8,32}", value, re.ASCII):
        return value
    raise BadInput(
        "ORDER={value} is no id of an order",
        "doit review shows the command of each, like ORDER=k3x9a7p2q",
        value=ascii(value)[:60],
    )


def _port(given: Mapping[str, str]) -> int | None:
    port = _number(given, "PORT", least=0)
    if port is not None and port > 65535:
        raise BadInput("PORT={port} is no port", "use one from 1 to 65535, or 0 for any free one", port=port)
    return port


def _keys(value: str | None) -> tuple[str, ...]:
    """Keys as they stand in the inbox, also pasted with their "key=", or names of runs."""
    keys = tuple(each.strip().removeprefix("key=") for each in value.split(",")) if value is not None else ()
    if wrong := [key for key in keys if not re.fullmatch(r"[\w.-]{1,200}", key)]:
        raise BadInput(
            "DONE={wrong} is no key of an inbox entry and no run",
            "doit inbox lists them, like DONE=qk3dm2p7 or DONE=CH01-251",
            wrong=ascii(wrong[0])[:60],
        )
    return keys


def _job(value: str | None) -> str | None:
    """The provider's name of a job: "batch_…", or "batches/…", also without that."""
    if value is None or re.fullmatch(r"(batches/)?[A-Za-z0-9_-]{1,80}", value, re.ASCII):
        return value if value is None or value.startswith(("batches/", "batch_")) else f"batches/{value}"
    raise BadInput(
        "JOB={value} is no name of a job",
        "doit status shows the names, like JOB=batches/abc123",
        value=ascii(value)[:60],
    )


def _one_of(given: Mapping[str, str], name: str, *known: str) -> str | None:
    value = given.get(name)
    if value is None or value in known:
        return value
    raise BadInput(
        "{name}={value} is not known",
        "use {values}",
        name=name,
        value=ascii(value)[:60],
        values=t(" or ").join(f"{name}={each}" for each in known),
    )


def _minutes(given: Mapping[str, str]) -> float | None:
    value = given.get("WAIT")
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", value, re.ASCII):
        return float(value)
    raise BadInput(
        "WAIT={value} is not a number of minutes",
        "WAIT=0 submits and returns, WAIT=30 waits half an hour",
        value=ascii(value)[:60],
    )


def _dollars(value: str | None) -> float | None:
    if value is None or re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,6})?", value, re.ASCII):
        return None if value is None else float(value)
    raise BadInput(
        "BUDGET={value} is not an amount of US dollars",
        "BUDGET=5 allows this command 5 dollars",
        value=ascii(value)[:60],
    )


def _retry(value: str | None) -> frozenset[Retry]:
    wanted = frozenset(value.split(",")) if value is not None else frozenset()
    known = [retry.value for retry in Retry]
    if unknown := sorted(wanted - set(known)):
        raise BadInput(
            "RETRY={unknowns} is not known",
            "use one or more of RETRY={knowns}",
            unknowns=ascii(",".join(unknown))[:60],
            knowns=",".join(known),
        )
    return frozenset(map(Retry, wanted))


def _day(given: Mapping[str, str], name: str) -> date | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        if re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadInput("{name}={value} is not a day", "write it like {name}=2026-11-01", name=name, value=ascii(value)[:60])
