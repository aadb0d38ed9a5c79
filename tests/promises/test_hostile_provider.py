"""Whatever a provider answers, or something before it: a sentence, in time, in little memory, nothing twice."""

import json
import time
from collections.abc import Iterator

import pytest

from tasks.providers.failures import Refused, Unavailable
from tasks.providers.gemini.client import Gemini
from tasks.providers.openai.client import OpenAi
from tasks.providers.port import BatchProvider
from tests.support import runner
from tests.support.emulator_process import ROOT, EmulatorProcess
from tests.support.hostile_server import (
    BROKEN,
    HEAVY,
    MISTYPED,
    Answer,
    HostileServer,
    huge,
    long_line,
    plain,
    slow,
    zipped,
)
from tests.support.studio import Studio, story

WAIT = 0.05  # minutes
MOST_SECONDS = WAIT * 60 + 30
MOST_MIB_MORE = 90
"""Than a command holds whose answers are usual: a line of 64 MiB is read, and no longer one."""
WHOLE = ("page", "empty", "null", "list", "text", "deep", "bad utf-8")
"""Whole answers with status 200: what a result file lacks then, is another promise's matter."""


@pytest.fixture
def hostile(emulator: EmulatorProcess) -> Iterator[HostileServer]:
    with HostileServer(emulator.url) as server:
        yield server


@pytest.fixture
def tried(studio: Studio, hostile: HostileServer) -> Studio:
    """The studio, by way of the hostile server."""
    studio.limits({"request_timeout_seconds": 2}, request_timeout_seconds=2)
    studio.env = hostile.env
    return studio


def one_picture_each(studio: Studio, count: int) -> None:
    """As many runs, each with a picture: one job each."""
    for number, (name, text) in enumerate(story(count).items(), 1):
        studio.prompts({name: text}, f"CH01-{number:03d}")


def survives(studio: Studio, *words: str) -> str:
    """One command that ends as commands end, and says nothing of its insides or of the key."""
    done = studio.doit("visual", "CH=CH01", f"WAIT={WAIT}", *words)
    said = done.stdout + done.stderr
    assert done.returncode in (0, 1, 3), said
    assert "Traceback" not in said and EmulatorProcess.key not in said, said
    return said


def comes_home(studio: Studio, hostile: HostileServer, pictures: int, is_billed: bool = True) -> None:
    """The same command, when the provider is itself again: every picture is there and was billed once."""
    hostile.clear()
    studio.visual()
    assert sum(len(studio.images(run.name)) for run in studio.run().parent.iterdir()) == pictures
    assert studio.billed == pictures * is_billed
    assert hostile.leaked == []


@pytest.mark.parametrize(
    ("slot", "route"),
    [
        *(("g-1", route) for route in ("upload_start", "upload_chunk", "create", "delete")),
        *(("o-2", f"openai_{route}") for route in ("upload", "create", "delete")),
    ],
)
def test_a_call_of_a_job_is_answered_with_rubbish(tried: Studio, hostile: HostileServer, slot: str, route: str) -> None:
    """Each job meets another unusable answer, done or not: no job is made twice, and all pictures come."""
    tried.presets(slot)
    answers = [*BROKEN.values(), *MISTYPED.get(route, ())]
    one_picture_each(tried, len(answers))
    hostile.strike(route, *answers, done=route.endswith("create"))
    survives(tried)
    assert hostile.left == 0
    comes_home(tried, hostile, len(answers))


@pytest.mark.parametrize(
    ("slot", "route"), [("g-1", "get"), ("g-1", "download"), ("o-2", "openai_get"), ("o-2", "openai_download")]
)
def test_a_question_is_answered_with_rubbish(tried: Studio, hostile: HostileServer, slot: str, route: str) -> None:
    """One job, asked about until it answers: nothing unusable is taken for an end."""
    tried.presets(slot)
    answers = [each for name, each in BROKEN.items() if route.endswith("get") or name not in WHOLE]
    answers += MISTYPED.get(route, ())
    tried.prompts(story(2))
    hostile.strike(route, *answers)
    for _ in answers:
        if hostile.left:
            survives(tried)
    assert hostile.left == 0
    comes_home(tried, hostile, 2)


@pytest.mark.parametrize("route", ["list", "openai_list"])
def test_a_list_is_answered_with_rubbish(hostile: HostileServer, route: str) -> None:
    """No answer to a list of jobs but a true one is a list: what would be read as "there is no such job" never is."""
    client: BatchProvider = Gemini(hostile.url, "v1beta", EmulatorProcess.key, timeout=2)
    if route == "openai_list":
        client = OpenAi(f"{hostile.url}/openai/v1", EmulatorProcess.key, timeout=2)
    for answer in [*BROKEN.values(), *MISTYPED[route]]:
        hostile.strike(route, answer)
        with pytest.raises((Unavailable, Refused)) as caught:
            client.listing()
        assert caught.value.reason.isprintable()
    assert (hostile.left, client.listing(), hostile.leaked) == (0, [], [])


@pytest.mark.parametrize(
    ("slot", "route"),
    [
        ("i-1", "generate"),
        ("f-1", "flux_generate"),
        ("f-3", "flux_submit"),
        ("f-3", "flux_result"),
        ("f-3", "flux_picture"),
        ("oi-2", "openai_generate"),
        ("l-1", "own_generate"),
    ],
)
def test_a_purchase_is_answered_with_rubbish(tried: Studio, hostile: HostileServer, slot: str, route: str) -> None:
    """Each picture of the immediate lane meets another unusable answer: none is held for good, each is billed once."""
    tried.presets(slot)
    answers = [*BROKEN.values(), *MISTYPED.get(route, ())]
    count = len(answers)
    tried.prompts(story(count))
    if route == "flux_picture":  # a whole answer there is a picture that cannot be read, which is another matter
        answers = [each for name, each in BROKEN.items() if name not in WHOLE]
    hostile.strike(route, *answers)
    for _ in answers:
        if hostile.left:
            survives(tried)
    assert hostile.left == 0
    comes_home(tried, hostile, count, is_billed=slot != "l-1")


def measured(studio: Studio, *words: str) -> float:
    """One command, within its time; how many MiB it held at most."""
    began = time.monotonic()
    command = studio.command("visual", "CH=CH01", f"WAIT={WAIT}", *words)
    done, peak = runner.peak_mib(command, studio.environment(), ROOT)
    said = done.stdout + done.stderr
    assert done.returncode in (0, 1, 3) and "Traceback" not in said, said
    assert time.monotonic() - began < MOST_SECONDS
    return peak


BATCH = ("upload_start", "upload_chunk", "create", "get", "list", "download", "delete")
AT_ONCE = {"generate": "i-1", "models": "i-1", "flux_generate": "f-1", "flux_submit": "f-3", "flux_result": "f-3"}
ALL = (*BATCH, *AT_ONCE, "flux_picture")
ENDLESS = (slow, *(HEAVY[name] for name in ("slow headers", "silent", "endless headers", "endless trailers")))
"""What only a clock ends."""


@pytest.mark.parametrize(
    ("route", "answer"),
    [
        *[(route, slow) for route in ALL],
        *[(route, huge) for route in ALL if route != "download"],  # results may be long
        *[
            (route, each)
            for route in ("get", "create", "generate")
            for each in HEAVY.values()
            if each not in (slow, huge)
        ],
        *[("download", zipped), ("list", zipped), ("generate", zipped), ("download", long_line)],
    ],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_an_answer_without_end_has_one_here(tried: Studio, hostile: HostileServer, route: str, answer: Answer) -> None:
    """Slow, huge, endless answers on every route: the command ends in time and memory, and the next one completes."""
    if answer in ENDLESS:
        tried.limits({"request_timeout_seconds": 1}, request_timeout_seconds=1)
    tried.presets(AT_ONCE.get(route, "f-3" if route == "flux_picture" else "g-1"))
    tried.prompts(story(1))
    hostile.strike(route, answer, always=True)
    peak = measured(tried)
    hostile.clear()
    tried.limits()
    usual = measured(tried, *(["RETRY=lost"] if route == "create" else []))
    assert peak <= usual + MOST_MIB_MORE
    comes_home(tried, hostile, 1)


INVALID_KEY = {
    "code": 400,
    "message": "API key not valid. Please pass a valid API key.",
    "status": "INVALID_ARGUMENT",
    "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
}
ACCOUNT = (
    INVALID_KEY,
    {"code": 400, "message": "User location is not supported for the API use.", "status": "FAILED_PRECONDITION"},
    {
        "code": 400,
        "message": "Gemini API free tier is not available in your country. Please enable billing on your project.",
        "status": "FAILED_PRECONDITION",
    },
    {"code": 403, "message": "This API method requires billing to be enabled.", "status": "PERMISSION_DENIED"},
    {
        "code": 429,
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
            }
        ],
    },
)


def refusal(error: dict[str, object]) -> Answer:
    return plain(json.dumps({"error": error}).encode(), f"{error['code']} Refused")


@pytest.mark.parametrize("error", ACCOUNT, ids=lambda error: str(error["message"])[:24])
@pytest.mark.parametrize(("slot", "route"), [("i-1", "generate"), ("g-1", "create"), ("g-1", "upload_chunk")])
def test_trouble_with_the_account_holds_no_picture(
    tried: Studio, hostile: HostileServer, slot: str, route: str, error: dict[str, object]
) -> None:
    """Key, location, billing, quota of the day: the sending stops, and the same command goes on when it is mended."""
    tried.presets(slot)
    tried.limits({"max_concurrent": 1})
    tried.prompts(story(3))
    hostile.strike(route, refusal(error), always=True)
    said = survives(tried)
    assert ("does not accept the key in GEMINI_API_KEY" in said) is (error is INVALID_KEY)
    assert sum(seen[0] == route for seen in hostile.seen) == 1
    assert tried.results() == []
    comes_home(tried, hostile, 3)


def test_a_conflict_is_asked_again(tried: Studio, hostile: HostileServer) -> None:
    """409 on the immediate lane is no word about the picture: the same command sends it again."""
    tried.presets("i-1")
    tried.prompts(story(2))
    hostile.strike("generate", BROKEN["conflict"], BROKEN["conflict"])
    tried.visual()
    assert (hostile.left, tried.billed, len(tried.images())) == (0, 2, 2)


@pytest.mark.parametrize("slot", ["i-1", "g-1"])
def test_who_cannot_be_asked_sells_nothing(tried: Studio, hostile: HostileServer, slot: str) -> None:
    """A network that lets purchases out and no answer in to a free question: it stops before anything is bought."""
    tried.presets(slot)
    tried.prompts(story(2))
    hostile.strike("models", BROKEN["closed"], always=True)
    hostile.strike("list", BROKEN["closed"], always=True)
    assert "no answer from 127.0.0.1" in survives(tried)
    assert not {"generate", "create", "upload_start"} & {seen[0] for seen in hostile.seen}
    comes_home(tried, hostile, 2)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("キー", "not ASCII"),
        ('"AIzaSyMARKER"', "quotation marks"),
        ("AIzaSyMARKER'", "quotation marks"),
        ("AIzaSyMARKER\n", "line end"),
        (" AIzaSyMARKER", "blank"),
        ("AIzaSy MARKER", "blank"),
        ("AIzaSy\x1bMARKER", "control"),
        ("   ", "is not set"),
    ],
)
@pytest.mark.parametrize(("slot", "variable"), [("g-1", "GEMINI_API_KEY"), ("f-1", "FIREWORKS_API_KEY")])
def test_what_is_no_key_is_said(
    tried: Studio, hostile: HostileServer, slot: str, variable: str, key: str, wrong: str
) -> None:
    """A key with quotation marks, blanks or strange letters: its variable and what is wrong, never the key itself."""
    tried.presets(slot)
    tried.prompts(story(1))
    done = tried.doit("visual", "CH=CH01", **{variable: key})
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "Traceback" not in said
    assert variable in said and wrong in said and "MARKER" not in said and "キー" not in said
    assert hostile.seen == []


@pytest.mark.parametrize("slot", ["i-1", "g-1"])
def test_the_proxy_is_said_without_its_password(tried: Studio, hostile: HostileServer, slot: str) -> None:
    """Before anything is sent a person reads by way of which proxy; one that is not there sells nothing."""
    tried.presets(slot)
    tried.prompts(story(1))
    far = {"GOOGLE_GEMINI_BASE_URL": "https://gemini.example", "HTTPS_PROXY": "http://me:geheim@127.0.0.1:9"}
    done = tried.doit("visual", "CH=CH01", f"WAIT={WAIT}", **far)
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "Traceback" not in said and "geheim" not in said
    assert said.count("gemini is asked by way of the proxy http://127.0.0.1:9") == 1
    assert "no connection to gemini.example" in said and "is the network up" in said
    comes_home(tried, hostile, 1)
