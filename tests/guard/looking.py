"""Scenarios that only look, and those that are refused: nothing may be written."""

from . import hands
from .scenario import Scenario, each, later, removed
from .steps import SECRET, Ask, ByHand, Doit, Serve, WithSlack, verdict

STATUS = """
status
status FORMAT=json
status CH=CH01
status CH=CH01 RUN=007
status REFRESH=1
status REFRESH=1 FORMAT=json
"""
PLANS = """
plan
plan CH=ALL
plan CH=ALL FORMAT=json
plan CH=CH01 SLOT=i-1 LIMIT=2
plan CH=CH01 RUN=012 RETRY=exhausted
plan CH=CH01 RETRY=refused,permanent,exhausted,lost FORMAT=json
plan CH=CH02 BUDGET=0.1
plan CH=CH03 SLOT=f-4
plan CH=CH05
plan CH=CH00
plan CH=CH01 RUN=019 SLOT=g-2
plan CH=CH01 RUN=016 SLOT=f-1
"""
REPORTS = """
report FORMAT=json
report CH=CH01
report CH=CH01 RUN=002
report SINCE=2026-01-01 UNTIL=2026-12-31
report SINCE=2030-01-01
"""
OF_DOIT = """
list
list --all
list visual
help
help visual
help compare
info status
"""
REFUSED = """
visual
visual CH=CH99
visual CH=ch01
visual CH=
visual CH=../x
visual CH=ＣＨ０１
visual CH=CH01 RUN=777
visual CH=CH01 RUN=CH01-001
visual RUN=001
visual CH=CH01 IDS=3
visual CH=CH01 SLT=g-1
visual CH=CH01 CH=CH02
visual CH=CH01 枠=g-1
visual CH=CH01 SLOT=nope
visual CH=CH01 SLOT=img-imagen-4-fast-1
visual CH=CH01 SLOT=gemini_2_5_flash_image
visual CH=CH01 SLOT=g-1,g-2
visual CH=CH01 LIMIT=0
visual CH=CH01 LIMIT=たくさん
visual CH=CH01 WAIT=soon
visual CH=CH01 RETRY=all
visual CH=CH01 BUDGET=-1
visual CH=CH01 -n 2
visual CH=CH01 RUN=016 SLOT=f-1
visul CH=CH01
status FORMAT=xml
status SLOT=g-1
retake
retake CH=CH01 RUN=001
retake CH=CH01 RUN=001 IDS=99
retake CH=CH01 RUN=001 PICK=1
retake CH=CH01 RUN=002 IDS=2 PICK=9
retake CH=CH01 RUN=019 IDS=1
retake CH=CH01 RUN=001 IDS=NG
compare
compare NAME=new
compare NAME=new SLOTS=g-1 CH=CH01
compare NAME=../x SLOTS=g-1,i-1 CH=CH01 RUN=001
compare NAME=new SLOTS=g-1,zz CH=CH01 RUN=001
thumbnails CH=CH09
thumbnails CH=CH01 RUN=777
thumbnails CH=CH01 IDS=9-bold
report SINCE=2026-13-01
report SINCE=2026-11-02 UNTIL=2026-11-01
inbox DONE=zz
inbox DONE=aaaaaaaa
collect JOB=batches/nobody
collect JOB=a/b/c
collect CH=CH99
cancel
cancel CH=ALL
cancel CH=CH01
cancel CH=CH01 RUN=001
cancel JOB=batches/nobody
adopt CH=CH99
gallery
request
listen
emulator PORT=99999
review CH=CH99 PORT=0
validate CH=CH01
"""
NO_KEY = {"GEMINI_API_KEY": "", "FIREWORKS_API_KEY": ""}
KEYLESS = """
visual CH=CH01 RUN=019
visual CH=CH03 RUN=004
visual CH=CH01 RUN=001
visual CH=ALL
collect
status REFRESH=1
plan CH=CH01
cancel CH=CH01 RUN=007
adopt
retake CH=CH01 RUN=001 IDS=1
thumbnails CH=CH02
compare NAME=new SLOTS=g-1,i-1 CH=CH01 RUN=001
"""
STRANGE = """
visual CH=CH01 RUN=007 WAIT=0
visual CH=CH01 RUN=019
visual CH=CH02 RUN=002
visual CH=CH03 RUN=004
collect
adopt
status REFRESH=1
"""
SCREEN = """
status
plan CH=CH01
report CH=CH01
inbox
validate
gallery CH=CH05
visual CH=CH01 RUN=001
"""
BOOK = "{}"
PAGES = (
    Ask("/"),
    Ask("/video/CH01.html"),
    Ask("/video/runs/CH01-003/gallery.html"),
    Ask("/video/runs/CH01-003/review.json"),
    Ask("/compare/duel/index.html"),
    Ask("/../configs/budget.yaml"),
    verdict("0001", "NG", "CH01-003"),
    verdict("0003", "OK", "CH01-001"),
    verdict("../x", "OK", "CH01-001"),
    Ask("/video/runs/CH01-003/review.json", "POST", BOOK),
)
ENDED = '{"type": "batch.succeeded", "version": "v1", "data": {"id": "<job CH01-007>"}}'
HOOKS = (
    Ask("/gemini"),
    Ask("/gemini", "POST", ENDED, {"Content-Type": "application/json"}),
    Ask("/gemini", "POST", ENDED, {"Content-Type": "application/json"}, signed=True),
)
OFFLINE = (
    Ask("/_emulator/ledger"),
    Ask("/v1beta/models", headers={"x-goog-api-key": "k"}),
    Ask("/v1beta/batches", headers={"x-goog-api-key": "k"}),
)


def _spoiled(spoil: object) -> Scenario:
    """A damaged file, and what each command makes of it."""
    name = getattr(spoil, "__name__", "")
    commands = """
    validate
    status
    plan CH=ALL
    gallery CH=ALL
    report
    inbox
    collect CH=CH04
    adopt
    visual CH=CH04
    visual CH=CH02 RUN=003
    retake CH=CH01 RUN=002 IDS=2 PICK=2
    thumbnails
    """
    steps = (ByHand(spoil), *each(commands))  # type: ignore[arg-type]
    return Scenario(f"damaged: {name}", steps, quick=name == "bad_line", loose=True)


SCENARIOS = (
    Scenario("doit alone", (Doit(""),)),
    Scenario("status", each(STATUS), quick=True),
    Scenario("status later", (later(7), *each(STATUS))),
    Scenario("plan", each(PLANS), quick=True),
    Scenario("report", each(REPORTS), quick=True),
    Scenario("of doit", each(OF_DOIT), quick=True),
    Scenario("clean", each("clean\nclean visual CH=CH01\nforget\nstatus")),
    Scenario("refused", each(REFUSED), quick=True),
    Scenario("without a key", each(KEYLESS, env=NO_KEY), quick=True),
    Scenario(
        "with a wrong key", each(STRANGE, env={"GEMINI_API_KEY": "invalid-key", "FIREWORKS_API_KEY": "invalid-key"})
    ),
    Scenario("with another key", each(STRANGE, env={"GEMINI_API_KEY": "another", "FIREWORKS_API_KEY": "another"})),
    Scenario("at an unsafe address", each(STRANGE, env={"GOOGLE_GEMINI_BASE_URL": "http://example.com"})),
    Scenario(
        "nobody answers",
        each(
            "visual CH=CH01 RUN=019\ncollect\nvisual CH=CH02 RUN=007",
            env={"GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9", "FIREWORKS_BASE_URL": "http://127.0.0.1:9/inference"},
        ),
    ),
    Scenario("validate", each("validate"), quick=True),
    Scenario("on a terminal", each(SCREEN, screen=True)),
    Scenario(
        "inbox",
        each("inbox\ninbox FORMAT=json\ninbox DONE=c6fktage,key=m2qv56gj\ninbox\ninbox DONE=c6fktage"),
        quick=True,
    ),
    Scenario(
        "inbox with Slack",
        (WithSlack(each("inbox\ninbox SYNC=1\ninbox\nvisual CH=CH01 RUN=011 RETRY=refused"), (503,), "赤くして"),),
    ),
    Scenario("gallery", each("gallery CH=CH01\ngallery CH=CH01 RUN=003\ngallery CH=ALL\ngallery CH=ALL"), quick=True),
    Scenario("gallery anew", (removed("**/*.html"), *each("gallery CH=ALL"))),
    Scenario(
        "review", (Serve("review", PAGES), Doit("retake CH=CH01 RUN=003 IDS=NG"), Serve("review NAME=duel", PAGES[4:5]))
    ),
    Scenario("listen", (later(7), Serve("listen", HOOKS, {"GEMINI_WEBHOOK_SECRET": SECRET}, after=3))),
    Scenario("emulator", (Serve("emulator", OFFLINE),)),
    *(_spoiled(spoil) for spoil in hands.SPOILS),
)
