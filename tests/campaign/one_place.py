"""What the files of one place, a run, a thumbnail set or a slot of a comparison, must say about one another."""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from tasks.pictures.picture import to_png
from tasks.text.wording import dollars

from .project import Line, Project, Room, sha256

BESIDE = ("_takes", "_thumbs", "_kept")
"""Folders beside the pictures: earlier takes, previews, what a person painted over."""


def one_place(
    project: Project,
    room: Room,
    by_hand: Collection[str],
    wanted: Collection[str] | None = None,
) -> Iterator[str]:
    """Manifest, results, usage, pictures and page among one another.

    by_hand: pictures that a person changed, behind the name of their place. wanted: prompts that there still are; None:
    all that were ever asked for.
    """
    yield from manifest(room)
    yield from results(room)
    yield from usage(room)
    yield from pictures(project, room, by_hand, wanted)
    yield from page(room, wanted)
    yield from unreadable(room)


def manifest(room: Room) -> Iterator[str]:
    """Every submission is over, and each of its requests has exactly one line, also when a person deleted them."""
    counts = Counter((line["submission"], line["key"]) for line in room.lines if line["submission"])
    asked = set()
    for each in room.submissions:
        if each["state"] not in ("collected", "dropped"):
            yield f"{each['id']} is still {each['state']}"
        if each["state"] == "dropped":
            continue
        for item in each["requests"]:
            asked.add((each["id"], item["key"]))
            if counts[each["id"], item["key"]] != 1:
                yield f"{each['id']} {item['key']} has {counts[each['id'], item['key']]} result lines"
    for pair in counts.keys() - asked if not room.lost_its_manifest else ():
        yield f"a result line tells of {pair}, and the manifest does not"
    jobs = [each["job"] for each in room.submissions if each["job"]]
    if len(jobs) != len(set(jobs)):
        yield f"two submissions have one job: {jobs}"
    if not room.complete:
        yield "the manifest is not complete"


def results(room: Room) -> Iterator[str]:
    """Each line says of its request what the manifest says."""
    items = {(each["id"], item["key"]): (each, item) for each in room.submissions for item in each["requests"]}
    for line in room.lines:
        if not line["key"].startswith(f"{line['prompt_id']}-{line['digest'][:16]}"):
            yield f"the key {line['key']} does not belong to {line['prompt_id']} and {line['digest'][:16]}"
        if (line["status"] == "ok") != (line["source_sha256"] is not None):
            yield f"{line['key']} is {line['status']} with source {line['source_sha256']}"
        if (line["submission"], line["key"]) not in items:
            continue
        each, item = items[line["submission"], line["key"]]
        for name in ("prompt_id", "digest", "prompt_sha256"):
            if line[name] != item[name]:
                yield f"{line['key']}: {name} differs between results and manifest"
        for name in ("job", "slot", "model_key", "model_name", "provider", "lane"):
            if line[name] != each[name]:
                yield f"{line['key']}: {name} is {line[name]} in the results and {each[name]} in the manifest"


def unreadable(room: Room) -> Iterator[str]:
    """What came and nothing reads lies where its row says."""
    for line in room.lines:
        if line.get("cause") == "unreadable":
            named = _KEPT_AS.search(line["reason"])
            if not named or not room.place.at(named[1]).is_file():
                yield f"what came for {line['key']} is not kept: {line['reason']}"


_KEPT_AS = re.compile(r"kept as ([^\s:]+)")


def usage(room: Room) -> Iterator[str]:
    """usage.csv says row by row what results.jsonl says line by line, and adds up to the same sum."""
    if len(room.usage) != len(room.lines):
        yield f"{len(room.lines)} result lines, {len(room.usage)} usage rows"
        return
    names = ("prompt_id", "key", "status", "job", "slot", "model_name", "lane", "cost_basis", "image", "image_sha256")
    for line, row in zip(room.lines, room.usage, strict=True):
        said = {name: str(line[name] or "").lstrip("'") for name in names} | {"attempt": str(line["attempt"])}
        told = {name: row[name].lstrip("'") for name in said}
        if said != told or row["run"] != room.name or abs(float(row["cost_usd"]) - line["cost_usd"]) > 1e-6:
            yield f"the usage row of {line['key']} differs from its result line"


def pictures(project: Project, room: Room, by_hand: Collection[str], wanted: Collection[str] | None) -> Iterator[str]:
    """Each picture is the one its line names, made from the provider's own bytes, and no other lies there."""
    for prompt_id, line in room.shown.items():
        if f"{room.name}/{line['image']}" in by_hand:
            continue
        path = room.image(line)
        if not path.is_file():
            if wanted is None or prompt_id in wanted:
                yield f"the picture of {prompt_id} is not there: {line['image']}"
        elif sha256(path) != line["image_sha256"]:
            if wanted is None or prompt_id in wanted:  # what nobody wants any more stays as a person left it
                yield f"{line['image']} is not what its result line says"
        else:
            yield from _made_from(project, path, line)
    known, made = {room.image(line) for line in room.shown.values()}, {line["image_sha256"] for line in room.lines}
    for path in sorted(room.place.images.rglob("*")):
        inside = path.relative_to(room.place.images)
        if inside.parts[0] == "_takes" and path.is_file() and sha256(path) not in made:
            yield f"nobody knows {inside} in {room.place.images.name}/"
        is_shown = path.is_file() and inside.parts[0] not in BESIDE
        if is_shown and path not in known and not _was_dropped(project, room, path, wanted):
            yield f"nobody knows {inside} in {room.place.images.name}/"


def _was_dropped(project: Project, room: Room, path: Path, wanted: Collection[str] | None) -> bool:
    """Whether it is a bought picture whose prompt was taken out before its line could say that it lies there."""
    lines = [line for line in room.lines if line["prompt_id"] == path.stem and line["source_sha256"] in project.stored]
    return path.stem not in (wanted or (path.stem,)) and any(not [*_made_from(project, path, line)] for line in lines)


def _made_from(project: Project, path: Path, line: Line) -> Iterator[str]:
    record = project.stored.get(line["source_sha256"])
    if record is None:
        yield f"{line['image']} was made from a picture that the store does not have"
        return
    size = tuple(map(int, line["output_size"].split("x"))) if line["output_size"] else None
    if to_png(record.picture.read_bytes(), size) != path.read_bytes():  # type: ignore[arg-type]
        yield f"{line['image']} is not the PNG of what the provider sent"


def page(room: Room, wanted: Collection[str] | None) -> Iterator[str]:
    """The page over the place shows every picture of a prompt that is wanted, and says what all of them cost."""
    if not room.place.gallery.is_file():
        yield f"there is no {room.place.gallery.name}"
        return
    html = room.place.gallery.read_text("utf-8")
    for prompt_id, line in room.shown.items():
        href = Path(os.path.relpath(room.image(line), room.place.gallery.parent)).as_posix()
        if f'href="{href}"' not in html and (wanted is None or prompt_id in wanted):
            yield f"{room.place.gallery.name} does not show the picture of {prompt_id}"
    spent = sum(line["cost_usd"] for line in room.lines)
    if room.place.task != "compare" and dollars(spent) not in html:
        yield f"{room.place.gallery.name} does not say {dollars(spent)}"
