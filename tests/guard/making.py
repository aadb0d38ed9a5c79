"""Scenarios that make pictures: every stage, lane and fault, retakes, thumbnails, comparisons, what people changed."""

from . import hands
from .scenario import CALM, Scenario, each, fault, faults, lasting, later, removed
from .steps import ByHand, Doit, Meanwhile

TWISTED = (
    "crlf",
    "shuffle",
    "duplicated",
    "unknown_key",
    "key_last",
    "spaced_json",
    "escaped_slashes",
    "line_separator",
)


def _after(name: str, order: object, commands: str, **more: bool) -> Scenario:
    return Scenario(name, (order, *each(commands)), **more)  # type: ignore[arg-type]


AGAIN = "visual CH=CH01 RUN=019\nvisual CH=CH01 RUN=019"
NOW = "visual CH=CH02 RUN=007\nvisual CH=CH02 RUN=007"
MADE = (
    Scenario("visual fresh", (*each(AGAIN), *each("usage CH=CH01 RUN=019\nstatus CH=CH01 RUN=019")), quick=True),
    Scenario(
        "visual by stages",
        (
            lasting(60),
            *each("""
        request CH=CH01 RUN=020
        request CH=CH01 RUN=020
        submit CH=CH01 RUN=020
        fetch CH=CH01 RUN=020 WAIT=0
        """),
            later(1),
            *each("fetch CH=CH01 RUN=020\nusage CH=CH01 RUN=020\nvisual CH=CH01 RUN=020"),
        ),
        quick=True,
    ),
    Scenario(
        "visual with a local slot",
        each("visual CH=CH01 RUN=021\nvisual CH=CH01 RUN=021 SLOT=g-2\nvisual CH=CH01 RUN=021"),
    ),
    Scenario("visual immediate", each(NOW), quick=True),
    Scenario(
        "visual with SLOT=",
        each("visual CH=CH01 RUN=020 SLOT=i-1\nvisual CH=CH01 RUN=020\nvisual CH=CH01 RUN=001 SLOT=f-3"),
    ),
    Scenario(
        "visual with LIMIT=", each("visual CH=CH01 RUN=019 LIMIT=1\nvisual CH=CH02 LIMIT=2\nvisual CH=CH01 RUN=019")
    ),
    Scenario(
        "visual with BUDGET=",
        each(
            "visual CH=CH01 RUN=019 BUDGET=0.001\nvisual CH=CH02 RUN=007 BUDGET=0.05\nvisual CH=CH02 RUN=007 BUDGET=9"
        ),
    ),
    _after(
        "a small cap",
        ByHand(hands.poor),
        "plan CH=CH01\nvisual CH=CH01 RUN=019\nvisual CH=CH02 RUN=007\nvisual CH=CH02 RUN=010",
    ),
    Scenario(
        "visual waits",
        (
            lasting(3600),
            *each("visual CH=CH01 RUN=019 WAIT=0\nvisual CH=CH01 RUN=019 WAIT=0"),
            later(1.1),
            *each(AGAIN),
        ),
    ),
    _after("small jobs", ByHand(hands.small_jobs), "visual CH=CH01 RUN=018\nvisual CH=CH01 RUN=019\nvisual CH=CH05"),
    Scenario(
        "visual of tables",
        (
            *each("visual CH=CH05 RUN=003"),
            removed("workspaces/video/runs/CH05-00*/images/*.png"),
            *each("visual CH=CH05"),
        ),
    ),
    Scenario(
        "visual offline",
        (
            ByHand(hands.added),
            *each("visual CH=CH00\nvisual CH=CH00\nvisual CH=CH00 SLOT=e-2\nretake CH=CH00 RUN=001 IDS=1 SLOT=e-2"),
        ),
        quick=True,
    ),
    Scenario("visual CH=CH02", each("visual CH=CH02\nvisual CH=CH02"), quick=True),
    Scenario("visual CH=CH03", (later(101), *each("visual CH=CH03\nvisual CH=CH03")), loose=True),
    Scenario("orders are open", each("visual CH=CH03\ncollect CH=CH03\nstatus CH=CH03"), loose=True),
    Scenario(
        "orders are lost",
        (
            fault("refuse", value=404, on="flux_result"),
            *each("visual CH=CH03 RUN=004\nvisual CH=CH03 RUN=004 RETRY=lost"),
            CALM,
            *each("visual CH=CH03 RUN=004"),
        ),
        loose=True,
    ),
    Scenario(
        "many at a time",
        (
            ByHand(hands.quick_hands),
            *each("visual CH=CH02 RUN=007\nvisual CH=CH02 RUN=010\nvisual CH=CH01 RUN=003 SLOT=f-1"),
        ),
        by_lot=True,
    ),
    Scenario(
        "held back",
        each("""
        visual CH=CH01 RUN=011 RETRY=refused
        visual CH=CH01 RUN=012
        visual CH=CH01 RUN=012 RETRY=exhausted
        visual CH=CH01 RUN=013 RETRY=permanent
        visual CH=CH01 RUN=014
        visual CH=CH01 RUN=027 SLOT=i-1
        visual CH=CH02 RUN=005 RETRY=refused,exhausted
        """),
        quick=True,
    ),
    Scenario(
        "results that are gone",
        (
            fault("output_403"),
            *each("visual CH=CH01 RUN=025 WAIT=0"),
            later(7),
            *each("visual CH=CH01 RUN=025 WAIT=0\nvisual CH=CH01 RUN=009 WAIT=0"),
        ),
    ),
)
CHANGED = (
    _after("prompts were added", ByHand(hands.added), "status\nvisual CH=CH01 RUN=001\nvisual CH=CH01 RUN=001"),
    _after(
        "prompts were edited",
        ByHand(hands.edited),
        "status\nplan CH=CH01 RUN=003\nvisual CH=CH01 RUN=003\ngallery CH=CH01 RUN=003",
    ),
    _after(
        "another style", ByHand(hands.restyled), "plan CH=CH01 RUN=001\nvisual CH=CH01 RUN=001\nvisual CH=CH01 RUN=002"
    ),
    _after(
        "another size",
        ByHand(hands.resized),
        "visual CH=CH01 RUN=001\nvisual CH=CH01 RUN=002\nvisual CH=CH01 RUN=022\nvisual CH=CH04",
        quick=True,
    ),
    _after(
        "pictures were deleted",
        removed("workspaces/video/runs/CH0[1-3]-00[1-3]/images"),
        "visual CH=CH01 RUN=001\nvisual CH=CH01 RUN=002\nvisual CH=CH02 RUN=001\nvisual CH=CH01 RUN=022",
    ),
    _after(
        "results were deleted",
        removed("workspaces/video/runs/CH01-00[1-3]/results.jsonl"),
        "visual CH=CH01 RUN=001\nvisual CH=CH01 RUN=002\nreport",
    ),
    _after("doit's database was deleted", removed(".doit.db*"), "visual CH=CH01 RUN=001\nstatus\nthumbnails"),
    _after(
        "the store was deleted",
        removed("workspaces/.store"),
        "visual CH=CH01 RUN=001\nvisual CH=CH01 RUN=007 WAIT=0\nplan CH=CH05",
    ),
    _after(
        "manifests were deleted",
        removed("workspaces/video/runs/CH01-00?/_gemini_batch"),
        "status\nadopt\ncollect CH=CH01\nvisual CH=CH01 RUN=006",
    ),
    _after(
        "run folders were deleted",
        removed("workspaces/video/runs/CH01-00[5-9]"),
        "adopt\nadopt CH=CH01 RUN=007\nstatus",
    ),
    _after(
        "a reference was painted over",
        ByHand(hands.painted_over),
        "plan CH=CH01 RUN=016\nvisual CH=CH01 RUN=016\nretake CH=CH01 RUN=016 IDS=1 SLOT=f-3",
    ),
)
TAKES = (
    Scenario(
        "retake",
        each("""
        retake CH=CH01 RUN=001 IDS=1,3
        retake CH=CH01 RUN=001 IDS=1 SLOT=f-1
        retake CH=CH01 RUN=001 IDS=1 PICK=1
        retake CH=CH01 RUN=001 IDS=1 PICK=1
        retake CH=CH01 RUN=003 IDS=NG SLOT=i-1
        retake CH=CH01 RUN=002 IDS=2 PICK=3
        visual CH=CH01 RUN=001
        visual CH=CH01 RUN=002
        """),
        quick=True,
    ),
    Scenario(
        "retake waits",
        (
            lasting(60),
            *each("retake CH=CH01 RUN=001 IDS=1 WAIT=0\nretake CH=CH01 RUN=001 IDS=2 WAIT=0\nstatus"),
            later(1),
            *each("collect\nvisual CH=CH01 RUN=001"),
        ),
    ),
    Scenario(
        "thumbnails",
        each("""
        thumbnails
        thumbnails CH=CH01
        thumbnails CH=CH02
        thumbnails CH=CH02 RETRY=refused
        thumbnails CH=CH01 RUN=2 SLOT=g-2
        thumbnails CH=CH01 IDS=1-bold SLOT=i-1
        thumbnails CH=CH01 IDS=1-bold PICK=1
        thumbnails CH=ALL
        """),
        quick=True,
    ),
    Scenario(
        "compare",
        (
            *each("compare NAME=duel\ncompare NAME=half WAIT=0"),
            later(1001),
            *each("""
        compare NAME=half
        compare NAME=half
        compare NAME=duel SLOTS=g-1,i-1
        compare NAME=duel SLOTS=g-1,i-1,f-1,f-3 CH=CH01 RUN=001 IDS=1,2
        compare NAME=third SLOTS=g-2,f-1 CH=CH01 RUN=002 IDS=1 LIMIT=1
        compare NAME=third
        """),
        ),
        quick=True,
    ),
)
STRUCK = (
    Scenario("twisted results", (faults(TWISTED), *each(AGAIN))),
    Scenario(
        "spoiled results",
        (
            fault("malformed", match="0001"),
            fault("corrupt_png", match="0002"),
            *each("visual CH=CH01 RUN=018\nvisual CH=CH01 RUN=019"),
            CALM,
            *each(AGAIN),
        ),
    ),
    Scenario("an empty result file", (fault("empty_output"), *each(AGAIN), CALM, *each(AGAIN))),
    Scenario("every request failed", (fault("every_request_failed"), *each("visual CH=CH01 RUN=019"))),
    Scenario(
        "half of a cancelled job", (fault("cancelled_with_output"), *each("visual CH=CH01 RUN=019"), CALM, *each(AGAIN))
    ),
    Scenario(
        "downloads break off", (fault("cut", value=30000, times=2), fault("chunked"), fault("redirect"), *each(AGAIN))
    ),
    Scenario(
        "create is refused",
        (
            fault("refuse", value=429, on="create"),
            *each("visual CH=CH01 RUN=019"),
            CALM,
            fault("refuse", value=404, on="create"),
            *each("visual CH=CH01 RUN=019"),
            CALM,
            *each(AGAIN),
        ),
    ),
    Scenario(
        "create is not answered",
        (fault("lost_reply_503", on="create"), *each("visual CH=CH01 RUN=019\nvisual CH=CH01 RUN=020")),
    ),
    Scenario(
        "upload fails",
        (
            fault("refuse", value=503, on="upload_start"),
            *each("visual CH=CH01 RUN=019"),
            CALM,
            fault("upload_without_file"),
            *each("visual CH=CH01 RUN=019"),
        ),
    ),
    Scenario(
        "get is refused",
        (fault("refuse", value=403, on="get"), *each("visual CH=CH01 RUN=009 WAIT=0\ncollect\nstatus REFRESH=1")),
    ),
    Scenario(
        "get fails", (fault("html_502", on="get", times=2), *each("visual CH=CH01 RUN=019\ncollect CH=CH01 RUN=007"))
    ),
    Scenario(
        "immediate faults",
        (
            fault("refuse", value=429, on="generate", times=1, retry_after=1),
            fault("safety", match="007の1"),
            fault("truncated_png", match="007の2"),
            fault("lost_reply", on="generate", match="007の3", times=1),
            *each(NOW),
            CALM,
            *each("visual CH=CH02 RUN=007 RETRY=refused"),
        ),
    ),
    Scenario(
        "an account without credit",
        (
            fault("refuse", value=402),
            *each("visual CH=CH02 RUN=007\nvisual CH=CH03 RUN=004\nvisual CH=CH02 RUN=007 SLOT=f-1"),
        ),
        loose=True,
    ),
    Scenario(
        "FLUX faults",
        (
            fault("filtered", match="の1"),
            fault("flux_error", match="の2"),
            *each("visual CH=CH01 RUN=001 SLOT=f-3\nvisual CH=CH01 RUN=001 SLOT=f-1"),
        ),
    ),
    Scenario(
        "another command holds the run",
        (
            lasting(3600),
            Meanwhile(
                "visual CH=CH01 RUN=007",
                "CH01-007",
                each("visual CH=CH01 RUN=007\ncollect CH=CH01\nretake CH=CH01 RUN=007 IDS=1"),
            ),
        ),
        loose=True,
    ),
    Scenario(
        "Ctrl-C while it waits", (lasting(3600), Doit("visual CH=CH01 RUN=007", stop=5.0), Doit("status")), loose=True
    ),
)
SCENARIOS = MADE + CHANGED + TAKES + STRUCK
