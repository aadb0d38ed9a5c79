"""`doit plan`: what would be sent, for how much; nothing is."""

import json

import pytest

from tests.support.studio import Studio, story


def test_a_plan_says_what_visual_then_does(studio: Studio) -> None:
    """Missing, cost, the other lane's cost and what the cap leaves; and visual then spends about that."""
    studio.prompts(story(10))
    before = studio.snapshot()
    plan = json.loads(studio.doit("plan", "CH=CH01", "FORMAT=json").stdout)
    assert studio.snapshot() == before
    (row,) = plan["rows"]
    assert (row["missing"], row["lane"], row["other_lane"]) == (10, "batch", "immediate")
    assert row["other_lane_usd"] == pytest.approx(2 * row["cost_usd"], rel=1e-4)
    assert row["image_tokens"] == 11200
    assert row["cap_left_usd"] == pytest.approx(20.0)
    assert studio.emulator and studio.emulator.ledger()["http_total"] == 0
    studio.visual()
    assert sum(float(each["cost_usd"]) for each in studio.usage()) == pytest.approx(row["cost_usd"], rel=0.05)


def test_a_plan_tells_what_is_paid_and_what_is_there(studio: Studio) -> None:
    """Pictures that are there are not missing, those in the store come for nothing, LIMIT= bounds the rest."""
    studio.prompts(story(4))
    studio.visual("LIMIT=3")
    (studio.run() / "images" / "0001.png").unlink()
    row = json.loads(studio.doit("plan", "CH=CH01", "FORMAT=json").stdout)["rows"][0]
    assert (row["present"], row["paid"], row["missing"]) == (2, 1, 1)
    assert row["cap_left_usd"] < 20


def test_a_plan_refuses_what_visual_refuses(studio: Studio) -> None:
    """A slot nobody knows stops the plan with exit 3 and the reason."""
    studio.prompts(story(1))
    done = studio.doit("plan", "CH=CH01", "SLOT=g-9")
    assert done.returncode == 3
    assert '"g-9"' in done.stdout + done.stderr


def test_a_plan_with_nothing_to_send_says_so(studio: Studio) -> None:
    """Every picture is there: two lines, no cost, no command."""
    studio.prompts(story(1))
    studio.visual()
    said = studio.ask("plan", "CH=CH01").splitlines()
    assert said == ["nothing left to do in 1 run", "nothing would be sent"]


def test_a_plan_shows_the_very_texts(studio: Studio) -> None:
    """TEXT=1: run, id, slot, then what the provider is told, indented; what the job then holds is the same."""
    texts = {"0001": "山道の [red]老僧[/red]\n\n\t朝の光 ", "0002": "月夜の海"}
    path = studio.prompts(texts)
    data = json.loads(path.read_text())
    data["prompts"][1]["slot"] = "gemini_3_pro_image"
    path.write_text(json.dumps(data))
    preset = json.loads((studio.folder / "configs" / "channel_presets.json").read_text())
    preset["channels"]["CH01"] |= {"style": "墨と淡彩", "prompt_suffix": "文字は入れない。"}
    studio.write("configs/channel_presets.json", preset)
    before = studio.snapshot()
    said = studio.ask("plan", "CH=CH01", "TEXT=1").splitlines()
    made = json.loads(studio.doit("plan", "CH=CH01", "TEXT=1", "FORMAT=json").stdout)
    assert studio.snapshot() == before
    assert [(each["run"], each["id"], each["slot"], each["model_key"]) for each in made["texts"]] == [
        ("CH01-001", "0001", "g-1", "gemini_nano_banana_2_1"),
        ("CH01-001", "0002", None, "gemini_3_pro_image"),
    ]
    first = made["texts"][0]["text"]
    assert first == "墨と淡彩\n山道の [red]老僧[/red]\n\n\t朝の光\n文字は入れない。"
    shown = ["CH01-001 0001 g-1", *(f"    {line}" if line else "" for line in first.split("\n"))]
    assert said[: len(shown)] == shown
    assert said[len(shown)] == "CH01-001 0002 gemini_3_pro_image"
    assert said[-1] == "  doit visual CH=CH01"
    studio.ask("request", "CH=CH01")
    lines = (studio.run() / "batch_request.jsonl").read_text().splitlines()
    sent = [json.loads(line)["request"]["contents"][0]["parts"][0]["text"] for line in lines]
    assert sent == [each["text"] for each in made["texts"]]


def test_a_plan_shows_texts_of_what_would_be_sent_only(studio: Studio) -> None:
    """LIMIT= counts over all runs, as when sending; without TEXT= there is none, and no other command takes it."""
    studio.prompts(story(2))
    studio.prompts(story(3, "二"), "CH01-002")
    made = json.loads(studio.doit("plan", "CH=CH01", "TEXT=1", "LIMIT=3", "FORMAT=json").stdout)
    assert [(each["run"], each["id"]) for each in made["texts"]] == [
        ("CH01-001", "0001"),
        ("CH01-001", "0002"),
        ("CH01-002", "0001"),
    ]
    assert [row["missing"] for row in made["rows"]] == [2, 1]
    assert "texts" not in json.loads(studio.doit("plan", "CH=CH01", "FORMAT=json").stdout)
    assert "TEXT= is for doit plan" in studio.ask("visual", "CH=CH01", "TEXT=1", expect=3)
    assert "use TEXT=1" in studio.ask("plan", "CH=CH01", "TEXT=yes", expect=3)


def test_a_plan_s_texts_cannot_move_the_cursor(studio: Studio) -> None:
    """Marks that turn the reading direction are shown as ?, the data has them as they are sent; CRLF is a line end."""
    studio.prompts({"0001": "山\u202e道\r\n朝"})
    said = studio.ask("plan", "CH=CH01", "TEXT=1").splitlines()
    assert said[1:3] == ["    山?道", "    朝"]
    made = json.loads(studio.doit("plan", "CH=CH01", "TEXT=1", "FORMAT=json").stdout)
    assert made["texts"][0]["text"] == "山\u202e道\r\n朝"
