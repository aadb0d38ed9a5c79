"""Caps on spending: pure. What a submission may cost, given what is spent and what is on its way."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..text.sentences import later, t
from ..text.wording import dollars

TOLERANCE = 1e-9  # a sum of floats may pass a cap it only reaches


class Refusal(NamedTuple):
    """Why a cap forbids a submission, and what a person can do. cap: which and when, "the day 2026-11-23"."""

    what: str
    do: str
    cap: str


@dataclass(frozen=True)
class Caps:
    """US dollars; None: no cap."""

    submission: float | None = None
    day: float | None = None
    month: float | None = None


@dataclass(frozen=True)
class Budget:
    """configs/budget.yaml: caps over everything, and of single channels."""

    caps: Caps = Caps()
    channels: Mapping[str, Caps] = field(default_factory=dict)


class Spending(NamedTuple):
    """US dollars committed by one channel on one day (UTC, "2026-11-23"): measured, or estimated while on its way."""

    channel: str
    day: str
    usd: float


def budget(data: Mapping[str, Any]) -> Budget:
    """Budget from the checked data of configs/budget.yaml."""
    channels = {code: Caps(**record) for code, record in data.get("channels", {}).items()}
    return Budget(Caps(**data.get("caps", {})), channels)


def refusal(limits: Budget, channel: str, today: str, amount: float, spent: list[Spending]) -> Refusal | None:
    """Why a submission of `amount` US dollars would pass a cap; None when it may go. today: UTC, ISO 8601 date."""
    for scope, caps in (("", limits.caps), (channel, limits.channels.get(channel, Caps()))):
        own = [each for each in spent if scope in ("", each.channel)]
        for name, cap, since in (
            ("submission", caps.submission, None),
            ("day", caps.day, 10),
            ("month", caps.month, 7),
        ):
            known = [each for each in own if since and each.day[:since] == today[:since]]
            before = math.fsum(each.usd for each in known)
            if cap is not None and before + amount > cap + TOLERANCE:
                return _refusal(name, scope, cap, before, amount, known)._replace(cap=_which(name, scope, today))
    return None


class Room(NamedTuple):
    """US dollars that a cap on a day or month leaves; scope: its channel, "" for the cap over everything."""

    usd: float
    scope: str


def left(limits: Budget, channel: str, today: str, spent: list[Spending]) -> float | None:
    """US dollars that the tightest cap on a day or month leaves to a channel; None without such a cap."""
    room = tightest(limits, channel, today, spent)
    return room.usd if room else None


def tightest(limits: Budget, channel: str, today: str, spent: list[Spending]) -> Room | None:
    """The same, and whose cap it is."""
    rooms: list[Room] = []
    for scope, caps in (("", limits.caps), (channel, limits.channels.get(channel, Caps()))):
        for cap, since in ((caps.day, 10), (caps.month, 7)):
            own = [each for each in spent if scope in ("", each.channel) and each.day[:since] == today[:since]]
            rooms += [] if cap is None else [Room(max(0.0, cap - math.fsum(each.usd for each in own)), scope)]
    return min(rooms, default=None)


def of_command(cap: float, before: float, amount: float) -> Refusal | None:
    """The same for BUDGET=, which holds for one command in place of every cap."""
    if before + amount <= cap + TOLERANCE:
        return None
    rest = max(0.0, cap - before)
    short = dollars(amount - rest)
    what = t(
        "they would cost about {amount}, and {said} leaves {rest}: {short} too little",
        amount=dollars(amount),
        said=said(cap),
        rest=dollars(rest),
        short=short,
    )
    do = t("allow at least {enough}, or send fewer with LIMIT=", enough=_enough(before + amount))
    return Refusal(what, do, said(cap))


def said(amount: float) -> str:
    """The variable that allows a command that many US dollars, as it is typed: BUDGET=0.5."""
    return f"BUDGET={amount:.6f}".rstrip("0").rstrip(".")


def _enough(amount: float) -> str:
    """The same in whole cents, rounded up: what it says has to be let pass."""
    return f"BUDGET={math.ceil((amount - TOLERANCE) * 100) / 100:.2f}"


def _which(name: str, scope: str, today: str) -> str:
    """The cap and its period; every day and month it is another one."""
    period = {"submission": "", "day": f" {today[:10]}", "month": f" {today[:7]}"}[name]
    return f"{scope or 'all'} {name}{period}"


_PERIODS = {"submission": later("submission"), "day": later("day"), "month": later("month")}
_WAITING = {
    "submission": later("send fewer with LIMIT="),
    "day": later("wait until 00:00 UTC"),
    "month": later("wait for the next month"),
}


def _refusal(name: str, scope: str, cap: float, before: float, amount: float, known: list[Spending]) -> Refusal:
    place = f"channels.{scope}.{name}" if scope else f"caps.{name}"
    said = {"amount": dollars(amount), "cap": dollars(cap), "over": dollars(before + amount - cap)}
    who, period = _who(before, known), t(_PERIODS[name])
    if scope:
        what = t(
            "about {amount} would pass {channel}'s cap of {cap} a {period} by {over}{who}",
            channel=scope,
            period=period,
            who=who,
            **said,
        )
    else:
        what = t("about {amount} would pass the cap of {cap} a {period} by {over}{who}", period=period, who=who, **said)
    return Refusal(
        what,
        t(
            "{later}, raise {place} in configs/budget.yaml, or for one command: {enough}",
            later=t(_WAITING[name]),
            place=place,
            enough=_enough(amount),
        ),
        name,
    )


def _who(before: float, known: list[Spending]) -> str:
    """What is spent and on its way, by channel, the most first."""
    if not known:
        return ""
    sums: dict[str, float] = {}
    for each in known:
        sums[each.channel] = sums.get(each.channel, 0.0) + each.usd
    listed = sorted(sums.items(), key=lambda pair: -pair[1])
    most = ", ".join(f"{channel} {dollars(usd)}" for channel, usd in listed[:5])
    rest = t(", {more} more", more=len(listed) - 5) if len(listed) > 5 else ""
    return t("; spent or on its way: {before} ({most}{rest})", before=dollars(before), most=most, rest=rest)
