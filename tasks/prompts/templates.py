"""`workspaces/thumbnails/templates.json`: how the thumbnails of each channel are asked for.

The file belongs to other programs too: what is not read here is not looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..catalog.presets import format_of, pixels
from ..catalog.text_style import TextStyle, text_style
from ..files import schema
from ..files.problem import CHANGE, Problem, Steps, bad_input, pointer, shown
from ..project.names import CHANNEL, Format
from ..text.errors import BadInput
from ..text.sentences import t
from . import no_prompt, variables
from .thumbnail_subjects import Subject


@dataclass(frozen=True)
class Template:
    """One template. None means: the channel or the task says; output_size is in pixels (width, height).

    entry: which one of its channel, from 0.
    """

    channel: str
    id: str
    prompt_template: str
    file: Path
    entry: int
    name: str = ""
    image_model_key: str | None = None
    negative_prompt: str | None = None
    aspect_ratio: str | None = None
    image_size: str | None = None
    output_size: tuple[int, int] | None = None
    output_format: Format | None = None
    max_bytes: int | None = None
    output_name: str = ""
    texts: tuple[TextStyle, ...] = ()

    def steps(self, *keys: str | int) -> Steps:
        """Where a key of this template stands in the file."""
        return ("channels", self.channel, "templates", self.entry, *keys)


@dataclass(frozen=True, eq=False)
class Templates:
    """Templates by channel, and the default of each channel (None where several could be meant).

    broken: what is wrong with channels that are in neither because of it; it stops them and nobody else.
    """

    file: Path
    channels: Mapping[str, tuple[Template, ...]]
    defaults: Mapping[str, str | None]
    broken: Mapping[str, Sequence[Problem]] = field(default_factory=dict)

    def of(self, channel: str, template_id: str | None = None) -> Template | None:
        """The template of that id, or the channel's default; None without one. Raises BadInput of a broken channel."""
        if channel in self.broken:
            raise bad_input(self.broken[channel])
        wanted = template_id or self.defaults.get(channel)
        return next((each for each in self.channels.get(channel, ()) if each.id == wanted), None)

    def named(self, channel: str) -> str:
        """The ids of a channel's templates, for a message."""
        return ", ".join(each.id for each in self.channels.get(channel, ())) or "none"


def read_templates(path: Path) -> Templates:
    """The templates of a project. Raises BadInput with every mistake that concerns more than single channels."""
    templates, problems = check_templates(path)
    if templates is None:
        raise bad_input(problems)
    return templates


def check_templates(path: Path) -> tuple[Templates | None, list[Problem]]:
    """(templates, what is wrong with single channels), or (None, every mistake of the file)."""
    data, problems, broken = schema.by_channel(path, "templates")
    if problems:
        return None, problems
    found = {code: record for code, record in data["channels"].items() if CHANNEL.fullmatch(code)}
    made = {code: tuple(_template(path, code, *each) for each in enumerate(found[code]["templates"])) for code in found}
    defaults = {code: _default(found[code], made[code]) for code in found}
    whole = Templates(path, made, defaults)
    for code in made:
        if wrong := list(_problems(whole, code)):
            broken[code] = wrong
    right = {code: templates for code, templates in made.items() if code not in broken}
    return Templates(path, right, defaults, broken), [each for wrong in broken.values() for each in wrong]


def problem(
    template: Template, key: str, message: str, do: str = CHANGE, *within: str | int, warning: bool = False
) -> Problem:
    """What is wrong with one key of a template, or with what stands `within` it, with its line."""
    steps = template.steps(key, *within)
    return Problem(template.file, schema.line_of(template.file, steps), pointer(steps), message, do, warning)


def names(template: Template) -> list[str]:
    """The names in {{ }} of a template's texts, each once, in their order."""
    return variables.names(f"{template.prompt_template}\n{template.negative_prompt or ''}")


def missing(template: Template, subject: Subject) -> list[str]:
    """Names of the template that the entry has no text for: nothing that can be seen, or a spreadsheet's error.

    Entries of other programs may leave a place empty, as their templates do; a name that they do not know is a mistake.
    """
    if subject.source is not None:
        values = subject.values
        return [name for name in names(template) if name not in values or no_prompt.sheet_error(values[name])]
    return [name for name in names(template) if no_prompt.fault(subject.values.get(name, ""))]


def fill(template: Template, subject: Subject) -> str:
    """The template's text with every {{name}} replaced by the entry's; a written-out \\n becomes a line break.

    Raises BadInput, naming template and entry, when a name is unknown or its text is empty.
    """
    if subject.source is not None:  # what is written out in their cells stays so
        return filled(template.prompt_template.replace("\\n", "\n"), template, subject)
    return filled(template.prompt_template, template, subject).replace("\\n", "\n")


def filled(text: str, template: Template, subject: Subject) -> str:
    """The same of another text that goes with the template."""
    if lacking := missing(template, subject):
        quoted = ", ".join(f"{{{{{name}}}}}" for name in lacking)
        raise BadInput(
            "template {template_id} of {channel} wants {quoted}, which {where} does not say",
            "add it there, or correct the template in {file}",
            template_id=template.id,
            channel=template.channel,
            quoted=quoted,
            where=subject.where,
            file=template.file.name,
        )
    if subject.source is not None:
        return variables.put(text, subject.values)
    for fault in variables.faults(text, subject.values, template.file):
        raise BadInput("{where}: {what}", "{do}", where=subject.where, what=fault.what, do=fault.do)
    return variables.fill(text, subject.values)


def _template(path: Path, channel: str, entry: int, record: Mapping[str, Any]) -> Template:
    return Template(
        channel=channel,
        id=record["id"],
        prompt_template=record["prompt_template"],
        file=path,
        entry=entry,
        name=record.get("name") or "",
        image_model_key=record.get("image_model_key"),
        negative_prompt=record.get("negative_prompt"),
        aspect_ratio=record.get("aspect_ratio"),
        image_size=record.get("image_size"),
        output_size=pixels(record.get("output_size")),
        output_format=format_of(record),
        max_bytes=record.get("max_bytes"),
        output_name=record.get("output_name") or "",
        texts=tuple(map(text_style, record.get("texts", ()))),
    )


def _default(record: Mapping[str, Any], templates: tuple[Template, ...]) -> str | None:
    only = templates[0].id if len(templates) == 1 else None
    return record.get("default_template_id") or only


def _problems(templates: Templates, channel: str) -> Iterator[Problem]:
    found = templates.channels[channel]
    first: dict[str, Template] = {}
    for template in found:
        if first.setdefault(template.id.casefold(), template) is not template:
            message = t(
                "the id {template_id} is taken by another template of {channel}",
                template_id=shown(template.id),
                channel=channel,
            )
            yield problem(template, "id", message, t("give every template its own id; Main and main are the same file"))
        yield from _in_text(template)
    default = templates.defaults[channel]
    if default and not templates.of(channel):
        steps = ("channels", channel, "default_template_id")
        message = t(
            "found {default}, there are: {each_ids}",
            default=shown(default),
            each_ids=", ".join(each.id for each in found) or "none",
        )
        yield Problem(templates.file, schema.line_of(templates.file, steps), pointer(steps), message)


def _in_text(template: Template) -> Iterator[Problem]:
    if not template.prompt_template.strip():
        yield problem(template, "prompt_template", t("is empty"), t("write what the picture shows"))
    for key, text in (("prompt_template", template.prompt_template), ("negative_prompt", template.negative_prompt)):
        for fault in variables.unwritten(text or "", template.file):
            yield problem(template, key, fault.what, fault.do)
    for entry, style in enumerate(template.texts):
        box = style.box
        for edge, begin, side, length in (("x", box.x, "width", box.width), ("y", box.y, "height", box.height)):
            if begin + length > 100.001:
                message = t(
                    "reaches beyond the picture: {edge} {begin:g} and {side} {length:g} are more than 100 per cent",
                    edge=edge,
                    begin=begin,
                    side=side,
                    length=length,
                )
                yield problem(template, "texts", message, t("make one of them smaller"), entry, "box")
