"""What the lanes ask of a provider that is paid at once, of every one of them: on the emulator, and with `-m live`.

Live, each costs at most one picture of a cheap slot.
"""

import io
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from tasks.catalog.catalog import load_catalog
from tasks.catalog.choice import Choice
from tasks.catalog.model import TIERS
from tasks.catalog.pricing import cost
from tasks.project.paths import Paths
from tasks.providers.answer import Answer, FailureClass, Reply, Status
from tasks.providers.bounds import Patience
from tasks.providers.failure_class import AccountTrouble
from tasks.providers.failures import Ambiguous, Refused, Unavailable
from tasks.providers.port import ImmediateProvider, TakesOrders, TakesSeeds
from tasks.providers.registry import api
from tests.support.emulator_process import ROOT, EmulatorProcess
from tests.support.suppliers import AT_ONCE, AtOnce, Fault

TEXT = "a small boat on a quiet lake"
WRONG_KEY = "invalid-key"
LIVE_WAIT_SECONDS = 300
CATALOG = load_catalog(Paths(ROOT))


@dataclass(frozen=True)
class Shop:
    """One side of the contract. emulator: None when it is the provider. before: the emulator's books at the start."""

    supplier: AtOnce
    emulator: EmulatorProcess | None
    before: dict[str, Any]

    @property
    def choice(self) -> Choice:
        slot = CATALOG.slots[self.supplier.slot]
        model = CATALOG.models[slot.model_key]
        return Choice(slot.code, model, slot.lane, "16:9", "1K", None, "a test", slot.quality or model.default_quality)

    @property
    def made_size(self) -> tuple[int, int] | None:
        return self.supplier.makes or self.choice.pixels

    def client(self, key: str | None = None, timeout: float = 20) -> ImmediateProvider:
        about = CATALOG.providers[self.supplier.provider]
        url, own = os.environ.get(about.base_url_env) or about.base_url, os.environ.get(about.key_env, "")
        if self.emulator:
            url, own = self.emulator.env[about.base_url_env], self.emulator.key
        make = api(about.api).immediate
        assert make
        patient = timeout if self.emulator else LIVE_WAIT_SECONDS
        return make(about, url, key or own, patient, Patience())

    def buy(self, client: ImmediateProvider, text: str = TEXT, seed: int | None = None) -> Reply:
        """One picture, by order where the model takes orders: then asked for until it is there."""
        about, model = CATALOG.providers[self.supplier.provider], self.choice.model
        body = api(about.api).body(text, self.choice, ())
        body = client.seeded(body, "a key") if isinstance(client, TakesSeeds) else body
        body = body if seed is None else body | {"seed": seed}
        if model.delivery != "by_poll":
            return client.generate(model.name, body)
        assert isinstance(client, TakesOrders)
        order, deadline = client.submit(model.name, body), time.monotonic() + LIVE_WAIT_SECONDS
        while (reply := client.result(model.name, order)) is None:
            assert time.monotonic() < deadline, f"order {order} was not done in {LIVE_WAIT_SECONDS} s"
            time.sleep(0.05 if self.emulator else 1)
        return reply

    def fault(self, name: str, **options: object) -> None:
        assert self.emulator
        self.emulator.fault(name, **options)

    def asked(self) -> int:
        """How often the call that buys reached the emulator since the start."""
        now, then = (books["requests"].get(self.supplier.on, 0) for books in self._books())
        return int(now - then)

    def bought(self) -> int:
        """How many answers were billed since the start, of this supplier's model."""
        now, then = (len(self._ours(books)) for books in self._books())
        return now - then

    def spent(self) -> float:
        """US dollars of them."""
        now, then = (sum(row["usd"] for row in self._ours(books)) for books in self._books())
        return float(now - then)

    def _books(self) -> tuple[dict[str, Any], dict[str, Any]]:
        assert self.emulator
        return self.emulator.ledger(), self.before

    def _ours(self, books: dict[str, Any]) -> list[dict[str, Any]]:
        return [row for row in books["billed"] if row["model"] == self.choice.model.name]

    def price(self, answer: Answer) -> float:
        return cost(self.choice.model, TIERS[self.choice.lane], answer.tokens, answer.seconds, answer.referred)


def _sides() -> Iterator[object]:
    for supplier in AT_ONCE:
        yield pytest.param(supplier, False, id=supplier.name)
        yield pytest.param(supplier, True, id=f"{supplier.name}-live", marks=pytest.mark.live)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with EmulatorProcess(tmp_path_factory.mktemp("emulator"), "--job-seconds", "0") as process:
        yield process


@pytest.fixture
def shop(request: pytest.FixtureRequest, supplier: AtOnce, live: bool) -> Iterator[Shop]:
    if not live:
        emulator: EmulatorProcess = request.getfixturevalue("shared")
        yield Shop(supplier, emulator, emulator.ledger())
        emulator.clear_faults()
        return
    about = CATALOG.providers[supplier.provider]
    needed = about.base_url_env if about.self_hosted else about.key_env
    if "live" not in (request.config.getoption("-m") or "") or not os.environ.get(needed):
        pytest.skip(f"needs -m live and {needed}; costs money")
    yield Shop(supplier, None, {})


def _offline(suppliers: Iterator[AtOnce]) -> list[object]:
    return [pytest.param(each, False, id=each.name) for each in suppliers]


BOTH = pytest.mark.parametrize(("supplier", "live"), list(_sides()))
OFFLINE = pytest.mark.parametrize(("supplier", "live"), _offline(iter(AT_ONCE)))
SEEDED = pytest.mark.parametrize(("supplier", "live"), _offline(each for each in AT_ONCE if each.has_seed))
REFUSING = pytest.mark.parametrize(("supplier", "live"), _offline(each for each in AT_ONCE if each.refused))


def strike(shop: Shop, fault: Fault | None, **options: object) -> None:
    assert fault
    shop.fault(**fault, **options)


@BOTH
def test_a_picture_as_it_was_asked_for(shop: Shop) -> None:
    """Of the size that was asked for or that the provider says it makes, for what the books say that it costs."""
    reply = shop.buy(shop.client())
    answer = reply.answer()
    assert answer.status is Status.OK and answer.failure is None and answer.picture, answer
    with Image.open(io.BytesIO(answer.picture)) as picture:
        picture.load()
        assert picture.size == shop.made_size
    assert answer.tokens.image == shop.choice.image_tokens and answer.is_split
    assert (reply.seed is not None) == shop.supplier.has_seed
    if shop.emulator:
        assert (shop.asked(), shop.bought()) == (1, int(shop.supplier.is_billed))
        assert shop.price(answer) == pytest.approx(shop.spent(), abs=1e-5)


@BOTH
def test_who_may_not_ask(shop: Shop) -> None:
    """A wrong key is a matter of the key, is not repeated by any message, and buys nothing."""
    if not shop.emulator and not shop.supplier.is_billed:
        pytest.skip("a server of one's own need not ask for a key")
    with pytest.raises(Refused) as refused:
        shop.buy(shop.client(WRONG_KEY))
    assert refused.value.trouble is AccountTrouble.KEY and WRONG_KEY not in str(refused.value)
    assert not shop.emulator or shop.bought() == 0


@SEEDED
def test_the_same_number_makes_the_same_picture(shop: Shop) -> None:
    """The number comes back with the picture; another one makes another picture."""
    client = shop.client()
    first, again, other = (shop.buy(client, seed=seed) for seed in (7, 7, 8))
    assert (first.seed, again.seed, other.seed) == (7, 7, 8)
    assert first.answer().picture == again.answer().picture != other.answer().picture


@REFUSING
def test_content_that_is_refused(shop: Shop) -> None:
    """An answer, refused for good and without a picture, for what the books say; the next text is drawn."""
    strike(shop, shop.supplier.refused, match="a forbidden thing")
    answer = shop.buy(shop.client(), "a forbidden thing").answer()
    assert (answer.status, answer.failure, answer.picture) == (Status.BLOCKED, FailureClass.REFUSED, None)
    assert answer.reason
    usd = shop.price(answer) if shop.choice.image_tokens else 0.0
    assert usd == pytest.approx(shop.spent(), abs=1e-5)
    assert shop.buy(shop.client()).answer().status is Status.OK


@OFFLINE
def test_an_answer_without_a_picture(shop: Shop) -> None:
    """Empty, and to be asked for again."""
    shop.fault("empty_picture", times=1)
    answer = shop.buy(shop.client()).answer()
    assert (answer.status, answer.failure, answer.picture) == (Status.EMPTY, FailureClass.RETRYABLE, None)


@OFFLINE
def test_an_address_in_place_of_a_picture(shop: Shop) -> None:
    """Fetched where that is the provider's way; anywhere else handed on as it came, for it was paid for."""
    strike(shop, shop.supplier.address, times=1)
    answer = shop.buy(shop.client()).answer()
    assert answer.status is Status.OK and answer.picture
    assert answer.picture.startswith(b"https://") is not shop.supplier.is_followed
    assert shop.bought() == int(shop.supplier.is_billed)


@OFFLINE
@pytest.mark.parametrize(("status", "kind"), [(429, Unavailable), (403, Refused)])
def test_a_clear_no(shop: Shop, status: int, kind: type) -> None:
    """Not now, or not at all; with the wait that was asked for, asked once, and nothing bought."""
    shop.fault("refuse", value=status, retry_after=9, on=shop.supplier.on)
    with pytest.raises(kind) as caught:
        shop.buy(shop.client())
    assert (caught.value.code, caught.value.retry_after) == (status, 9)
    assert (shop.asked(), shop.bought()) == (1, 0) and EmulatorProcess.key not in str(caught.value)


@OFFLINE
@pytest.mark.parametrize("status", [500, 503])
def test_a_5xx_with_the_providers_own_words(shop: Shop, status: int) -> None:
    """It was the provider who answered, and what it refuses it does not bill."""
    shop.fault("refuse", value=status, retry_after=9, on=shop.supplier.on)
    with pytest.raises(Unavailable) as caught:
        shop.buy(shop.client())
    assert (caught.value.code, caught.value.retry_after) == (shop.supplier.later_code if status == 503 else status, 9)
    assert (shop.asked(), shop.bought()) == (1, 0)


@OFFLINE
@pytest.mark.parametrize("fault", ["html_502", "moved"])
def test_a_status_of_which_nobody_knows_whose_it_is(shop: Shop, fault: str) -> None:
    """Of a proxy, or a redirect that is not followed: in doubt where pictures cost anything, otherwise not now."""
    shop.fault(fault, on=shop.supplier.on)
    with pytest.raises(Ambiguous if shop.supplier.is_billed else Unavailable) as caught:
        shop.buy(shop.client())
    assert (shop.asked(), shop.bought()) == (1, 0) and EmulatorProcess.key not in str(caught.value)


@OFFLINE
@pytest.mark.parametrize(
    ("fault", "made"),
    [
        ({"name": "reset"}, 0),
        ({"name": "html_200"}, 0),
        ({"name": "lost_reply"}, 1),
        ({"name": "lost_reply_timeout", "value": 30}, 1),
        ({"name": "slow", "value": 1.5}, 1),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else "",
)
def test_a_lost_answer(shop: Shop, fault: Fault, made: int) -> None:
    """In doubt, whether or not it was bought, and asked for once; of one's own server nothing is bought ever."""
    shop.fault(**fault, on=shop.supplier.on)
    with pytest.raises(Ambiguous) as caught:
        shop.buy(shop.client(timeout=0.5))
    billed = made * int(shop.supplier.is_billed)
    deadline = time.monotonic() + 10
    while shop.bought() < billed and time.monotonic() < deadline:
        time.sleep(0.05)  # it may be booked after we have gone
    assert (shop.asked(), shop.bought()) == (1, billed) and EmulatorProcess.key not in str(caught.value)
