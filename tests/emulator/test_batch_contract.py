"""What the lanes ask of a provider with jobs, of every one of them: on the emulator, and with `-m live` and a key.

Live, each supplier costs at most one picture of its cheapest slot a test; a job that is not done in time is skipped.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.catalog.choice import Choice
from tasks.catalog.pricing import cost
from tasks.project.paths import Paths
from tasks.providers.answer import Answer, Status
from tasks.providers.bounds import Patience
from tasks.providers.failure_class import AccountTrouble
from tasks.providers.failures import Ambiguous, Refused, Unavailable
from tasks.providers.job_status import JobStatus, ProviderState
from tasks.providers.port import BatchProvider
from tasks.providers.registry import api
from tasks.requests.request import PromptSpec, Request, line, requests
from tests.support.emulator_process import ROOT, EmulatorProcess
from tests.support.suppliers import SUPPLIERS, Supplier

NAME = "kamishibai CH01-001 s001 0123456789abcdef"
LIVE_WAIT_SECONDS = 900
CATALOG = load_catalog(Paths(ROOT))


@dataclass(frozen=True)
class Shop:
    """One side of the contract. emulator: None when it is the provider."""

    supplier: Supplier
    emulator: EmulatorProcess | None

    def client(self, key: str | None = None, timeout: float = 20) -> BatchProvider:
        about = CATALOG.providers[self.supplier.name]
        url, own = about.base_url, os.environ.get(about.key_env, "")
        if self.emulator:
            url, own = self.emulator.env[about.base_url_env], self.emulator.key
        make = api(about.api).batch
        assert make
        return make(about, url, key or own, timeout, Patience())

    @property
    def choice(self) -> Choice:
        slot = CATALOG.slots[self.supplier.slot]
        model = CATALOG.models[slot.model_key]
        return Choice(slot.code, model, slot.lane, "16:9", "1K", None, "a test", slot.quality)

    def asked(self, count: int = 1) -> list[Request]:
        return requests([PromptSpec(f"{n:04d}", f"a small boat, {n}", self.choice) for n in range(1, count + 1)])

    def create(self, client: BatchProvider, count: int = 1, name: str = NAME) -> str:
        data = b"".join(map(line, self.asked(count)))
        return client.create(self.choice.model.name, client.upload(data, name), name)

    def done(self, client: BatchProvider, job: str) -> JobStatus:
        """Its status when it is done; skips when the provider takes its time."""
        deadline = time.monotonic() + LIVE_WAIT_SECONDS
        while not (status := client.status(job)).done:
            if time.monotonic() > deadline:
                pytest.skip(f"{job} was not done after {LIVE_WAIT_SECONDS} s")
            time.sleep(0.05 if self.emulator else 20)
        return status

    def answers(self, client: BatchProvider, status: JobStatus) -> dict[str | None, Answer]:
        """Every line of every result file, by key."""
        files = (b"".join(client.download(name)) for name in status.outputs)
        lines = (client.open_line(each) for whole in files for each in whole.split(b"\n") if each.strip())
        return {each.key: each.answer() for each in lines}

    def fault(self, name: str, **options: object) -> None:
        assert self.emulator
        self.emulator.fault(name, **options)


def _sides() -> Iterator[object]:
    for supplier in SUPPLIERS:
        yield pytest.param(supplier, False, id=supplier.name)
        yield pytest.param(supplier, True, id=f"{supplier.name}-live", marks=pytest.mark.live)


@pytest.fixture
def shop(request: pytest.FixtureRequest, supplier: Supplier, live: bool) -> Shop:
    if not live:
        return Shop(supplier, request.getfixturevalue("emulator"))
    if "live" not in (request.config.getoption("-m") or "") or not os.environ.get(supplier.key_env):
        pytest.skip(f"needs -m live and {supplier.key_env}; costs money")
    return Shop(supplier, None)


BOTH = pytest.mark.parametrize(("supplier", "live"), list(_sides()))
OFFLINE = pytest.mark.parametrize(("supplier", "live"), [pytest.param(each, False, id=each.name) for each in SUPPLIERS])


@BOTH
def test_a_job_from_its_lines_to_its_pictures(shop: Shop) -> None:
    """Every key has its line with a picture of the size that was asked for, and costs what was expected."""
    client, asked = shop.client(), shop.asked()
    status = shop.done(client, shop.create(client))
    assert (status.state, status.display_name) == (ProviderState.SUCCEEDED, NAME)
    assert (status.counts.succeeded, status.counts.failed) == (1, 0)
    assert status.created_at and status.ended_at and status.created_at <= status.ended_at
    found = shop.answers(client, status)
    assert set(found) == {each.key for each in asked}
    for answer in found.values():
        assert answer.status is Status.OK and answer.picture and answer.is_split
        assert answer.tokens.image == shop.choice.image_tokens
        if shop.emulator:
            usd = cost(shop.choice.model, "batch", answer.tokens)
            assert usd == pytest.approx(shop.emulator.ledger()["usd"], abs=1e-5)


@BOTH
def test_a_job_is_found_by_its_name(shop: Shop) -> None:
    """The listing shows it with the name that we gave it, to this key only."""
    client = shop.client()
    job = shop.create(client)
    listed = {each.name: each for each in client.listing()}
    assert listed[job].display_name == NAME and listed[job].model == shop.choice.model.name
    client.cancel(job)


@BOTH
def test_what_is_not_there_and_who_may_not_ask(shop: Shop) -> None:
    """A job that nobody made is 404; a key that is none is a matter of the key, in every call."""
    client, wrong = shop.client(), shop.client("invalid-key")
    missing = shop.create(client).rpartition("/")[0] + "/" if shop.supplier.name == "gemini" else "batch_"
    with pytest.raises(Refused) as unknown:
        client.status(f"{missing}{'a' * 30}")
    assert unknown.value.code == 404
    for call in (wrong.listing, lambda: wrong.status(f"{missing}{'a' * 30}"), lambda: shop.create(wrong)):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.trouble is AccountTrouble.KEY and "invalid-key" not in refused.value.reason


@BOTH
def test_an_input_can_be_deleted_once_its_job_is_there(shop: Shop) -> None:
    """Its space is given back; the job goes on."""
    client = shop.client()
    data = b"".join(map(line, shop.asked()))
    file = client.upload(data, NAME)
    job = client.create(shop.choice.model.name, file, NAME)
    client.delete_file(file)
    assert client.status(job).state is not ProviderState.FAILED
    client.cancel(job)


@OFFLINE
@pytest.mark.parametrize("fault", ["lost_reply", "lost_reply_503", "html_200"])
def test_a_create_without_a_clear_answer_is_in_doubt(shop: Shop, fault: str) -> None:
    """One call, whatever the answer; a job may exist, and the listing says whether it does."""
    client = shop.client()
    shop.fault(fault, on="create", times=1)
    with pytest.raises(Ambiguous):
        shop.create(client)
    there = [each.display_name for each in client.listing()]
    assert there == ([] if fault == "html_200" else [NAME])
    assert shop.emulator and shop.emulator.ledger()["requests"]["create"] == 1


@OFFLINE
def test_not_now_is_not_no(shop: Shop) -> None:
    """429 to a create made nothing, and says how long to wait; 503 to a look says nothing about the job."""
    client = shop.client()
    job = shop.create(client)
    shop.fault("refuse", value=429, retry_after=300, on="create", times=1)
    with pytest.raises(Unavailable) as later:
        shop.create(client)
    assert (later.value.retry_after, len(client.listing())) == (300, 1)
    for on, call in (("get", lambda: client.status(job)), ("list", client.listing)):
        shop.fault("refuse", value=503, on=on, times=1)
        with pytest.raises(Unavailable):
            call()


@OFFLINE
def test_refusals_and_failures_are_answers(shop: Shop) -> None:
    """Whichever file they lie in, and in whichever order: every key has its line, none of them costs anything."""
    client = shop.client()
    shop.fault(shop.supplier.refused["name"], match="0002")
    shop.fault(shop.supplier.failed["name"], match="0003")
    status = shop.done(client, shop.create(client, 4))
    found = {str(key)[:4]: answer.status for key, answer in shop.answers(client, status).items()}
    assert found == {"0001": Status.OK, "0002": Status.BLOCKED, "0003": Status.ERROR, "0004": Status.OK}


@OFFLINE
def test_a_job_that_expires(shop: Shop) -> None:
    """EXPIRED, with what was done where the provider keeps that; what it lists as results can be read."""
    client = shop.client()
    shop.fault(shop.supplier.expired["name"], times=1)
    status = shop.done(client, shop.create(client, 4))
    pictures = [each for each in shop.answers(client, status).values() if each.picture]
    assert status.state is ProviderState.EXPIRED
    assert (status.has_results, len(pictures)) == ((True, 2) if shop.supplier.kept else (False, 0))


@OFFLINE
def test_results_are_gone_after_their_time(shop: Shop) -> None:
    """The traits of a provider are true: until then results come, after it they are said not to be there."""
    client = shop.client()
    status = shop.done(client, shop.create(client))
    assert shop.emulator and client.traits.kept_hours == shop.supplier.kept_hours
    assert api(CATALOG.providers[shop.supplier.name].api).traits == client.traits
    shop.emulator.advance(shop.supplier.kept_hours * 3600 - 60)
    assert shop.answers(client, status)
    shop.emulator.advance(120)
    with pytest.raises(Refused) as gone:
        shop.answers(client, status)
    assert gone.value.code in (403, 404)


@OFFLINE
def test_a_job_lives_as_long_as_its_traits_say(shop: Shop) -> None:
    """Not a minute longer it is under way."""
    client = shop.client()
    shop.fault("stuck_pending", times=1)
    job = shop.create(client)
    assert shop.emulator
    shop.emulator.advance(client.traits.life_hours * 3600 - 60)
    assert client.status(job).live
    shop.emulator.advance(120)
    assert client.status(job).state is ProviderState.EXPIRED


@OFFLINE
def test_another_account_sees_nothing(shop: Shop) -> None:
    """Its list is empty and the job is 404: which proves nothing about the job, hence the fingerprint on record."""
    mine, other = shop.client(), shop.client("another-key")
    job = shop.create(mine)
    assert other.listing() == [] and other.fingerprint != mine.fingerprint
    with pytest.raises(Refused) as unknown:
        other.status(job)
    assert unknown.value.code == 404


def test_old_batches_are_not_paged_through(emulator: EmulatorProcess) -> None:
    """A list without a filter and without an end of its own: read back as far as results can still be had."""
    shop = Shop(SUPPLIERS[1], emulator)
    client = shop.client()
    for name, count in (("old", 101), ("young", 101)):
        file = client.upload(b"".join(map(line, shop.asked())), name)
        for _ in range(count):
            client.create(shop.choice.model.name, file, name)
        emulator.advance(33 * 86400 if name == "old" else 0)
    before = emulator.ledger()["requests"].get("list", 0)
    names = [each.display_name for each in client.listing()]
    assert names[:101] == ["young"] * 101 and emulator.ledger()["requests"]["list"] - before == 2
    emulator.advance(-33 * 86400)
    assert len(client.listing()) == 202
