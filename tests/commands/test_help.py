"""The examples of the help run: each line, as it stands, in one studio."""

import signal
import subprocess
import time

import pytest

from tasks.driver.help_text import EXAMPLES, GROUPS, OF_THE_PROGRAM
from tests.support.studio import Studio, story

ENDLESS = ("review", "listen", "emulator")
"""Commands that run until Ctrl-C."""
NOTHING_THERE = {"inbox DONE=CH01-001": 3} | dict.fromkeys(EXAMPLES["cancel"], 1)
"""About entries and jobs that this studio does not have: told so, and nothing is changed."""
ORDER = [name for commands in GROUPS.values() for name in commands if name not in (*ENDLESS, *OF_THE_PROGRAM)]


def test_every_example_runs(studio: Studio) -> None:
    """One after the other in the order of the help, with a run of ten pictures and one thumbnail to make."""
    studio.prompts(story(10))
    template = {"id": "main", "prompt_template": "{{thumbnail_prompt}}", "image_model_key": "g-1"}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [template]}}})
    subject = {"episode": "001", "thumbnail_prompt": "雪の峠"}
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [subject]})
    for command in ORDER:
        for example in EXAMPLES[command]:
            words = example.partition(" && ")[0].partition(" > ")[0].split()
            done = studio.doit(*words)
            said = done.stdout + done.stderr
            expected = NOTHING_THERE.get(example, 0)
            assert done.returncode == expected, f"{example}: exit {done.returncode}\n{said}"
            assert "Traceback" not in said


@pytest.mark.parametrize("command", ENDLESS)
def test_every_example_that_goes_on_starts_and_ends(studio: Studio, command: str) -> None:
    """Started as it stands but for the port, which another program may have, it ends by Ctrl-C."""
    studio.prompts(story(1))
    studio.visual()
    for example in EXAMPLES[command][:2]:
        words = [word for word in example.split() if not word.startswith("PORT=")]
        process = studio.launch(*words, "PORT=0", GEMINI_WEBHOOK_SECRET="whsec_c2VjcmV0c2VjcmV0c2VjcmV0")
        time.sleep(1)
        assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        try:
            assert "Traceback" not in process.communicate(timeout=20)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            raise
