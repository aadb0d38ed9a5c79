"""{{name}} in what is asked for: filled in, or refused; never sent, never paid for."""

from tests.support.studio import Studio, story

ROWS = "id,prompt,所\n0001,{{所}}の朝,峠\n0002,{{ 所 }}の夜,\n"


def channel(**more: object) -> dict[str, object]:
    return {"image_generation": {"model_key": "g-1"}} | more


def put(studio: Studio, text: str, run: str = "CH01-001") -> None:
    studio.run(run).mkdir(parents=True, exist_ok=True)
    (studio.run(run) / "prompts.csv").write_text(text, "utf-8")


def test_what_is_sent_has_its_variables_filled_in(studio: Studio) -> None:
    """From the row, then from the channel. The digest is that of the filled text: written out, nothing is bought."""
    said = {"style": "{{画風}}", "prompt_suffix": "\\{{生}} {札}", "variables": {"所": "村", "画風": "水彩画"}}
    studio.write("configs/channel_presets.json", {"channels": {"CH01": channel(**said)}})
    put(studio, ROWS)
    studio.visual()
    page = (studio.run() / "gallery.html").read_text("utf-8")
    assert (list(studio.images()), studio.billed) == (["0001.png", "0002.png"], 2)
    assert "峠の朝" in page and "村の夜" in page and "{{所}}" not in page
    plain = channel(style="水彩画", prompt_suffix="\\{{生}} {札}")
    studio.write("configs/channel_presets.json", {"channels": {"CH01": plain}})
    put(studio, "id,prompt\n0001,峠の朝\n0002,村の夜\n")
    studio.visual()
    assert studio.billed == 2


def test_what_is_not_filled_stops_that_run_alone(studio: Studio) -> None:
    """File, line and the nearest name; the other run of the channel is made."""
    put(studio, ROWS.replace("{{所}}", "{{処}}").replace("id,prompt,所", "id,prompt,place"))
    studio.prompts({"0001": "{{plaec}}の朝"}, "CH01-002")
    said = studio.ask("validate", expect=3)
    assert 'CH01-001/prompts.csv:2: found "{{処}}", and nothing of that name to fill in' in said
    assert 'CH01-002/prompts.json:5 at /prompts/0/prompt: found "{{plaec}}"' in said and "write \\\\{{" in said
    assert 'found "{{処}}"' in studio.visual(expect=3)
    studio.prompts(story(1), "CH01-003")
    said = studio.visual(expect=1)
    assert "left out, the others go on" in said and 'found "{{処}}"' in said
    assert studio.billed == 1


def test_what_is_wrong_in_one_preset_stops_that_channel_alone(studio: Studio) -> None:
    """A style that never closes its braces, or variables that are no texts: said at the preset's line."""
    studio.prompts(story(1))
    studio.prompts(story(1, "二"), "CH02-001")
    for said, wrong in (
        ("/channels/CH02/style: opens {{ and never closes it with }}", channel(style="{{画風")),
        ("/channels/CH02/variables/画風: found a list", channel(variables={"画風": ["a", "b"]})),
        ('/channels/CH02/prompt_suffix: found "{{画風}}"', channel(prompt_suffix="{{画風}}", variables={"画": "a"})),
    ):
        studio.write("configs/channel_presets.json", {"channels": {"CH01": channel(), "CH02": wrong}})
        assert said in studio.ask("validate", expect=3)
        assert said in studio.ask("visual", "CH=CH02", expect=3)
        studio.visual()
    assert studio.billed == 1
