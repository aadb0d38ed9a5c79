"""Keys, tokens and addresses of webhooks: in no file, no output, no message, whatever goes wrong."""

from pathlib import Path

import pytest
from emulator_process import EmulatorProcess
from studio import Studio, story

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
    with EmulatorProcess(tmp_path / "emulator") as emulator:
        studio = Studio(tmp_path / "project", emulator)
        studio.env |= {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, "http_proxy": PROXY, "NO_PROXY": "", "no_proxy": ""}
        studio.prompts(story(1))
        said = "".join(studio.doit("visual", "CH=CH01", f"SLOT={slot}", "WAIT=0").stderr for slot in ("g-1", "i-1"))
        assert "MARKER" not in said
        assert held(studio.folder) == []
