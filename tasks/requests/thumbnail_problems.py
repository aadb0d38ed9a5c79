"""What `doit validate` says about thumbnails: templates, subjects, presets and models against each other."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ..catalog.catalog import Catalog
from ..catalog.choice import Choice
from ..catalog.foreign_sources import read_sources
from ..catalog.lifecycle import farewell
from ..catalog.presets import Preset
from ..files import regular
from ..files.overrides import problem_at
from ..files.problem import Problem, pointer, shown, warnings
from ..files.schema import line_of
from ..project import thumbnail_paths
from ..project.names import CHANNEL
from ..project.paths import Paths
from ..project.run_paths import prompt_files, unread_files
from ..project.thumbnail_paths import ThumbnailPaths
from ..prompts import revisions_file, thumbnail_subjects, variables
from ..prompts.prompts import Prompt, RunPrompts
from ..prompts.templates import Template, Templates, check_templates, fill, missing, problem
from ..prompts.thumbnail_subjects import Subject
from ..text.errors import BadInput
from ..text.sentences import later, t
from . import reading_notes, thumbnail_rows
from . import resolve as catalogs
from .resolve import Unfit

_NOBODY = Prompt("0000", "", Path())
_FOLDER = later("rename the folder after its channel, or move it out of workspaces/thumbnails")


def with_subjects(paths: Paths) -> list[ThumbnailPaths]:
    """Channels, and folders beside theirs, that have subjects, in name order; another program's once taken in."""
    own = [ThumbnailPaths(each) for each in _all(paths) if prompt_files(each)]
    return own + [each for each in thumbnail_paths.selection(paths, None) if each.is_foreign]


def _all(paths: Paths) -> list[Path]:
    if not paths.thumbnails.is_dir():
        return []
    return sorted(each for each in paths.thumbnails.iterdir() if each.is_dir())


def check(paths: Paths, catalog: Catalog, today: date) -> Iterator[Problem]:
    """Everything wrong, and soon wrong, with templates.json and the subjects of every channel."""
    templates: Templates | None = None
    made: dict[Template, Choice] = {}
    asked = with_subjects(paths)
    waiting = thumbnail_paths.waiting(paths, None)
    if asked or regular.there(paths.templates):
        templates, found = check_templates(paths.templates)
        yield from found
    if templates:
        yield from _models(catalog, templates, today, made)
    yield from _nothing_read(paths)
    for place in asked:
        yield from _channel(catalog, templates, place, made)
    for place in waiting:
        yield from warnings(_channel(catalog, templates, place, made))


def _nothing_read(paths: Paths) -> Iterator[Problem]:
    """Folders that hold something like subjects, which is not read."""
    for folder in _all(paths):
        names = [] if prompt_files(folder) else unread_files(folder)
        if names:
            there = ", ".join(shown(name) for name in names[:4])
            message = t("has no prompts.json, .csv, .tsv, .xlsx or .txt (there is {there})", there=there)
            yield Problem(folder, None, "", message, t("save it as .csv or .xlsx, or move it away"), warning=True)


def _models(catalog: Catalog, templates: Templates, today: date, made: dict[Template, Choice]) -> Iterator[Problem]:
    """Templates whose channel or model cannot be; fills `made` with how each other one is made."""
    for channel, found in templates.channels.items():
        if channel in catalog.broken:
            continue
        try:
            preset = thumbnail_rows.channel_preset(catalog, templates, channel)
        except BadInput:
            steps = ("channels", channel)
            message = t("found {channel}, which is not in configs/channel_presets.json", channel=shown(channel))
            yield Problem(templates.file, line_of(templates.file, steps), pointer(steps), message)
            continue
        for template in found:
            run = RunPrompts(template.file, None, ())
            try:
                made[template] = catalogs.resolve(catalog, preset, run, _NOBODY, template=template)
            except Unfit as error:
                yield error.problem
            else:
                if template.image_model_key and (message := farewell(made[template].model, today) or ""):
                    yield problem(
                        template, "image_model_key", message, t("name another slot in good time"), warning=True
                    )


def _channel(
    catalog: Catalog, templates: Templates | None, place: ThumbnailPaths, made: dict[Template, Choice]
) -> Iterator[Problem]:
    """One channel's thumbnails: its name, its subjects, and the template of each."""
    channel = place.channel
    if channel in catalog.broken or (place.is_foreign and read_sources(catalog.paths)[1]):
        return  # said once, at the channel or the config
    try:
        empty = Templates(catalog.paths.templates, {}, {})
        preset = thumbnail_rows.channel_preset(catalog, templates or empty, channel)
    except BadInput:
        message = t("{channel} is not a channel of configs/channel_presets.json", channel=shown(channel))
        # What bears no channel's name is passed over, as copies are; a channel nobody knows is a mistake.
        where = place.prompt_files()[0] if place.is_foreign else place.folder
        yield Problem(where, None, "", message, _FOLDER, not CHANNEL.fullmatch(channel))
        return
    subjects, found = thumbnail_rows.check_subjects(place, catalog, preset)
    yield from found
    if subjects is not None:
        yield from reading_notes.notes(place, catalog)
    if subjects and templates and channel not in templates.broken:
        yield from _subjects(templates, preset, subjects, made)
        yield from _changes(place, catalog)


def _subjects(
    templates: Templates, preset: Preset, subjects: tuple[Subject, ...], made: dict[Template, Choice]
) -> Iterator[Problem]:
    used: dict[Template, list[Subject]] = defaultdict(list)
    for subject in subjects:
        template = templates.of(preset.channel, subject.template_id)
        if template:
            used[template].append(subject)
        else:
            yield _no_template(templates, preset, subject)
    for template, rows in used.items():
        yield from _names(template, rows)
        if template.negative_prompt is None:
            yield from _shared_negative(preset, rows)
        if template in made:
            yield from _lengths(template, rows, made[template])


def _changes(place: ThumbnailPaths, catalog: Catalog) -> Iterator[Problem]:
    """What is wrong with texts and slots that a person changed on the page."""
    changes, found = revisions_file.check(place.folder)
    yield from found
    if not changes:
        return
    try:
        preset, rows, wrong = thumbnail_rows.check(place, catalog, changes)
    except BadInput:
        return  # of templates and subjects, which is said
    yield from wrong
    for row in rows if not wrong else ():
        if row.prompt.revised:
            run = RunPrompts(row.subject.file, None, ())
            try:
                catalogs.resolve(catalog, preset, run, row.prompt, template=row.template)
            except Unfit as error:
                yield error.problem


def _no_template(templates: Templates, preset: Preset, subject: Subject) -> Problem:
    there = templates.named(preset.channel)
    if subject.template_id:
        message = t(
            "found the template {template_id}, {channel} has: {there}",
            template_id=shown(subject.template_id),
            channel=preset.channel,
            there=there,
        )
    else:
        message = t(
            "names no template, and {channel} has no default_template_id (templates: {there})",
            channel=preset.channel,
            there=there,
        )
    do = t("correct template_id, or the channel in workspaces/thumbnails/templates.json")
    return thumbnail_subjects.problem(subject, "template_id", message, do)


def _names(template: Template, rows: list[Subject]) -> Iterator[Problem]:
    """Names of the template that entries have no text for: one problem a name, with the first such entry."""
    lacking: dict[str, list[Subject]] = defaultdict(list)
    for subject in rows:
        for name in missing(template, subject):
            lacking[name].append(subject)
    for name, found in lacking.items():
        first, more = found[0], len(found) - 1
        fault = t("has no such column; it has {columns}", columns=", ".join(first.values))
        if name in first.values:
            fault = t("leaves it empty or has a spreadsheet's error there")
        others = t(" ({more} more like it)", more=more) if more else ""
        message = t(
            "wants {{{{{name}}}}} for template {template_id}, but {where} {fault}{others}",
            name=name,
            template_id=shown(template.id),
            where=first.where,
            fault=fault,
            others=others,
        )
        yield problem(template, "prompt_template", message, t("correct the name, or fill in the column"))


def _shared_negative(preset: Preset, rows: list[Subject]) -> Iterator[Problem]:
    """The same of the channel's negative prompt, which goes with templates that have none: its first fault."""
    for subject in rows if variables.OPEN in preset.negative_prompt else ():
        for fault in variables.faults(preset.negative_prompt, subject.values, preset.file):
            steps = ("channels", preset.channel, "image_generation", "negative_prompt")
            what = t("{what}, for {where}", what=fault.what, where=subject.where) if fault.name else fault.what
            yield problem_at(preset.file, steps, what, fault.do)
            return


def _lengths(template: Template, rows: list[Subject], choice: Choice) -> Iterator[Problem]:
    most = choice.model.max_prompt_chars
    for subject in rows if most else ():
        if not missing(template, subject) and (size := len(fill(template, subject))) > (most or size):
            message = t(
                "the text has {size:,} characters in template {template_id}, {model_key} takes {most:,}",
                size=size,
                template_id=shown(template.id),
                model_key=choice.model.key,
                most=most,
            )
            yield thumbnail_subjects.problem(
                subject, "thumbnail_prompt", message, t("shorten it, or name another model")
            )
