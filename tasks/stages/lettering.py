"""Texts onto thumbnails: templates.json x rows -> assets/<CH>/<NNN>/<name>.text.png, or .jpg, beside each picture.

Free: nothing is asked of any provider, and no request knows of it. A copy is there exactly when its picture is there
and its texts can be drawn; one that would say something else than its row says is taken away. It is a file of the
format and limit that its picture is finished with: the copy is what is uploaded.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..catalog.catalog import Catalog
from ..catalog.output import Output
from ..catalog.text_style import Direction
from ..files import atomic, regular
from ..files.problem import Problem
from ..pictures import fonts, vertical
from ..pictures.lettering import NOMINAL, Lettering, drawn, layout, lettering, mark, mark_of
from ..pictures.picture import DECODE_ERRORS, BrokenPicture
from ..project.names import PROMPT_ID, Format
from ..project.paths import Paths
from ..project.thumbnail_paths import ThumbnailPaths, selection
from ..requests.thumbnail_texts import RowTexts, bad_style, cannot_be_drawn, channels, row_texts, unknown_columns
from ..session.large_files import say_large
from ..text.errors import BadInput

if TYPE_CHECKING:
    from ..runs.run import Run
    from ..session.log import Log


class Clean(NamedTuple):
    """A picture that lies there, the sha256 of its bytes, and what it is finished as, which its copy is too."""

    path: Path
    sha256: str
    output: Output


def draw_texts(log: "Log", run: "Run", pictures: Mapping[str, tuple[Path, str]]) -> dict[str, Path]:
    """Draw what is missing or not as it would be drawn now; returns the copies that lie there, by prompt id.

    pictures: by prompt id, each picture that lies there, with the sha256 of its bytes. What cannot be drawn is a
    trouble that names row and text; its picture stays as it is.
    """
    paths = run.paths
    if not isinstance(paths, ThumbnailPaths):
        return {}
    outputs = {request.prompt_id: request.choice.output for request in run.wanted}
    has_texts = paths.channel in channels(run.catalog)
    if not has_texts:
        for prompt_id in pictures:
            _take_away(paths, prompt_id)
    copies: dict[str, Path] = {}
    for row in row_texts(paths, run.catalog) if has_texts else ():
        if not PROMPT_ID.fullmatch(row.prompt_id):
            continue
        picture = pictures.get(row.prompt_id)
        try:
            if copy := _copy(log, run, paths, row, Clean(*picture, outputs[row.prompt_id]) if picture else None):
                copies[row.prompt_id] = copy
        except BadInput as wrong:
            _take_away(paths, row.prompt_id)
            log.trouble(
                f"{paths.name} {row.prompt_id}",
                "its texts were not drawn: {what}",
                "{do}; then {command}",
                what=wrong.what,
                do=wrong.do,
                command=paths.plain_command,
            )
    return copies


def _copy(log: "Log", run: "Run", paths: ThumbnailPaths, row: RowTexts, clean: Clean | None) -> Path | None:
    """The copy that lies there when this is done: it is made where it has to be. Raises BadInput."""
    texts = row.texts if clean else []
    if not clean or not texts:
        _take_away(paths, row.prompt_id)
        return None
    copy = paths.lettered(row.prompt_id, clean.output.format)
    found = [lettering(text, style, run.catalog.paths.workspaces) for style, text in texts]
    wanted, there = mark(clean.sha256, found, clean.output), mark_of(copy)
    if not there and copy.exists():
        log.say("{copy} was not drawn here, so it stays as it is", copy=paths.relative(copy))
    elif there != wanted and not _is_drawn(log, paths, copy, clean, found, wanted):
        return None
    elif (most := clean.output.max_bytes) and (size := copy.stat().st_size) > most:
        say_large(log, paths, copy, size, most)
    _take_away(paths, row.prompt_id, clean.output.format.other)
    return copy


def _is_drawn(log: "Log", paths: ThumbnailPaths, copy: Path, clean: Clean, found: list[Lettering], wanted: str) -> bool:
    """Draw it; False, with the reason noted, where the picture cannot be read."""
    try:
        data = drawn(regular.read(clean.path), found, clean.output, wanted)
    except (BrokenPicture, *DECODE_ERRORS) as error:
        log.trouble(
            paths.name,
            "no texts were drawn onto {picture}: {error}",
            "look at the picture; doit validate says more",
            picture=paths.relative(clean.path),
            error=error,
        )
        return False
    atomic.write(copy, data)
    return True


def _take_away(paths: ThumbnailPaths, prompt_id: str, *forms: Format) -> None:
    """Copies of ours, of those formats or of any, that no text belongs to any more; a file of somebody else's stays."""
    for form in forms or Format:
        copy = paths.lettered(prompt_id, form)
        if mark_of(copy):
            copy.unlink(missing_ok=True)


def all_drawn(catalog: Catalog, runs: list[ThumbnailPaths]) -> bool:
    """Whether nobody took a copy away since it was drawn: for doit's up-to-date check, so pictures are not read."""
    for place in runs:
        for row in row_texts(place, catalog):
            has_texts = row.template.texts and row.texts and any(map(Path.exists, place.finished(row.prompt_id)))
            if has_texts and not place.lettered(row.prompt_id, row.form).exists():
                return False
    return True


def problems(paths: Paths, catalog: Catalog) -> Iterator[Problem]:
    """What `doit validate` says of texts: columns, fonts and letters that are not there, texts that do not fit."""
    for place in selection(paths, None):
        try:
            rows = row_texts(place, catalog) if place.channel in channels(catalog) else []
        except BadInput:
            continue  # said where templates and subjects are checked
        yield from unknown_columns(rows)
        bad: dict[tuple[str, str], Problem] = {}
        for row in rows:
            yield from _row_problems(paths, catalog, row, bad)
        yield from bad.values()


def _row_problems(
    paths: Paths, catalog: Catalog, row: RowTexts, bad: dict[tuple[str, str], Problem]
) -> Iterator[Problem]:
    """bad: gets fonts that cannot be had, and columns, one problem for each text of a template."""
    for entry, style in enumerate(row.template.texts):
        key = "direction"
        try:
            if style.direction is Direction.VERTICAL:
                vertical.check_here()
            key = "font"
            fonts.find(style.font, paths.workspaces)
        except BadInput as wrong:
            bad.setdefault((row.template.id, style.font), bad_style(row, entry, key, wrong.what, wrong.do))
            continue
        if style.column not in row.subject.values:
            continue  # said once for all rows
        try:
            for text in row.text_of(style):
                layout(lettering(text, style, paths.workspaces), _size(row, catalog))
        except BadInput as wrong:
            yield cannot_be_drawn(row, style.column, wrong.what, wrong.do)


def _size(row: RowTexts, catalog: Catalog) -> tuple[int, int]:
    """Pixels of a picture of the shape that the row's will have: a text that fits one fits every size of it."""
    preset = catalog.presets.get(row.template.channel)
    shape = row.template.output_size or row.subject.output_size or (preset.output_size if preset else None)
    if shape:
        return shape
    ratio = row.template.aspect_ratio or (preset.aspect_ratio if preset else None)
    width, height = map(int, ratio.split(":")) if ratio else NOMINAL
    return round(NOMINAL[1] * width / height), NOMINAL[1]
