"""*.local.yaml: every command says once which are in force."""

from tests.support.studio import Studio, story


def test_every_command_says_once_which_overrides_are_in_force(studio: Studio) -> None:
    """Making pictures, having nothing to do, validating and looking; `doit list` stays silent."""
    studio.prompts(story(1))
    path = studio.folder / "configs" / "image_model_slots.local.yaml"
    path.write_text("slots: {g-1: {model_key: gemini_3_1_flash_lite_image}}\n")
    line = "in force: image_model_slots.local.yaml"
    assert studio.visual().count(line) == 1
    assert studio.manifest()["submissions"][0]["model_name"] == "gemini-3.1-flash-lite-image"
    for words in (["visual", "CH=CH01"], ["validate"], ["status"]):
        done = studio.doit(*words)
        assert (done.returncode, done.stderr.count(line), done.stdout.count(line)) == (0, 1, 0), done
    assert line not in studio.doit("list").stderr
    path.unlink()
    said = studio.visual()
    assert line not in said
    assert "1 changed" in said, "without the override the slot means another model again"
    studio.visual("RETRY=changed")
    assert studio.jobs_created == 2
