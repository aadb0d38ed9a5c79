"""Long stories: the new code finishes what the old one began, kills in between, and the old one goes on again."""

from . import hands
from .scenario import CALM, Scenario, each, fault, lasting, later, removed
from .steps import ByHand, Doit

BATCH = (
    *("after-intent", "after-upload", "before-create", "after-create", "after-submitted", "polling", "after-status"),
    *("mid-download", "mid-picture", "group-before-rename", "group-after-rename", "record-before", "images-before"),
    *("before-results", "after-results", "after-collected", "before-usage"),
)
NOW = (
    "sending",
    "sent:2",
    "answered:2",
    "kept:2",
    "before-settle",
    "settled-lines",
    "group-before-rename:2",
    "record-before",
)
QUICK = ("after-create", "before-results", "answered:2")


def _killed(point: str, one: str, other: str) -> Scenario:
    """The old code is killed and the new one finishes; the new one is killed and the old one finishes."""
    kill = {"KAMISHIBAI_KILL_AT": point}
    # Usage and pages are made in any order: doit takes them from a set.
    dies = "usage" if point == "before-usage" else "visual"
    steps = (
        Doit(f"{dies} {one}", by="old", env=kill),
        *each(f"status\nvisual {one}"),
        Doit(f"visual {one}", by="old"),
        Doit(f"{dies} {other}", env=kill),
        *each(f"visual {other}", by="old"),
        *each(f"visual {other}"),
    )
    lane = "immediate" if "CH02" in one else "batch"
    return Scenario(f"killed at {point} ({lane})", steps, quick=point in QUICK, loose=point == "before-create")


def _unfinished(run: str, more: str = "") -> Scenario:
    channel, _, number = run.partition("-")
    command = f"visual CH={channel} RUN={number} {more}".strip()
    return Scenario(
        f"{run} goes on {more}".strip(), (later(7), *each(f"{command}\n{command}")), loose=channel == "CH03"
    )


KILLED = (
    *(_killed(point, "CH=CH01 RUN=019", "CH=CH01 RUN=020") for point in BATCH),
    *(_killed(point, "CH=CH02 RUN=007", "CH=CH02 RUN=010") for point in NOW),
    Scenario(
        "killed at an order",
        (
            Doit("visual CH=CH01 RUN=001 SLOT=f-3", env={"KAMISHIBAI_KILL_AT": "accepted:2"}),
            *each("status\nvisual CH=CH01 RUN=001 SLOT=f-3"),
        ),
        loose=True,
    ),
    Scenario(
        "killed in a retake",
        (
            Doit("retake CH=CH01 RUN=001 IDS=2", env={"KAMISHIBAI_KILL_AT": "ordered"}),
            *each("status\nretake CH=CH01 RUN=001 IDS=2"),
            Doit("retake CH=CH01 RUN=002 IDS=2 PICK=2", env={"KAMISHIBAI_KILL_AT": "picked"}),
            *each("visual CH=CH01 RUN=002\nvisual CH=CH01 RUN=001"),
        ),
    ),
    Scenario(
        "killed in a comparison",
        (
            Doit("compare NAME=third SLOTS=g-2,i-2 CH=CH01 RUN=001 IDS=1", env={"KAMISHIBAI_KILL_AT": "before-index"}),
            *each("status\ncompare NAME=third\nvisual CH=CH01 RUN=001"),
        ),
    ),
)
UNFINISHED = (
    *(
        _unfinished(f"CH01-{number}")
        for number in ("004", "005", "006", "008", "009", "015", "024", "025", "030", "031")
    ),
    *(_unfinished(f"CH01-{number}", "RETRY=lost") for number in ("005", "015")),
    *(_unfinished(f"CH02-{number}") for number in ("002", "003", "004", "006", "008", "009")),
    *(_unfinished(f"CH03-{number}") for number in ("003", "004")),
)
WORKED = (
    Scenario(
        "collect",
        (later(7), *each("collect CH=CH01 RUN=007\ncollect JOB=<job CH01-008>\ncollect\ncollect\nstatus")),
        quick=True,
        loose=True,
    ),
    Scenario(
        "cancel",
        (*each("cancel CH=CH01 RUN=007\ncancel JOB=<job CH01-008>\nstatus\nvisual CH=CH01 RUN=007"),),
        quick=True,
    ),
    Scenario(
        "cancel leaves output",
        (later(4), fault("cancel_leaves_output"), *each("cancel CH=CH01 RUN=007\nvisual CH=CH01 RUN=007")),
    ),
    Scenario(
        "cancel loses the race",
        (fault("cancel_loses_race"), *each("cancel CH=CH01 RUN=007 WAIT=0"), later(7), *each("collect\nadopt")),
        loose=True,
    ),
    Scenario(
        "adopt",
        (*each("adopt"), later(7), *each("adopt\nadopt CH=CH01 RUN=017\nvisual CH=CH01 RUN=017\nadopt")),
        quick=True,
        loose=True,
    ),
    Scenario(
        "adopt what was given up", (*each("visual CH=CH01 RUN=015 RETRY=lost"), *each("adopt\nvisual CH=CH01 RUN=015"))
    ),
    Scenario(
        "everything to its end",
        (
            later(101),
            *each("""
        visual CH=ALL
        collect
        visual CH=ALL RETRY=refused,permanent,exhausted,lost
        visual CH=ALL
        thumbnails CH=ALL
        report
        status
        """),
        ),
        loose=True,
    ),
    Scenario(
        "everything, by turns",
        (
            *each("visual CH=ALL LIMIT=7 WAIT=0", by="old"),
            later(101),
            *each("collect\nadopt"),
            *each("visual CH=ALL RETRY=exhausted,lost", by="old"),
            *each("visual CH=ALL"),
            *each("visual CH=ALL", by="old"),
        ),
        loose=True,
    ),
    Scenario(
        "a week by turns",
        (
            ByHand(hands.added),
            lasting(3600),
            *each("visual CH=CH01 RUN=001 WAIT=0", by="old"),
            *each("retake CH=CH01 RUN=001 IDS=1 WAIT=0"),
            later(2),
            *each("visual CH=CH01 RUN=001", by="old"),
            fault("safety", match="0004"),
            *each("retake CH=CH01 RUN=001 IDS=4 SLOT=i-1"),
            CALM,
            removed("workspaces/video/runs/CH01-001/_gemini_batch"),
            *each("adopt\nvisual CH=CH01 RUN=001"),
            *each("retake CH=CH01 RUN=001 IDS=1 PICK=1", by="old"),
            *each("visual CH=CH01 RUN=001\ngallery CH=CH01"),
        ),
    ),
    Scenario(
        "the provider of the same code",
        (
            later(101),
            *each("""
        visual CH=CH01 RUN=019
        visual CH=CH02 RUN=007
        visual CH=CH03
        collect
        retake CH=CH01 RUN=001 IDS=1
        """),
        ),
        quick=True,
        loose=True,
        own_provider=True,
    ),
)
SCENARIOS = WORKED + KILLED + UNFINISHED
