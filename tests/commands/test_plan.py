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
    assert row["cap_left_usd"] == pytest.approx(10.0)
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
    assert row["cap_left_usd"] < 10


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
