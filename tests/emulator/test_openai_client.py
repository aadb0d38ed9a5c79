"""The offline OpenAI API driven by the provider's own client, which repeats nothing here: max_retries=0."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from PIL import Image

from tasks.emulator.placeholder.painter import paint
from tests.support.emulator_process import EmulatorProcess

FLARE = "gpt-image-2.5-flare"
GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"
RUN = "kamishibai CH01-001 s001 0123456789abcdef"


@pytest.fixture
def client(emulator: EmulatorProcess) -> Iterator[openai.OpenAI]:
    with connected(emulator) as made:
        yield made


def connected(emulator: EmulatorProcess, key: str = EmulatorProcess.key, timeout: float = 30) -> openai.OpenAI:
    return openai.OpenAI(api_key=key, base_url=emulator.env["OPENAI_BASE_URL"], max_retries=0, timeout=timeout)


def line(key: str, **changes: Any) -> dict[str, Any]:
    body = {"model": FLARE, "prompt": f"a boat, {key}", "n": 1, "size": "1536x864", "quality": "low"}
    body |= {"output_format": "jpeg"}
    given = changes.pop("line", {})
    return {"custom_id": key, "method": "POST", "url": GENERATIONS, "body": body | changes} | given


def uploaded(client: openai.OpenAI, lines: list[Any]) -> str:
    data = b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in lines)
    return client.files.create(file=("requests.jsonl", io.BytesIO(data)), purpose="batch").id


def created(client: openai.OpenAI, lines: list[Any], **more: Any) -> Any:
    return client.batches.create(
        input_file_id=uploaded(client, lines), endpoint=GENERATIONS, completion_window="24h", **more
    )


def read(client: openai.OpenAI, name: str | None) -> list[dict[str, Any]]:
    return [json.loads(each) for each in client.files.content(name).read().splitlines()] if name else []


def keys(lines: list[dict[str, Any]]) -> list[str]:
    return sorted(each["custom_id"] for each in lines)


def test_a_batch_from_upload_to_pictures(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """Two files come back, in an order of their own; pictures, usage and books agree."""
    asked = [line(f"k{number}") for number in range(6)]
    asked[3]["body"]["size"] = "1920x1080"
    emulator.fault("moderation_blocked", match="k5")
    batch = client.batches.retrieve(created(client, asked, metadata={"kamishibai": RUN}).id)
    assert (batch.status, batch.metadata, batch.model) == ("completed", {"kamishibai": RUN}, FLARE)
    assert batch.request_counts and batch.expires_at == batch.created_at + 86400
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (6, 4, 2)
    good, bad = read(client, batch.output_file_id), read(client, batch.error_file_id)
    assert keys(good) == ["k0", "k1", "k2", "k4"] != [each["custom_id"] for each in good]
    for each in good:
        body = each["response"]["body"]
        with Image.open(io.BytesIO(base64.b64decode(body["data"][0]["b64_json"]))) as picture:
            assert (picture.size, picture.format) == ((1536, 864), "JPEG")
        assert body["usage"]["output_tokens"] == 120 and each["error"] is None
    told = {each["custom_id"]: each["response"] for each in bad}
    assert [told[key]["status_code"] for key in ("k3", "k5")] == [400, 400]
    assert told["k3"]["body"]["error"]["param"] == "size"
    assert told["k5"]["body"]["error"]["code"] == "moderation_blocked"
    books = emulator.ledger()
    usd = sum(each["response"]["body"]["usage"]["input_tokens"] * 2.5 + 120 * 15 for each in good) / 1e6
    assert books["requests_billed"] == 4 and books["usd"] == pytest.approx(usd)


def test_the_tokens_of_a_picture(client: openai.OpenAI) -> None:
    """The published figures of the formula, in `usage` as before."""
    table = {("low", "1536x864"): 120, ("medium", "1536x864"): 280, ("high", "1024x1024"): 1756}
    for (quality, size), tokens in table.items():
        made = client.images.generate(prompt="a boat", model=FLARE, size=size, quality=quality, output_format="webp")
        assert made.usage and made.usage.output_tokens == tokens
        assert made.data and Image.open(io.BytesIO(base64.b64decode(made.data[0].b64_json or ""))).format == "WEBP"


def test_one_bad_line_fails_the_whole_batch(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """Found in validation, with its line, counted from 1; nothing ran and nothing is billed."""
    for bad, code in (
        (b"{not json", "invalid_json_line"),
        (line("k0"), "duplicate_custom_id"),
        (line("k1", model="gpt-image-2"), "mismatched_model"),
        (line("k1", line={"url": "/v1/responses"}), "invalid_url"),
    ):
        batch = client.batches.retrieve(created(client, [line("k0"), bad]).id)
        assert (batch.status, batch.output_file_id, batch.error_file_id) == ("failed", None, None)
        assert batch.errors and batch.errors.data
        assert [(each.line, each.code) for each in batch.errors.data] == [(2, code)]
    assert emulator.ledger()["requests_billed"] == 0


def test_what_only_validation_finds(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """A file that is not there and a full queue are told minutes after a create that was fine."""
    made = client.batches.create(input_file_id="file-none", endpoint=GENERATIONS, completion_window="24h")
    assert made.status == "validating"
    errors = client.batches.retrieve(made.id).errors
    assert errors and errors.data and errors.data[0].code == "invalid_input_file"
    emulator.fault("token_limit_exceeded")
    errors = client.batches.retrieve(created(client, [line("k0")]).id).errors
    assert errors and errors.data and errors.data[0].code == "token_limit_exceeded"


@pytest.mark.parametrize(
    ("fault", "state"), [("expired_with_output", "expired"), ("cancelled_with_output", "cancelled")]
)
def test_what_was_done_stays(client: openai.OpenAI, emulator: EmulatorProcess, fault: str, state: str) -> None:
    """A job that expires or is cancelled gives and bills what it finished; expired, it names the rest."""
    emulator.fault(fault)
    batch = client.batches.retrieve(created(client, [line(f"k{number}") for number in range(4)]).id)
    assert batch.status == state and len(read(client, batch.output_file_id)) == 2
    codes = [each["error"]["code"] for each in read(client, batch.error_file_id)]
    assert codes == (["batch_expired"] * 2 if state == "expired" else [])
    assert emulator.ledger()["requests_billed"] == 2


def test_a_cancel_takes_its_time(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """`cancelling` first; what was done by then is in the output file; a second cancel is refused."""
    emulator.job_seconds(1000)
    batch = created(client, [line(f"k{number}") for number in range(4)])
    emulator.advance(650)
    assert client.batches.retrieve(batch.id).status == "in_progress"
    assert client.batches.cancel(batch.id).status == "cancelling"
    emulator.advance(101)
    assert client.batches.retrieve(batch.id).status == "cancelled"
    assert len(read(client, client.batches.retrieve(batch.id).output_file_id)) == 2
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)


def test_listing_is_newest_first_and_paged(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """Equal calls make two batches; the client pages by itself; another key sees none of them."""
    made = [created(client, [line("k0")], metadata={"kamishibai": f"{number}"}).id for number in range(5)]
    assert [each.id for each in client.batches.list(limit=2)] == made[::-1]
    assert [each.metadata for each in client.batches.list(limit=1).data] == [{"kamishibai": "4"}]
    other = connected(emulator, "other-key")
    assert list(other.batches.list()) == []
    with pytest.raises(openai.NotFoundError):
        other.batches.retrieve(made[0])


def test_a_lost_answer_to_create_leaves_a_batch(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """Stored, then the connection is dropped; or 503: the batch is there once."""
    emulator.fault("lost_reply", on="create", times=1)
    with pytest.raises(openai.APIConnectionError):
        created(client, [line("k0")], metadata={"kamishibai": RUN})
    emulator.fault("lost_reply_503", on="create", times=1)
    with pytest.raises(openai.InternalServerError):
        created(client, [line("k1")])
    assert [each.metadata for each in client.batches.list()] == [None, {"kamishibai": RUN}]
    assert emulator.ledger()["requests"]["create"] == 2


def test_refusals_have_the_providers_shape(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """Status, code and type by which the client names them."""
    with pytest.raises(openai.AuthenticationError) as key:
        connected(emulator, "invalid-key").models.list()
    assert key.value.code == "invalid_api_key"
    emulator.fault("insufficient_quota", on="create", times=1)
    with pytest.raises(openai.RateLimitError) as money:
        created(client, [line("k0")])
    assert (money.value.code, money.value.type) == ("insufficient_quota", "insufficient_quota")
    emulator.fault("refuse", value=429, retry_after=300, on="list", times=1)
    with pytest.raises(openai.RateLimitError) as rate:
        client.batches.list()
    assert (rate.value.code, rate.value.response.headers["retry-after"]) == ("rate_limit_exceeded", "300")
    emulator.fault("moderation_blocked", match="blood", times=1)
    with pytest.raises(openai.BadRequestError) as blocked:
        client.images.generate(prompt="blood", model=FLARE, size="1536x864")
    assert (blocked.value.code, blocked.value.type) == ("moderation_blocked", "image_generation_user_error")
    with pytest.raises(openai.BadRequestError, match="divisible by 16"):
        client.images.generate(prompt="a boat", model=FLARE, size="1920x1080")
    with pytest.raises(openai.BadRequestError, match="response_format"):
        client.images.generate(prompt="a boat", model=FLARE, response_format="b64_json")
    assert emulator.ledger()["requests_billed"] == 0


def test_a_model_has_a_last_day(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """`shutdown_date` is told while a model lives; from that day on it does not exist."""

    def day(name: str) -> object:
        return client.models.retrieve(name).to_dict().get("shutdown_date", "untold")

    assert (day(FLARE), day("gpt-image-1-mini")) == (None, "2026-12-01")
    emulator.fault("shutdown", value="2026-12-24", match=FLARE)
    assert day(FLARE) == "2026-12-24"
    emulator.set_clock("2026-12-01T00:00:00Z")
    with pytest.raises(openai.NotFoundError) as gone:
        client.models.retrieve("gpt-image-1-mini")
    assert gone.value.code == "model_not_found"


def test_files_live_thirty_days(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """Then results are gone with 404; an expiry needs both of its fields; a deleted file is not there."""
    batch = client.batches.retrieve(created(client, [line("k0")]).id)
    assert batch.output_file_id
    size = client.files.retrieve(batch.output_file_id).bytes
    assert size == len(client.files.content(batch.output_file_id).read())
    emulator.advance(30 * 86400 + 1)
    with pytest.raises(openai.NotFoundError):
        client.files.content(batch.output_file_id)
    expiry: Any = {"anchor": "created_at"}
    with pytest.raises(openai.BadRequestError, match="expires_after"):
        client.files.create(file=("a.jsonl", b"{}"), purpose="batch", expires_after=expiry)
    name = client.files.create(file=("a.jsonl", b"{}"), purpose="batch").id
    assert [each.id for each in client.files.list(purpose="batch")] == [name]
    assert client.files.delete(name).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(name)


def test_both_ways_of_a_cut_download(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """With a length the client sees it; without one a short file passes for whole."""
    batch = client.batches.retrieve(created(client, [line("k0")]).id)
    assert batch.output_file_id
    emulator.fault("cut", times=1)
    with pytest.raises(openai.APIConnectionError):
        client.files.content(batch.output_file_id).read()
    emulator.fault("cut_silently", times=1)
    assert len(client.files.content(batch.output_file_id).read()) == 1000


def test_the_client_by_itself_would_buy_twice(emulator: EmulatorProcess, client: openai.OpenAI) -> None:
    """Why nothing is asked with its own repeats: two create calls for one, and two batches."""
    file = uploaded(client, [line("k0")])
    emulator.fault("lost_reply", on="create", times=1)
    patient = client.with_options(max_retries=1)
    patient.batches.create(input_file_id=file, endpoint=GENERATIONS, completion_window="24h")
    assert emulator.ledger()["jobs_created"] == 2


def test_pictures_from_pictures(client: openai.OpenAI, emulator: EmulatorProcess) -> None:
    """At once in a form, by batch by the ids of uploaded files: counted by their size, at a price of their own."""
    seen = [("a.png", paint("a", 1024, 1024, "image/png", "a")), ("b.png", paint("b", 128, 192, "image/png", "b"))]
    made = client.images.edit(
        image=[(name, io.BytesIO(data)) for name, data in seen],
        prompt="a boat",
        model=FLARE,
        size="1536x864",
        quality="low",
    )
    assert made.usage and made.usage.input_tokens_details.image_tokens == 1024 + 24
    text = made.usage.input_tokens - 1048
    usd = (text * 5 + 1048 * 8 + 120 * 30) / 1e6
    assert emulator.ledger()["usd"] == pytest.approx(usd)
    files = [client.files.create(file=(name, io.BytesIO(data)), purpose="vision").id for name, data in seen]
    asked = line("k0", images=[{"file_id": file} for file in files], line={"url": EDITS})
    lost = line("k1", images=[{"file_id": "file-none"}], line={"url": EDITS})
    batch = client.batches.create(
        input_file_id=uploaded(client, [asked, lost]), endpoint=EDITS, completion_window="24h"
    )
    batch = client.batches.retrieve(batch.id)
    (good,), (bad,) = read(client, batch.output_file_id), read(client, batch.error_file_id)
    assert good["response"]["body"]["usage"]["input_tokens_details"]["image_tokens"] == 1048
    assert bad["response"]["status_code"] == 404
    text = good["response"]["body"]["usage"]["input_tokens"] - 1048
    assert emulator.ledger()["usd"] - usd == pytest.approx((text * 2.5 + 1048 * 4 + 120 * 15) / 1e6)
    mixed = client.batches.create(
        input_file_id=uploaded(client, [asked, line("k2")]), endpoint=EDITS, completion_window="24h"
    )
    errors = client.batches.retrieve(mixed.id).errors
    assert errors and errors.data and errors.data[0].code == "invalid_url"
    with pytest.raises(openai.BadRequestError, match="Invalid image"):
        client.images.edit(image=("a.png", b"no picture"), prompt="a boat", model=FLARE, size="1536x864")
