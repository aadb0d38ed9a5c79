"""Renamed, copied, doubled, given up: whose picture it is stays clear, and no command undoes another one's choice."""

import json
import shutil

from tests.support.studio import Studio, story


def test_collect_leaves_what_a_slot_chose(studio: Studio) -> None:
    """Pictures that SLOT= put there are not exchanged for the preset's by a command that only collects."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.visual()
    studio.visual("SLOT=g-3")
    chosen = studio.images()
    studio.prompts(story(3))
    studio.emulator.job_seconds(60)
    studio.visual("SLOT=g-3", "WAIT=0")
    studio.emulator.advance(61)
    studio.ask("collect")
    assert {name: studio.images()[name] for name in chosen} == chosen


def test_runs_renumbered_in_a_row_keep_their_records(studio: Studio) -> None:
    """002 became 003 and 001 became 002: neither is a copy, and no message removes the only record of an open job."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    for number in ("001", "002"):
        studio.prompts({"0001": f"話{number}"}, f"CH01-{number}")
    studio.visual("WAIT=0")
    studio.run("CH01-002").rename(studio.run("CH01-003"))
    studio.run("CH01-001").rename(studio.run("CH01-002"))
    for number in ("003", "002"):
        said = studio.ask("visual", "CH=CH01", f"RUN={number}", "WAIT=0", expect=3)
        assert "was the folder renamed?" in said and "rm -r" not in said


def test_a_folder_by_another_name_is_no_copy(studio: Studio) -> None:
    """A link, or RUN=251a for 251A on a disk that takes both for one: its own name is named, nothing is removed."""
    studio.prompts(story(1), "CH01-251A")
    studio.visual()
    studio.run("CH01-251a").symlink_to("CH01-251A", target_is_directory=True)
    said = studio.ask("visual", "CH=CH01", "RUN=251a", expect=3)
    assert "use its own: doit visual CH=CH01 RUN=251A" in said and "rm -r" not in said


def test_no_job_is_made_before_all_keys_are_there(studio: Studio) -> None:
    """The key that the second run needs is missing: "nothing was sent" is true of the first one, too."""
    studio.prompts(story(1), "CH01-001")
    entry = {"id": "0001", "prompt": "別の絵", "slot": "f-1"}
    studio.write("workspaces/video/runs/CH01-002/prompts.json", {"prompts": [entry]})
    assert "nothing was sent" in studio.visual(expect=1, FIREWORKS_API_KEY="")
    assert studio.jobs_created == 0


def test_the_shown_of_two_pictures_comes_back(studio: Studio) -> None:
    """A job given up by RETRY=lost is adopted; a deleted picture comes back as it was, not as the other one."""
    assert studio.emulator
    studio.emulator.fault("lost_reply", on="create", times=1)
    studio.emulator.fault("list_lag")
    studio.emulator.fault("as_png", times=1)
    studio.prompts(story(1))
    studio.visual(expect=1)
    studio.visual("RETRY=lost")
    images = studio.images()
    studio.emulator.clear_faults()
    studio.ask("adopt")
    (studio.run() / "images" / "0001.png").unlink()
    studio.visual()
    assert studio.images() == images


def test_another_id_brings_no_new_attempts(studio: Studio) -> None:
    """Exhausted under one id, RETRY=exhausted under another one: one more attempt, and the next command sends none."""
    assert studio.emulator
    studio.prompts({"0001": "雪の山"})
    studio.emulator.fault("no_image")
    for _ in range(4):
        studio.visual(expect=1)
    studio.prompts({"0002": "雪の山"})
    jobs = studio.jobs_created
    for words in ((), ("RETRY=exhausted",), ()):
        studio.visual(*words, expect=1)
    assert studio.jobs_created == jobs + 1


def test_a_copy_hides_no_job_that_succeeded_after_all(studio: Studio) -> None:
    """The job belongs to the run that bought it, whatever folder its manifest was copied to."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(2))
    studio.visual("WAIT=0")
    job = studio.manifest()["submissions"][0]["job"]
    studio.emulator.force(job, "CANCELLED", with_output=False)
    studio.ask("collect", expect=1)
    shutil.copytree(studio.run(), studio.run("CH01-002"))
    studio.emulator.force(job, "SUCCEEDED", with_output=True)
    studio.doit("adopt")
    assert len(studio.images()) == 2


def test_a_file_names_its_stage(studio: Studio) -> None:
    """doit takes targets for tasks: the variables of visual are theirs."""
    studio.prompts(story(1))
    studio.ask("workspaces/video/runs/CH01-001/usage.csv", "CH=CH01", "SLOT=g-1")
    assert json.loads((studio.run() / "prompts.json").read_text()) and len(studio.images()) == 1


def test_a_twin_keeps_its_picture(studio: Studio) -> None:
    """Two prompts with one text: removing the first, or changing their order, exchanges nothing and buys nothing."""
    assert studio.emulator
    studio.emulator.fault("as_png", times=1)
    studio.prompts({"0001": "雪", "0002": "雪"})
    studio.visual()
    before = studio.images()
    studio.prompts({"0002": "雪"})
    studio.visual()
    assert studio.images()["0002.png"] == before["0002.png"]
    studio.prompts({"0002": "雪", "0003": "月", "0001": "雪"})
    studio.visual()
    assert before.items() <= studio.images().items() and studio.billed == 3


def test_a_new_twin_before_two_bought_ones(studio: Studio) -> None:
    """A prompt of the same text put before two that are there: one more picture is bought, and those stay."""
    assert studio.emulator
    studio.prompts({"0001": "雪", "0002": "雪"})
    studio.visual()
    before = studio.images()
    studio.prompts({"0000": "雪", "0001": "雪", "0002": "雪"})
    studio.visual()
    assert before.items() <= studio.images().items() and len(studio.images()) == 3
    assert len({line["digest"] for line in studio.results()}) == studio.billed == 3


def test_a_twin_of_a_refused_prompt_keeps_its_picture(studio: Studio) -> None:
    """The first of two prompts with one text is refused and removed: the other one is neither held back nor bought."""
    assert studio.emulator
    studio.emulator.fault("safety", match="0001", times=1)
    studio.prompts({"0001": "雪", "0002": "雪"})
    studio.visual(expect=1)
    before = studio.images()
    studio.prompts({"0002": "雪"})
    studio.visual()
    assert studio.images() == before and studio.jobs_created == 1
