"""Several machines with one store: each picture is bought once, whoever wants it and whoever dies on the way."""

import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.runs.manifest import State
from tasks.runs.submissions import intent, split
from tasks.session.session import Session
from tasks.stages.request import write_requests
from tasks.text import clock
from tests.support import environment, object_storage, runner
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story

LONG = bool(os.environ.get("KAMISHIBAI_LONG"))
ROUNDS = 20 if LONG else 2


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def machine(tmp_path: Path, name: str, emulator: EmulatorProcess, store: Path | str) -> Studio:
    """A project of its own, on a machine of that name: nobody can look at its locks from another one."""
    made = Studio(tmp_path / name, emulator)
    made.env |= {"KAMISHIBAI_STORE": str(store), "KAMISHIBAI_MACHINE": name}
    return made


@pytest.fixture
def two(tmp_path: Path, emulator: EmulatorProcess, store: Path) -> tuple[Studio, Studio]:
    """Two machines that share a store, an account and a provider."""
    return machine(tmp_path, "studio-a", emulator, store), machine(tmp_path, "studio-b", emulator, store)


def beside(a: Studio, b: Studio) -> None:
    """Both are projects on one machine: either can see whether the other is at work."""
    b.env["KAMISHIBAI_MACHINE"] = a.env["KAMISHIBAI_MACHINE"]


def ended(processes: list[runner.Process]) -> list[str]:
    said = [process.communicate(timeout=120)[0] for process in processes]
    for process, words in zip(processes, said, strict=True):
        assert process.returncode in (0, 1) and "Traceback" not in words, words
    return said


def paid_twice(emulator: EmulatorProcess) -> int:
    billed = [(row["model"], row["key"].rpartition("-")[2]) for row in emulator.ledger()["billed"]]
    return len(billed) - len(set(billed))


def test_one_after_the_other(two: tuple[Studio, Studio], emulator: EmulatorProcess) -> None:
    """What one machine bought, the other takes from the store for $0, byte for byte."""
    a, b = two
    for each in two:
        each.prompts(story(3))
    a.visual()
    assert "3 pictures paid for already came from the store, $0" in b.visual()
    assert (a.jobs_created, a.billed) == (1, 3)
    assert a.images() == b.images() and len(b.images()) == 3
    assert [row["cost_basis"] for row in b.usage()] == ["reused"] * 3
    before = b.snapshot()
    b.visual()
    assert b.snapshot() == before


def test_while_it_is_on_its_way(two: tuple[Studio, Studio], emulator: EmulatorProcess) -> None:
    """Who comes second is told which machine has the pictures on their way, sends only what is its own, and waits."""
    a, b = two
    emulator.job_seconds(3600)
    a.prompts(story(3))
    b.prompts(story(5))
    a.visual("WAIT=0")
    said = b.visual("WAIT=0")
    assert "3 pictures on their way for CH01-001 on machine studio-a since" in said
    assert [job["requests"] for job in emulator.jobs()] == [3, 2]
    emulator.advance(3600)
    b.visual()
    assert len(b.images()) == 5
    a.visual()
    assert (len(a.images()), a.billed, paid_twice(emulator)) == (3, 5, 0)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_at_the_same_moment(two: tuple[Studio, Studio], emulator: EmulatorProcess, number: int) -> None:
    """Two machines, the same prompts, started together, whatever the listing lags: one job, and both have all."""
    chance = random.Random(number)
    if chance.random() < 0.5:
        emulator.fault("list_lag", value=chance.randrange(6))
    for each in two:
        each.prompts(story(6))
    ended([each.start() for each in two])
    for each in two:
        each.visual()
    assert (emulator.ledger()["jobs_created"], emulator.ledger()["requests_billed"]) == (1, 6)
    assert two[0].images() == two[1].images() and len(two[0].images()) == 6


def _age(store: Path, minutes: int) -> None:
    """What is on record was begun so long ago."""
    for path in store.glob("submissions/*/*/*.json"):
        record = json.loads(path.read_text())
        at = time.time() - 60 * minutes
        record["submission"]["intent_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        record["fetching_at"] = record["fetching_at"] and record["submission"]["intent_at"]
        path.write_text(json.dumps(record))


BEFORE = ("claim-begun", "claimed", "after-intent", "after-upload", "before-fence")
UNKNOWN = ("after-fence", "before-create")
MADE = ("after-create", "after-submitted", "before-results", "after-results", "after-collected", "given:3")


def _sample(points: tuple[str, ...]) -> list[str]:
    return list(points) if LONG else [points[-1]]


@pytest.mark.parametrize("point", _sample(BEFORE))
def test_killed_before_anything_left(two: tuple[Studio, Studio], point: str) -> None:
    """A claim whose process died before its create is taken over at once by who can see that: one job comes of it."""
    a, b = two
    beside(a, b)
    for each in two:
        each.prompts(story(3))
    a.killed(point)
    b.visual()
    assert len(b.images()) == 3
    a.visual()
    assert (a.images(), a.jobs_created, a.billed) == (b.images(), 1, 3)


@pytest.mark.parametrize("point", _sample(UNKNOWN))
def test_killed_when_a_job_may_exist(two: tuple[Studio, Studio], emulator: EmulatorProcess, point: str) -> None:
    """Killed when the create may have left, and no list shows a job: said, and not sent until a person gives it up."""
    a, b = two
    beside(a, b)
    for each in two:
        each.prompts(story(3))
    a.killed(point)
    assert "a job may exist" in b.visual("WAIT=0", expect=1)
    assert a.jobs_created == 0
    b.visual("RETRY=lost")
    assert (len(b.images()), a.jobs_created) == (3, 1)
    assert len(emulator.jobs()) == 1 and paid_twice(emulator) == 0


@pytest.mark.parametrize("beside_it", [True, False])
@pytest.mark.parametrize("point", MADE if LONG else ["after-create"])
def test_killed_when_the_job_was_made(two: tuple[Studio, Studio], store: Path, point: str, beside_it: bool) -> None:
    """The job of a machine that died is found by its name or number, and brought home by the other: never a second."""
    a, b = two
    if beside_it:
        beside(a, b)
    for each in two:
        each.prompts(story(3))
    a.killed(point)
    _age(store, 20)  # else one that nobody can see is left a while to fetch what it began to fetch
    b.visual()
    assert (len(b.images()), a.jobs_created, a.billed) == (3, 1, 3)
    a.visual()
    assert (a.images(), a.jobs_created, a.billed) == (b.images(), 1, 3)


def test_an_intent_of_a_machine_nobody_can_see(two: tuple[Studio, Studio], store: Path) -> None:
    """It is waited for at first; when it is old it is taken over by a swap, and its former holder sends nothing."""
    a, b = two
    for each in two:
        each.prompts(story(3))
    a.killed("after-upload")
    assert "on machine studio-a" in b.visual("WAIT=0")
    assert a.jobs_created == 0
    _age(store, 20)
    b.visual()
    assert (len(b.images()), a.jobs_created) == (3, 1)
    a.visual()
    assert (a.images(), a.jobs_created, a.billed) == (b.images(), 1, 3)


def test_a_slow_machine_finds_its_intent_taken(
    two: tuple[Studio, Studio], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that was asleep before its create, with its claim taken over meanwhile, is told not to send."""
    a, b = two
    for each in two:
        each.prompts(story(3))
    environment.use(monkeypatch, a.environment())
    places = Paths(a.folder)
    with Session(places, Settings(channel="CH01")) as session:
        write_requests(session, places.runs_of("CH01"))
        (run,) = session.runs.open(places.runs_of("CH01"))
        (part,), client = list(split(run)), session.accounts.batch("gemini")
        with session.reservations.alone():
            claimed = session.claimed(run, part, client, client.traits)
            assert claimed and claimed.name
            submission = intent(run, part, client, clock.now(), client.traits, claimed.name)
            assert session.afford(run, submission)
        _age(store, 20)
        b.visual()
        assert not session.may_send(replace(submission, state=State.CREATING))
    assert (a.jobs_created, a.billed, len(b.images())) == (1, 3, 3)
    a.visual()
    assert a.images() == b.images() and a.jobs_created == 1


def test_two_keys(two: tuple[Studio, Studio], emulator: EmulatorProcess) -> None:
    """A picture that one account has on its way is not bought by another account, which cannot see its job."""
    a, b = two
    emulator.job_seconds(3600)
    for each in two:
        each.prompts(story(3))
    b.env["GEMINI_API_KEY"] = "another-key-of-the-studio"
    a.visual("WAIT=0")
    assert "on machine studio-a" in b.visual("WAIT=0")
    emulator.advance(3600)
    a.visual()
    b.visual()
    assert (a.images(), a.jobs_created, a.billed) == (b.images(), 1, 3)


def test_on_the_immediate_lane(two: tuple[Studio, Studio], emulator: EmulatorProcess) -> None:
    """Requests that leave one by one are claimed as a job's are: started together, each picture is made once."""
    for each in two:
        each.presets("i-1")
        each.prompts(story(6))
    ended([each.start() for each in two])
    for each in two:
        each.visual()
    assert emulator.ledger()["requests_billed"] == 6
    assert two[0].images() == two[1].images() and len(two[0].images()) == 6


@pytest.mark.parametrize("point", ["sending", "sent", "answered", "before-settle"] if LONG else ["sent"])
def test_killed_on_the_immediate_lane(two: tuple[Studio, Studio], point: str) -> None:
    """Only the machine that sent one by one knows what left: the other says so, buys nothing, and has all later."""
    a, b = two
    beside(a, b)
    for each in two:
        each.presets("i-1")
        each.prompts(story(3))
    a.killed(point)
    said = b.visual(expect=1)
    assert "does not go on with them" in said and b.billed <= 3
    a.doit("visual", "CH=CH01")
    a.visual()
    b.visual()
    assert a.images() == b.images() and len(b.images()) == 3
    unanswered = sum(line["reason"].startswith("maybe billed") for line in a.results())
    assert b.billed - 3 <= unanswered  # as alone: on record, and asked again


def test_a_failure_is_no_claim(two: tuple[Studio, Studio], emulator: EmulatorProcess) -> None:
    """A picture that failed in passing on one machine is bought by the next; a refused one is held on both."""
    a, b = two
    for each in two:
        each.prompts(story(2))
    emulator.fault("request_error", match="0001", times=1)
    emulator.fault("safety", match="0002")
    a.visual(expect=1)
    said = b.visual(expect=1)
    assert len(b.images()) == 1 and "on machine studio-a" in said
    assert emulator.ledger()["requests"]["create"] == 2 and [job["requests"] for job in emulator.jobs()] == [2, 1]


def _cap(studio: Studio, day: float) -> None:
    data = {"version": 1, "currency": "USD", "caps": {"day": day}}
    (studio.folder / "configs" / "budget.yaml").write_text(yaml.safe_dump(data))


def _books(store: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in store.glob("books/*/*.json")}


def test_one_budget(tmp_path: Path, emulator: EmulatorProcess, store: Path) -> None:
    """Four machines want ten jobs and the caps allow six: six are made; lost books are made anew, equal to the last."""
    studios = [machine(tmp_path, f"studio-{number}", emulator, store) for number in range(4)]
    for number, (studio, runs) in enumerate(zip(studios, (3, 3, 2, 2), strict=True)):
        for run in range(runs):
            studio.prompts(story(1, f"{number}-{run}"), run=f"CH01-{run:03d}")
    price = _price(studios[0])
    for studio in studios:
        _cap(studio, price * 6.5)
    said = ended([studio.start() for studio in studios])
    assert (emulator.ledger()["jobs_created"], emulator.ledger()["requests_billed"]) == (6, 6), said
    assert sum(words.count("not sent: 1 picture") for words in said) >= 4
    before = _books(store)
    (book,) = before.values()
    assert json.loads(book)["open"] == {} and json.loads(book)["spent"]
    for path in store.glob("books/*/*.json"):
        path.unlink()
    for studio in studios:
        studio.doit("visual", "CH=CH01")
    assert _books(store) == before and emulator.ledger()["requests_billed"] == 6


def _price(studio: Studio) -> float:
    plan = json.loads(studio.doit("plan", "CH=CH01", "FORMAT=json").stdout)
    return float(plan["rows"][0]["cost_usd"])


def test_a_reservation_goes_with_its_job(two: tuple[Studio, Studio], emulator: EmulatorProcess, store: Path) -> None:
    """What a dead machine had reserved is settled when its job was brought home; an unsent intent's is freed."""
    a, b = two
    beside(a, b)
    emulator.job_seconds(3600)
    for each in two:
        each.prompts(story(3))
        _cap(each, 0.2)
    a.visual("WAIT=0")
    shutil.rmtree(a.folder)
    emulator.advance(3600)
    b.visual()
    (book,) = _books(store).values()
    told = json.loads(book)
    cost = sum(float(row["cost_usd"]) for row in b.usage())
    spent = sum(each for day in told["spent"].values() for each in day.values())
    assert told["open"] == {} and spent == round(cost * 1e6)


def test_a_fresh_machine_brings_home_everything(tmp_path: Path, emulator: EmulatorProcess, store: Path) -> None:
    """A laptop burns with two jobs on their way: `doit collect` on a new one, with store and key, finishes both."""
    a = machine(tmp_path, "studio-a", emulator, store)
    emulator.job_seconds(3600)
    a.prompts(story(3))
    a.prompts(story(2, "別"), run="CH02-007")
    a.visual("WAIT=0")
    a.ask("visual", "CH=CH02", "WAIT=0")
    shutil.rmtree(a.folder)
    emulator.advance(3600)
    c = machine(tmp_path, "studio-c", emulator, store)
    said = c.doit("collect")
    assert "Traceback" not in said.stderr, said.stdout + said.stderr
    assert len(list(store.glob("pictures/*/*.png")) + list(store.glob("pictures/*/*.jpg"))) == 5
    c.prompts(story(3))
    c.prompts(story(2, "別"), run="CH02-007")
    c.ask("visual", "CH=ALL")
    assert (len(c.images()), len(c.images("CH02-007")), c.jobs_created, c.billed) == (3, 2, 2, 5)


def test_several_that_collect(tmp_path: Path, emulator: EmulatorProcess, store: Path) -> None:
    """Machines that collect at the same moment bring each job home once, and one of them settles it."""
    a = machine(tmp_path, "studio-a", emulator, store)
    emulator.job_seconds(3600)
    for number in range(4):
        a.prompts(story(2, str(number)), run=f"CH01-{number:03d}")
    a.visual("WAIT=0")
    shutil.rmtree(a.folder)
    emulator.advance(3600)
    others = [machine(tmp_path, f"studio-{name}", emulator, store) for name in "cd"]
    ended([each.launch("collect") for each in others])
    assert emulator.ledger()["requests"]["download"] == 4
    lines = [line for each in others for path in each.folder.rglob("results.jsonl") for line in path.open()]
    assert len(lines) == 8
    (book,) = _books(store).values()
    assert json.loads(book)["open"] == {}


def test_alone_nothing_is_shared(studio: Studio) -> None:
    """Without a store nothing of the machines is written or said."""
    studio.prompts(story(1))
    studio.visual()
    assert not (studio.folder / "workspaces" / ".machines.json").exists()
    assert "shared" not in json.dumps(studio.manifest())


def test_a_store_that_is_not_there(two: tuple[Studio, Studio], store: Path, emulator: EmulatorProcess) -> None:
    """An unmounted disk, another one in its place, or a full one: one sentence, and nothing leaves."""
    a, _ = two
    a.prompts(story(2))
    a.env["KAMISHIBAI_STORE"] = str(store / "mount")
    assert "is its disk mounted" in a.visual(expect=1)
    (store / "mount").mkdir()
    a.visual()
    shutil.rmtree(store / "mount")
    (store / "mount").mkdir()
    a.prompts(story(3))
    assert "not the one that was used here before" in a.visual(expect=1)
    assert emulator.ledger()["requests_billed"] == 2 and emulator.ledger()["jobs_created"] == 1


@pytest.fixture(scope="module")
def bucket() -> Iterator[int]:
    with object_storage.moto() as port:
        yield port


def _in_bucket(tmp_path: Path, emulator: EmulatorProcess, port: int) -> tuple[Studio, Studio]:
    url = f"s3://{object_storage.BUCKET}/{tmp_path.name}"
    both = machine(tmp_path, "studio-a", emulator, url), machine(tmp_path, "studio-b", emulator, url)
    for each in both:
        each.env |= object_storage.variables(port)
    return both


def test_in_object_storage(tmp_path: Path, emulator: EmulatorProcess, bucket: int) -> None:
    """In a bucket as in a folder: started together, one job, every picture on both, and nothing twice."""
    two = _in_bucket(tmp_path, emulator, bucket)
    for each in two:
        each.prompts(story(4))
    ended([each.start() for each in two])
    for each in two:
        each.visual()
    assert (emulator.ledger()["jobs_created"], emulator.ledger()["requests_billed"]) == (1, 4)
    assert two[0].images() == two[1].images() and len(two[0].images()) == 4


@pytest.mark.parametrize(
    ("status", "words"),
    [(None, "create what exists already"), (403, "refuses these credentials"), (507, "is full"), (500, "not answer")],
)
def test_object_storage_in_trouble(tmp_path: Path, emulator: EmulatorProcess, status: int | None, words: str) -> None:
    """A bucket that breaks its promise, refuses, is full or broken: one sentence, and nothing is asked or sent."""
    with object_storage.careless(status) as port:
        a, _ = _in_bucket(tmp_path, emulator, port)
        a.prompts(story(2))
        said = a.visual(expect=1)
    assert words in said and said.count("the shared store") == 1
    assert "upload" not in emulator.ledger()["requests"] and emulator.ledger()["jobs_created"] == 0


def test_a_store_that_dies_on_the_way(tmp_path: Path, emulator: EmulatorProcess) -> None:
    """The store is gone once a job was made: what comes is kept here, and the next command tells the store."""
    emulator.job_seconds(3600)
    with object_storage.moto() as port:
        a, _ = _in_bucket(tmp_path, emulator, port)
        a.prompts(story(2))
        a.visual("WAIT=0")
    emulator.advance(3600)
    said = a.ask("collect", expect=1)
    assert len(a.images()) == 2 and "told later" in said
    a.prompts(story(3))
    assert "does not answer" in a.visual(expect=1)
    assert emulator.ledger()["requests_billed"] == 2
