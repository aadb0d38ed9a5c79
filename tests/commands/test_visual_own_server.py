"""Slots of a picture server of one's own: what it may answer, what is never sent to it, and that it costs nothing."""

import json
from typing import Any

import pytest
import yaml

from tests.support.studio import Studio, emulator, story


def asked(studio: Studio, operation: str = "own_generate") -> int:
    return int(emulator(studio).ledger()["requests"].get(operation, 0))


@pytest.fixture
def house(studio: Studio) -> Studio:
    """A channel on l-1, with two prompts."""
    studio.presets("l-1")
    studio.prompts(story(2))
    return studio


def override(studio: Studio, **changes: Any) -> None:
    path = studio.folder / "configs" / "image_models.local.yaml"
    path.write_text(yaml.safe_dump(changes))


def test_twelve_pictures_cost_nothing(studio: Studio) -> None:
    """As many as were asked for, of the right size, one after the other, each with the seed of its key, for nothing."""
    studio.presets("l-1", output_size="1280x720")
    studio.prompts(story(12))
    said = studio.visual()
    assert "12 of 12 pictures" in said and "about $0" in said and "Apache-2.0" in said
    assert (asked(studio), len(set(studio.images().values()))) == (12, 12)
    lines, sent = studio.results(), set(emulator(studio).control("GET", "sent"))
    assert {line["source_sha256"] for line in lines} == sent
    assert {(line["width"], line["height"]) for line in lines} == {(1280, 720)}
    assert len({line["seed"] for line in lines}) == 12 and all(line["seconds"] is not None for line in lines)
    assert {line["cost_usd"] for line in lines} == {0} and emulator(studio).ledger()["usd"] == 0
    before = emulator(studio).ledger()["http_total"]
    studio.visual()
    assert emulator(studio).ledger()["http_total"] == before


def test_a_seed_makes_the_same_picture_again(house: Studio) -> None:
    """Deleted for good and made again it is the same; a take of its own is another one."""
    house.visual()
    first, seeds = house.images(), {line["prompt_id"]: line["seed"] for line in house.results()}
    house.ask("retake", "CH=CH01", "RUN=001", "IDS=1")
    taken = [line for line in house.results() if line["seed"] != seeds["0001"] and line["prompt_id"] == "0001"]
    assert len(taken) == 1 and house.images()["0001.png"] != first["0001.png"]


def test_electricity_is_an_estimate(house: Studio) -> None:
    """With watts and a tariff each picture costs what its seconds drew, and the plan says what to expect."""
    power = {"watts": 300, "usd_per_kwh": 0.2, "seconds_per_picture": 8}
    override(house, providers={"own_server": {"power": power}})
    each = 0.3 * 0.2 * 8 / 3600
    plan = json.loads(house.doit("plan", "CH=CH01", "FORMAT=json").stdout)
    assert plan["total"]["cost_usd"] == pytest.approx(2 * each, abs=1e-6)
    house.visual()
    for line in house.results():
        assert line["cost_basis"] == "estimated"
        assert 0 <= line["cost_usd"] <= 0.3 * 0.2 * line["seconds"] / 3600 + 1e-9


def test_nobody_said_where_it_is(house: Studio) -> None:
    """One sentence with the variable and what to do; nothing is sent anywhere."""
    said = house.visual(expect=1, IMAGE_SERVER_URL=" ")
    assert "no address for own_server: IMAGE_SERVER_URL is not set; nothing was sent to it" in said
    assert "export IMAGE_SERVER_URL=http://" in said and emulator(house).ledger()["http_total"] == 0


def test_plain_http_is_for_that_server_alone(house: Studio) -> None:
    """Another provider's key does not travel over http to a host elsewhere, whatever is allowed here."""
    said = house.visual("SLOT=oi-1", expect=3, OPENAI_BASE_URL="http://192.0.2.1/v1")
    assert "keys travel only over https" in said
    said = house.visual(expect=1, IMAGE_SERVER_URL="http://127.0.0.1:9/v1")
    assert "no picture server answers at http://127.0.0.1:9/v1" in said and "doit visual" in said


def test_no_proxy_is_asked(house: Studio) -> None:
    """A proxy of the environment is for the internet: the house is reached without it, and none is announced."""
    proxy = "http://127.0.0.1:9"
    said = house.visual(HTTP_PROXY=proxy, http_proxy=proxy, ALL_PROXY=proxy, NO_PROXY="")
    assert "proxy" not in said and len(house.images()) == 2


def test_a_key_is_optional(house: Studio) -> None:
    """Without one nothing is missing; a wrong one is said with its variable, and never shown."""
    house.visual(IMAGE_SERVER_API_KEY="")
    house.prompts(story(3))
    said = house.visual(expect=1, IMAGE_SERVER_API_KEY="invalid-key")
    assert "IMAGE_SERVER_API_KEY" in said and "your server was started with" in said and "invalid-key" not in said
    assert len(house.images()) == 2


def test_a_model_that_is_not_loaded(house: Studio) -> None:
    """The server says which it has: another one never draws in its place; its own spelling of a name will do."""
    emulator(house).fault("served", value="sdxl,flux.1-dev", times=1)
    said = house.visual(expect=1)
    assert "127.0.0.1 has sdxl, flux.1-dev, not FLUX.2-klein-4B" in said and asked(house) == 0
    emulator(house).fault("served", value="black-forest-labs/flux.2-KLEIN-4b", times=1)
    house.visual()
    assert len(house.images()) == 2


def test_a_server_that_does_not_name_its_model(house: Studio) -> None:
    """stable-diffusion.cpp takes its seed out of the text: it is put there, and so it is true what is recorded."""
    house.visual()
    plain = house.images()
    house.ask("retake", "CH=CH01", "RUN=001", "IDS=1")
    emulator(house).fault("served")
    other = Studio(house.folder.parent / "other", emulator(house))
    other.presets("l-1")
    other.prompts(story(2))
    other.visual()
    assert other.images() == plain


def test_texts_that_a_server_would_carry_out(studio: Studio) -> None:
    """Refused with the place, file and line, before anything is sent; on another slot it is a text like any other."""
    studio.presets("l-1")
    path = studio.prompts({"0001": "a cat", "0002": "boat <lora:evil:1>"})
    number = [n for n, line in enumerate(path.read_text().splitlines(), 1) if '"prompt":' in line][-1]
    said = studio.visual(expect=3)
    assert f"prompts.json:{number}" in said and 'found "<lora:evil:1>"' in said
    studio.visual("SLOT=oi-2")
    assert len(studio.images()) == 2
    channel = {"name": "試験", "style": "ink <lora:ink:1>", "image_generation": {"model_key": "l-1"}}
    studio.write("configs/channel_presets.json", {"channels": {"CH01": channel}})
    said = studio.visual(expect=3)
    assert "channel_presets.json" in said and "style" in said and "<lora:ink:1>" in said


def test_an_address_elsewhere_is_not_followed(house: Studio) -> None:
    """Nothing is asked of another host: the address is kept for a person, who decides."""
    emulator(house).fault("as_url", value="elsewhere", times=1)
    house.visual(expect=1)
    (line,) = [line for line in house.results() if line["status"] != "ok"]
    assert line["cause"] == "unreadable" and len(house.images()) == 1
    house.visual(expect=1)
    assert asked(house) == 2
    house.visual("RETRY=unreadable")
    assert len(house.images()) == 2


def test_a_picture_of_another_size(house: Studio) -> None:
    """It is not the one that was asked for: said with both sizes, not asked for again unchanged, never shown."""
    emulator(house).fault("wrong_size", times=1)
    house.visual(expect=1)
    (line,) = [line for line in house.results() if line["status"] != "ok"]
    assert line["reason"] == "another size: 512x512 came, 1344x768 was asked for"
    assert (line["failure"], line["cost_usd"]) == ("permanent", 0)
    house.visual(expect=1)
    assert asked(house) == 2
    house.visual("RETRY=permanent")
    assert len(house.images()) == 2


def test_errors_in_any_shape(house: Studio) -> None:
    """A bare text with 500 is asked again at once; `detail` with 422 is for a person; too little memory is no loop."""
    emulator(house).fault("error_text", times=1)
    house.visual()
    assert asked(house) == 3 and house.results()[0]["reason"] == "500 the sampler failed"
    house.prompts(story(3))
    emulator(house).fault("error_detail", value=422, times=1)
    house.visual(expect=1)
    assert house.results()[-1]["failure"] == "permanent" and "the value is not valid" in house.results()[-1]["reason"]
    house.prompts({"0009": "a sea"})
    emulator(house).fault("out_of_memory")
    before = asked(house)
    house.visual(expect=1)
    assert asked(house) == before + 1 and "out of memory" in house.results()[-1]["reason"]


def test_a_full_queue_is_waited_for(house: Studio) -> None:
    """503 took nothing: offered again in its place, without an attempt; when it lasts the lane stops and says so."""
    emulator(house).fault("refuse", value=503, on="own_generate", times=1, retry_after=1)
    said = house.visual()
    assert "503 loading model; going on in 1 s" in said
    assert [line["attempt"] for line in house.results()] == [1, 1]
    house.prompts(story(3))
    emulator(house).fault("refuse", value=503, on="own_generate", retry_after=600)
    said = house.visual(expect=1)
    assert "takes no more requests: 503 loading model; what did not leave is not lost" in said
    assert len(house.results()) == 2
    emulator(house).clear_faults()
    house.visual()
    assert len(house.images()) == 3


@pytest.mark.parametrize("fault", ["lost_reply", "html_200"])
def test_an_answer_that_is_lost_costs_nothing(house: Studio, fault: str) -> None:
    """Asked for again by the same command, and no word of money that may have been spent."""
    emulator(house).fault(fault, on="own_generate", times=1)
    said = house.visual()
    assert "maybe billed" not in said + json.dumps(house.results())
    assert len(house.images()) == 2 and sum(float(row["cost_usd"]) for row in house.usage()) == 0


def test_a_slow_first_answer(house: Studio) -> None:
    """The first picture waits for the model to be loaded: the time of the lane is what counts."""
    emulator(house).fault("slow", value=2, on="own_generate", times=1)
    house.visual()
    assert asked(house) == 2 and house.results()[0]["seconds"] >= 2


@pytest.mark.parametrize("point", ["sent", "kept"])
def test_killed_while_it_draws(house: Studio, point: str) -> None:
    """Dead at any instant, the next command has every picture, and nothing is said to have been paid."""
    house.killed(point)
    house.visual()
    assert len(house.images()) == 2 and house.leftovers() == []
    assert "maybe billed" not in json.dumps(house.results())
    assert asked(house) <= 3
