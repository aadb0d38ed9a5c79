"""`workspaces/video/<CH>.html`: one page over all runs of a channel, and the same over everything for `doit review`.

Reads what lies there (results, manifests' short facts, verdicts) and opens no run, so that a channel of a hundred runs
takes no longer than its result lines take to read.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from ...catalog.catalog import Catalog, read_catalog
from ...files import atomic, locks, regular
from ...pictures import preview
from ...project.names import RunName
from ...project.paths import Paths
from ...project.run_paths import RunPaths
from ...project.thumbnail_paths import ThumbnailPaths
from ...runs import glimpse
from ...runs.glimpse import UNREADABLE
from ...runs.manifest import State
from ...runs.results import Peeked, latest, peek, shown
from ...text import clock
from ...text.errors import BadInput
from ...text.sentences import t
from . import channel_page, review_file
from .channel_page import RunCard, Shelf

_HEAD = 1024
_PROMPTS = re.compile(rb'<meta name="prompts" content="(\d+)">')
STRIP = 6
"""Pictures on a run's card: two rows of three."""


def path(paths: Paths, channel: str) -> Path:
    """Where the page over the runs of `channel` lies."""
    return paths.runs.parent / f"{channel}.html"


def write(paths: Paths, channel: str, name: str = "") -> bool:
    """The page over all runs of `channel` that have a gallery; says whether it had to be written.

    name: what people call the channel.
    Waits while a command that is at work on another run of the channel writes it.
    """
    target = path(paths, channel)
    with locks.held(paths.lock(f"page-{channel}")):
        shelf = Shelf(channel, run_cards(paths.with_prompts(channel), target.parent), name)
        hint = t("no galleries of {channel} yet", channel=channel)
        return atomic.write_if_new(target, channel_page.render(channel, (shelf,), hint))


def name_of(catalog: Catalog | None, channel: str) -> str:
    """What people call a channel; "" when nobody says."""
    preset = catalog.presets.get(channel) if catalog else None
    return preset.name if preset else ""


def run_cards(runs: Iterable[RunPaths], page_folder: Path) -> tuple[RunCard, ...]:
    """Cards of the runs with a gallery, the newest name first; links and pictures as seen from `page_folder`."""
    galleries = [run for run in runs if (run.folder / "gallery.html").is_file()]
    return tuple(_card(run, page_folder) for run in reversed(galleries))


def _card(run: RunPaths, page_folder: Path) -> RunCard:
    lines = _results(run.results)
    last, pictures, away = latest(lines), shown(lines), glimpse.away(run)
    there = {name: line for name, line in pictures.items() if line.image not in away}
    verdicts = [
        verdict.verdict
        for name, verdict in _verdicts(run.folder).items()
        if name in there and verdict.about(there[name].image_sha256)
    ]
    newest = max((line.finished_at or "" for line in lines), default="")
    return RunCard(
        name=run.name,
        href=_link(run.folder / "gallery.html", page_folder),
        strip=_strip(run, pictures, page_folder),
        prompts=_prompts(run.folder / "gallery.html"),
        pictures=len(pictures),
        failed=sum(not line.is_picture for line in last.values()),
        on_their_way=_on_their_way(run),
        good=verdicts.count(review_file.OK),
        bad=verdicts.count(review_file.NG),
        cost_usd=sum(line.cost_usd for line in lines),
        date=clock.second(newest),
        tidied=len(pictures) - len(there),
    )


def _strip(run: RunPaths, pictures: dict[str, Peeked], page_folder: Path) -> tuple[tuple[str, str], ...]:
    first = [pictures[name] for name in sorted(pictures)[:STRIP]]
    small = ((preview.there(run.images, run.at(p.image or ""), p.image_sha256 or ""), p) for p in first)
    return tuple((_link(path, page_folder), p.prompt_id) for path, p in small if path)


def _prompts(page: Path) -> int | None:
    """How many pictures a gallery wants: it says so in its head. None of a page of an earlier version."""
    try:
        with regular.opened(page) as stream:
            found = _PROMPTS.search(stream.read(_HEAD))
    except OSError:
        return None
    return int(found[1]) if found else None


def _link(target: Path, page_folder: Path) -> str:
    return Path(os.path.relpath(target, page_folder)).as_posix()


def _results(path: Path) -> list[Peeked]:
    """Results as they stand there; none when there are none or they cannot be read: the run's own page says so."""
    try:
        return list(peek(path))
    except UNREADABLE:
        return []


def _verdicts(folder: Path) -> dict[str, review_file.Verdict]:
    try:
        return review_file.read(folder)
    except BadInput:
        return {}


def _on_their_way(run: RunPaths) -> int:
    try:
        jobs = glimpse.peek(run.manifest).submissions((State.CREATING, State.SUBMITTED, State.FINISHED))
        return sum(len(submission.requests) for submission in jobs)
    except UNREADABLE:
        return 0


def overview(paths: Paths) -> bytes:
    """The page over everything that can be looked at; links are paths inside workspaces/, for `doit review`."""
    root = paths.workspaces
    channels: dict[str, list[RunPaths]] = {}
    for page in sorted(paths.runs.glob("*/gallery.html")):
        if "-" in page.parent.name and not page.parent.name.startswith("."):
            channels.setdefault(RunName.of(page.parent.name).channel, []).append(RunPaths(page.parent))
    catalog, _ = read_catalog(paths)
    shelves = [Shelf(channel, run_cards(runs, root), name_of(catalog, channel)) for channel, runs in channels.items()]
    shelves += _loose(t("Thumbnails"), sorted((root / "thumbnails").glob("*/gallery.html")), root)
    shelves += _loose(t("Comparisons"), sorted((root / "compare").glob("*/index.html")), root)
    return channel_page.render(
        t("Review"), tuple(shelves), t("Nothing to look at yet: doit visual CH=<channel> makes pictures.")
    )


def _loose(title: str, pages: list[Path], root: Path) -> list[Shelf]:
    """A shelf of pages with the counts of the places in and below their folders; none when there are no pages."""
    cards = tuple(_page_card(page, root) for page in pages if not page.parent.name.startswith("."))
    return [Shelf(title, cards)] if cards else []


def _page_card(page: Path, root: Path) -> RunCard:
    folders = [found.parent for found in sorted(page.parent.glob("**/results.jsonl"))]
    parts = [_card(_place(folder, root), root) for folder in folders]
    strips = [part.strip for part in parts]
    return RunCard(
        name=page.parent.name,
        href=_link(page, root),
        strip=tuple(picture for strip in strips for picture in strip[: max(1, STRIP // len(strips))])[:STRIP],
        prompts=_prompts(page),
        pictures=sum(part.pictures for part in parts),
        failed=sum(part.failed for part in parts),
        tidied=sum(part.tidied for part in parts),
        on_their_way=sum(part.on_their_way for part in parts),
        good=sum(part.good for part in parts),
        bad=sum(part.bad for part in parts),
        cost_usd=sum(part.cost_usd for part in parts),
        date=max((part.date for part in parts), default=""),
    )


def _place(folder: Path, root: Path) -> RunPaths:
    return ThumbnailPaths(folder) if folder.parent == root / "thumbnails" else RunPaths(folder)
