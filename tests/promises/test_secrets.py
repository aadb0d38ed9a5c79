"""Keys, tokens and addresses of webhooks: in no file, no output, no message, whatever goes wrong."""

import itertools
import sys
from pathlib import Path

import pytest
from doit.exceptions import TaskError

from tasks.driver.reporter import told
from tasks.providers.failures import Ambiguous, Refused, Unavailable
from tests.support.emulator_process import EmulatorProcess
from tests.support.repeated_key import repeats
from tests.support.studio import Studio, story

KEY = "AIzaSyMARKER-gemini-0123456789abcdefghi"
FLUX_KEY = "fw_MARKERfireworks0123456789"
PROXY = "http://user:MARKERproxy@127.0.0.1:9"
FAULTS = [
    {"fault": "refuse", "value": 401},
    {"fault": "refuse", "value": 403},
    {"fault": "refuse", "value": 400},
    {"fault": "refuse", "value": 500},
    {"fault": "reset"},
    {"fault": "html_502"},
    {"fault": "redirect"},
    {"fault": "failed"},
    {"fault": "lost_reply"},
]


def held(folder: Path) -> list[str]:
    """Files below `folder` that hold a marker; the emulator's own state is the provider's, not ours."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and b"MARKER" in path.read_bytes()]


@pytest.mark.parametrize("slot", ["g-1", "i-1", "f-1", "f-3"])
def test_keys_stay_out_of_everything(studio: Studio, slot: str) -> None:
    """Nine failures on each lane, with keys that are markers: no byte of output, project or database has one."""
    assert studio.emulator
    studio.env |= {"GEMINI_API_KEY": KEY, "FIREWORKS_API_KEY": FLUX_KEY, "PYTHONDEVMODE": "1"}
    studio.prompts(story(1))
    said = ""
    for fault in FAULTS:
        studio.emulator.clear_faults()
        studio.emulator.control("POST", "faults", [fault | {"times": 4}])
        for command in (("visual", "CH=CH01", f"SLOT={slot}", "WAIT=0.01", "RETRY=permanent,lost"), ("adopt",)):
            done = studio.doit(*command)
            said += done.stdout + done.stderr
    assert len(said) > 500 and "MARKER" not in said
    assert held(studio.folder) == []


def test_a_proxy_with_a_password(tmp_path: Path) -> None:
    """A proxy that does not answer is complained about without its password."""
    with EmulatorProcess(tmp_path / "emulator", shrunk=4) as emulator:
        studio = Studio(tmp_path / "project", emulator)
        studio.env |= {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, "http_proxy": PROXY, "NO_PROXY": "", "no_proxy": ""}
        studio.prompts(story(1))
        said = "".join(studio.doit("visual", "CH=CH01", f"SLOT={slot}", "WAIT=0").stderr for slot in ("g-1", "i-1"))
        assert "MARKER" not in said
        assert held(studio.folder) == []


COMMANDS = (
    "visual CH=CH01 WAIT=0",
    "visual CH=CH01 WAIT=0 RETRY=permanent,refused,lost",
    "status REFRESH=1",
    "collect",
    "adopt",
    "cancel CH=CH01 RUN=001",
    "retake CH=CH01 RUN=002 IDS=1 WAIT=0",
    "compare NAME=n CH=CH01 RUN=001 SLOTS=g-1,i-1,f-1,f-3 WAIT=0",
    "thumbnails CH=CH01 WAIT=0",
    "plan CH=CH01",
    "gallery CH=CH01",
    "report FORMAT=json",
    "inbox",
    "validate",
)


@pytest.mark.parametrize(("status", "key"), [(400, KEY), (403, KEY), (403, "x9-MARKER.of/no+shape")])
def test_a_provider_that_repeats_the_key(studio: Studio, status: int, key: str) -> None:
    """Google names a suspended key in its answer: no command prints it, no file of the project holds it."""
    studio.limits(create_retries_on_429=0)
    for run, slot in (("CH01-001", "g-1"), ("CH01-002", "g-1"), ("CH01-003", "i-1"), ("CH01-004", "f-1")):
        entries = [{"id": "0001", "prompt": f"雪の山 {run}", "slot": slot}]
        studio.write(f"workspaces/video/runs/{run}/prompts.json", {"prompts": entries})
    template = {"id": "bold", "image_model_key": "i-1", "prompt_template": "{{thumbnail_prompt}}"}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
    subject = {"episode": "251", "thumbnail_prompt": "鬼の顔"}
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [subject]})
    studio.env |= {"GEMINI_API_KEY": key, "FIREWORKS_API_KEY": key}
    studio.doit("visual", "CH=CH01", "RUN=002", "WAIT=0")
    with repeats(status) as address:
        studio.env |= {"GOOGLE_GEMINI_BASE_URL": address, "FIREWORKS_BASE_URL": f"{address}/inference"}
        done = [studio.doit(*command.split()) for command in COMMANDS]
    said = "".join(each.stdout + each.stderr for each in done)
    assert str(status) in said and "MARKER" not in said and "\x1b[2J" not in said
    assert held(studio.folder) == []


def test_a_traceback_says_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug's traceback shows what was raised before it, without keys known by shape or by the environment."""
    monkeypatch.setenv("OTHER_API_KEY", "x9-MARKER.of/no+shape")
    try:
        try:
            raise ValueError(f"api_key:{KEY} and x9-MARKER.of/no+shape {'A' * 90_000}")
        except ValueError as error:
            raise RuntimeError("a bug") from error
    except RuntimeError as error:
        text = "".join(told(each) for each in TaskError("Python error", error).traceback)
    assert "RuntimeError: a bug" in text and "MARKER" not in text and sys.exc_info()[1] is None


@pytest.mark.parametrize("failed", [Unavailable, Ambiguous, lambda reason: Refused(400, reason)])
def test_every_failure_says_its_reason_in_one_clean_line(failed: object) -> None:
    """Whatever a provider says, a reason is one short line without keys and without codes that move a cursor."""
    assert callable(failed)
    for ends in itertools.product(("", "\x1b[2J", "\u202e", "\n", "A" * 90_000), repeat=2):
        reason = failed(f"{ends[0]} {KEY} {ends[1]}").reason
        assert "MARKER" not in reason and reason.isprintable() and len(reason) <= 600
