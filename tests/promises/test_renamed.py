"""A prompt gets another id: its picture is known by what it shows, so nothing is bought again."""

import pytest

from tests.support.studio import Studio


@pytest.fixture
def sent(studio: Studio) -> Studio:
    """Two prompts are on their way, for an hour."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts({"0001": "雪の山", "0002": "月の海"})
    studio.visual("WAIT=0")
    return studio


@pytest.mark.parametrize("command", ["visual", "collect"])
def test_renamed_while_its_job_is_open(sent: Studio, command: str) -> None:
    """Both ids moved up by one while the job was open: nothing is sent, and each picture gets its new name."""
    assert sent.emulator
    sent.prompts({"0002": "雪の山", "0003": "月の海"})
    assert "2 on their way" in sent.visual("WAIT=0")
    sent.emulator.advance(3600)
    sent.ask(command, "CH=CH01")
    assert (sent.jobs_created, sent.billed, sorted(sent.images())) == (1, 2, ["0002.png", "0003.png"])
    assert sent.manifest()["complete"] is True
    assert [line["cost_basis"] for line in sent.results()] == ["measured", "measured", "reused", "reused"]


def test_a_row_put_in_above_while_a_job_is_open(studio: Studio) -> None:
    """A CSV without ids numbers its rows: a title put in above makes one more picture, not three."""
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.run().mkdir(parents=True)
    (studio.run() / "prompts.csv").write_text("prompt\n雪の山\n月の海\n")
    studio.visual("WAIT=0")
    (studio.run() / "prompts.csv").write_text("prompt\n題名の絵\n雪の山\n月の海\n")
    studio.visual("WAIT=0")
    studio.emulator.advance(3600)
    studio.visual()
    assert (studio.billed, sorted(studio.images())) == (3, ["0001.png", "0002.png", "0003.png"])


def test_a_template_renamed_while_its_job_is_open(studio: Studio) -> None:
    """A thumbnail template with another name brings the same thumbnails under it, bought once."""
    assert studio.emulator

    def template(name: str) -> None:
        about = {"id": name, "image_model_key": "g-1", "prompt_template": "{{thumbnail_prompt}}"}
        studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": {"templates": [about]}}})

    template("bold")
    subject = {"episode": "251", "thumbnail_prompt": "鬼の顔"}
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [subject]})
    studio.emulator.job_seconds(3600)
    studio.ask("thumbnails", "CH=CH01", "WAIT=0")
    template("loud")
    studio.ask("thumbnails", "CH=CH01", "WAIT=0")
    studio.emulator.advance(3600)
    studio.ask("thumbnails", "CH=CH01")
    assert (studio.folder / "workspaces/thumbnails/assets/CH01/251/loud.png").is_file()
    assert (studio.jobs_created, studio.billed) == (1, 1)


def test_no_retake_of_a_renamed_picture_that_is_on_its_way(sent: Studio) -> None:
    """A retake under the new id is told to wait for the first picture."""
    sent.prompts({"0007": "雪の山"})
    assert "the first picture of 0007 is on its way" in sent.ask("retake", "CH=CH01", "RUN=001", "IDS=7", expect=1)
    assert sent.jobs_created == 1


def test_a_refused_text_under_another_id_is_not_sent_again(studio: Studio) -> None:
    """The refusal holds for the request, whatever its id: it is shown for the new one, and RETRY=refused sends it."""
    assert studio.emulator
    studio.prompts({"0001": "だめな絵"})
    studio.emulator.fault("safety", times=1)
    studio.visual(expect=1)
    studio.prompts({"0002": "だめな絵"})
    said = studio.visual(expect=1)
    assert "0002" in said and "RETRY=refused" in said and studio.jobs_created == 1
    assert "SAFETY" in (studio.run() / "gallery.html").read_text()
    studio.visual("RETRY=refused")
    assert (studio.jobs_created, sorted(studio.images())) == (2, ["0002.png"])
