"""The emulator's own addresses under /_emulator/: ledger, clock, faults, jobs. None of them is counted or billed.

They answer to clients of this machine, not to pages of other sites that a browser here happens to show: only under a
name of this machine, from no other origin, and an order is JSON, which no page can send elsewhere unasked.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

from .gemini import jobs_api
from .gemini.job import TERMINAL, Job, Progress, read_job
from .openai import batches_api
from .world.faults import CATALOGUE, OPERATIONS, read_fault
from .world.wire import Reply, json_reply, timestamp
from .world.world import Body, World

PREFIX = "/_emulator/"
_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
MOST_SECONDS = 1e10  # three centuries
_STATES = (*TERMINAL, "PENDING", "RUNNING")


class Wrong(ValueError):
    """A control request that makes no sense; answered with 400 and its text."""


def answer(world: World, method: str, path: str, headers: Mapping[str, str], body: Body) -> Reply:
    """One control request. headers: their names in lower case."""
    if refused := _refused(method, headers):
        return refused
    name, _, job_id = path.removeprefix(PREFIX).partition("/")
    try:
        data = orjson.loads(content) if (content := body.bytes().strip()) else None
        if name == "jobs" and job_id and method == "POST":
            return json_reply(_force(world, job_id, data))
        action = _ACTIONS.get((method, path.removeprefix(PREFIX)))
        return _help(404) if action is None else action(world, data)
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        return json_reply({"error": str(error)}, status=400)


def _refused(method: str, headers: Mapping[str, str]) -> Reply | None:
    """The answer to whoever is no client of this machine, or gives an order that is not said to be JSON."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if not _HERE.fullmatch(host):
        return json_reply({"error": "this address answers to 127.0.0.1 and localhost only"}, status=421)
    foreign = method != "GET" and headers.get("sec-fetch-site", "same-origin") != "same-origin"
    if foreign or (origin is not None and origin.lower() != f"http://{host}".lower()):
        return json_reply({"error": "refused: the request comes from another site"}, status=403)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if method in ("POST", "PUT") and kind != "application/json":
        return json_reply({"error": "an order is JSON: send it with Content-Type: application/json"}, status=415)
    return None


def _ledger(world: World, _: Any) -> Reply:
    _settle_all(world)
    return json_reply(world.ledger.read())


def _sent(world: World, _: Any) -> Reply:
    return json_reply(world.ledger.pictures())


def _read_clock(world: World, _: Any) -> Reply:
    lasting = {"job_seconds": world.job_seconds, "flux_seconds": world.flux_seconds}
    return json_reply({"now": timestamp(world.clock.now()), "frozen": world.clock.frozen, **lasting})


def _set_clock(world: World, data: Any) -> Reply:
    if not isinstance(data, dict) or not data or set(data) - {"set", "advance", "job_seconds", "flux_seconds"}:
        raise Wrong(
            'the clock takes {"set": ISO time}, {"advance": seconds}, {"job_seconds": seconds for new jobs},'
            ' {"flux_seconds": seconds for new Kontext orders}'
        )
    lasting = {name: _seconds(data[name]) for name in ("job_seconds", "flux_seconds") if name in data}
    if "set" in data:
        world.clock.freeze(data["set"])
    if "advance" in data:
        world.clock.advance(_seconds(data["advance"]))
    for name, seconds in lasting.items():
        world.state.set(name, str(seconds))
    return _read_clock(world, None)


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not abs(seconds) < MOST_SECONDS:
        raise Wrong(f"{value} is no number of seconds below {MOST_SECONDS:.0e}")
    return seconds


def _read_faults(world: World, _: Any) -> Reply:
    return json_reply(world.faults.active())


def _add_faults(world: World, data: Any) -> Reply:
    for fault in [read_fault(item) for item in (data if isinstance(data, list) else [data])]:
        world.faults.add(fault)
    return _read_faults(world, None)


def _clear_faults(world: World, _: Any) -> Reply:
    world.faults.clear()
    return _read_faults(world, None)


def _jobs(world: World, _: Any) -> Reply:
    """Every job ever made, oldest first, with the provider's state of now."""
    _settle_all(world)
    return json_reply([_summary(world, read_job(row)) for row in world.state.rows("select * from jobs order by seq")])


def _settle_all(world: World) -> None:
    """Settle every job that is finished by the clock, oldest first, so that the ledger is complete."""
    for row in world.state.rows("select * from jobs where settled is null and deleted is null order by seq"):
        _look(world, read_job(row))


def _look(world: World, job: Job) -> tuple[Job, Progress]:
    return batches_api.look(world, job) if batches_api.is_batch(job) else jobs_api.look(world, job)


def _summary(world: World, job: Job) -> dict[str, Any]:
    _, found = _look(world, job)
    return {
        "id": job.id,
        "name": job.id if batches_api.is_batch(job) else f"batches/{job.id}",
        "display_name": job.display_name,
        "model": job.model,
        "state": found.state,
        "requests": job.requests,
        "reached": found.reached,
        "output": found.output,
        "created": timestamp(job.created),
        "deleted": job.deleted is not None,
    }


def _force(world: World, job_id: str, data: Any) -> dict[str, Any]:
    """Order the state a job is in from now on: {"state": ..., "with_output": true or false}."""
    row = world.state.row("select * from jobs where id = ?", job_id.removeprefix("batches/"))
    if row is None:
        raise Wrong(f"no job {job_id}")
    if not isinstance(data, dict) or data.get("state") not in _STATES:
        raise Wrong(f'a job takes {{"state": one of {", ".join(_STATES)}, "with_output": true or false}}')
    with_output = bool(data.get("with_output", data["state"] == "SUCCEEDED"))
    forced = {"state": data["state"], "at": world.clock.now(), "output": with_output}
    world.state.run("update jobs set forced = ?, settled = null where seq = ?", json.dumps(forced), row["seq"])
    for file in (row["id"], f"{row['id']}-o", f"{row['id']}-e"):
        world.outputs.forget(file)
    fresh = world.state.row("select * from jobs where seq = ?", row["seq"])
    assert fresh is not None
    return _summary(world, read_job(fresh))


def help_text() -> str:
    """What this address offers, with every fault by name."""
    faults = "\n".join(
        f"  {name:26}{kind.help}{'' if kind.value is None else f'  [{kind.value}]'}" for name, kind in CATALOGUE.items()
    )
    return f"""{_INTRODUCTION}
Faults (in brackets: the value when none is given)
{faults}

Operations for "on": {", ".join(OPERATIONS)}
"""


_INTRODUCTION = """The offline Gemini, Fireworks and OpenAI APIs, and a picture server of one's own.
Nothing costs anything, all pictures are placeholders.

GET    /_emulator/ledger       requests seen, jobs created, answers billed, as the provider would have booked them
GET    /_emulator/sent         sha256 of every picture that was answered at once (those of jobs: in their result files)
GET    /_emulator/jobs         every job and its state
POST   /_emulator/jobs/ID      {"state": "EXPIRED", "with_output": false}
GET    /_emulator/clock        the emulator's time
POST   /_emulator/clock        {"advance": 86400} or {"set": "2026-11-24T00:00:00Z"} (then it stands still)
                               {"job_seconds": 5} for jobs made from now on, {"flux_seconds": 5} for Kontext orders
GET    /_emulator/faults       what is switched on
POST   /_emulator/faults       [{"fault": "refuse", "value": 503, "on": "get", "times": 2}]
DELETE /_emulator/faults       switch all off

Orders are JSON and say so: curl -H "Content-Type: application/json" -d '{"advance": 60}' …/_emulator/clock

A fault strikes for ever, or "times" times; "match" is a piece of path, body, display name or request key;
"every": n takes each n-th candidate; "on" names an operation. Job faults are drawn when a job is created,
result faults when it is first seen finished. As an option: --fault refuse=503,on=get,times=2
"""


def _help(status: int) -> Reply:
    return Reply(status, help_text().encode(), {"Content-Type": "text/plain; charset=UTF-8"})


_ACTIONS = {
    ("GET", ""): lambda _world, _data: _help(200),
    ("GET", "ledger"): _ledger,
    ("GET", "sent"): _sent,
    ("GET", "clock"): _read_clock,
    ("POST", "clock"): _set_clock,
    ("GET", "faults"): _read_faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "jobs"): _jobs,
}
