"""What the help says of each command: which group it is in, and three lines to copy. What it does stands in dodo.py."""

from collections.abc import Mapping

from ..text.sentences import later

GROUPS: Mapping[str, tuple[str, ...]] = {
    later("make pictures"): ("visual", "thumbnails", "retake", "compare"),
    later("look"): ("status", "review", "gallery"),
    later("money"): ("plan", "report"),
    later("disk"): ("tidy",),
    later("trouble"): ("inbox", "collect", "cancel", "adopt", "listen"),
    later("set up"): ("init", "import", "validate", "emulator", "completion"),
    later("single steps of visual"): ("request", "submit", "fetch", "usage"),
}
OF_THE_PROGRAM: Mapping[str, str] = {
    "init": later(
        "a folder -> a workspace of your own; nothing is overwritten\n--check says how one differs from a new one"
    ),
    "completion": later("a shell's name -> its completion script\nbash, zsh, fish or powershell"),
}
"""Commands of `kamishibai` alone, which make no tasks; as docstrings of dodo.py."""
EXAMPLES: Mapping[str, tuple[str, str, str]] = {
    "visual": ("visual CH=CH01", "visual CH=CH01 RUN=001 LIMIT=5 WAIT=30", "visual CH=ALL WAIT=0"),
    "thumbnails": ("thumbnails CH=CH01", "thumbnails CH=CH01 RUN=001", "thumbnails CH=CH01 IDS=001-main"),
    "retake": (
        "retake CH=CH01 RUN=001 IDS=3,7",
        "retake CH=CH01 RUN=001 IDS=3 PICK=1",
        "retake CH=CH01 RUN=001 IDS=3 SLOT=i-1 TAKES=3",
    ),
    "compare": (
        "compare NAME=first-look SLOTS=g-1,i-3 CH=CH01 RUN=001 IDS=1,2",
        "compare NAME=first-look",
        "compare NAME=lanes SLOTS=i-1,i-2 CH=CH01 RUN=001 LIMIT=2 BUDGET=1",
    ),
    "status": ("status", "status CH=CH01 REFRESH=1", "status FORMAT=json"),
    "review": ("review CH=CH01", "review CH=CH01 RUN=001", "review NAME=first-look PORT=0"),
    "gallery": ("gallery CH=CH01", "gallery CH=CH01 RUN=001", "gallery CH=ALL"),
    "plan": ("plan CH=CH01", "plan CH=CH01 RUN=001 SLOT=i-3", "plan CH=CH01 SLOTS=g-1,o-1,o-2,l-1"),
    "report": ("report", "report CH=CH01 SINCE=2026-11-01 UNTIL=2026-11-30", "report FORMAT=json"),
    "tidy": (
        "tidy CH=CH01 BEFORE=2026-10-01",
        "tidy CH=CH01 BEFORE=2026-10-01 APPLY=1",
        "tidy CH=CH01 RUN=001 BEFORE=2026-10-01",
    ),
    "inbox": ("inbox", "inbox DONE=CH01-001", "inbox FORMAT=json"),
    "collect": ("collect", "collect CH=CH01", "collect CH=CH01 RUN=001"),
    "cancel": ("cancel CH=CH01 RUN=001", "cancel CH=CH01 RUN=001 WAIT=5", "cancel JOB=batches/abc123"),
    "adopt": ("adopt", "adopt CH=CH01", "adopt CH=CH01 RUN=001"),
    "listen": ("listen", "listen PORT=8767", "listen PORT=0"),
    "init": ("init my-studio", "init .", "init --check"),
    "import": ("import CH=ALL", "import CH=CH01 APPLY=1", "import CH=CH01 APPLY=1 RETRY=lost"),
    "validate": ("validate", "validate && {program} plan CH=CH01", "validate > mistakes.txt"),
    "emulator": ("emulator", "emulator PORT=8765", "emulator PORT=0"),
    "completion": ("completion bash", "completion zsh", "completion powershell"),
    "request": ("request CH=CH01", "request CH=CH01 RUN=001", "request CH=CH01 SLOT=g-3"),
    "submit": ("submit CH=CH01", "submit CH=CH01 RUN=001 BUDGET=2", "submit CH=CH01 LIMIT=5"),
    "fetch": ("fetch CH=CH01", "fetch CH=CH01 RUN=001 WAIT=30", "fetch CH=ALL WAIT=0"),
    "usage": ("usage CH=CH01", "usage CH=CH01 RUN=001", "usage CH=ALL"),
}
