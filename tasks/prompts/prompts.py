"""The prompts of one run, from prompts.json or a table: read, and refused with every mistake named."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

from ..catalog.foreign_sources import ForeignSource
from ..catalog.presets import Preset
from ..files import document, json_text, schema
from ..files.overrides import problem_at
from ..files.problem import CHANGE, NotADocument, Problem, Steps, bad_input, pointer, shown
from ..project.names import PROMPT_ID
from ..project.run_paths import RunPaths
from ..text.errors import BadInput
from ..text.sentences import later, t
from . import characters, no_prompt, table, variables
from .variables import Fault

DIGITS = 4
_IN_REVIEW = later("change it once more in doit review, or take the change back there")
_PUT = later("write one, or put prompts.csv, .tsv, .xlsx or .txt there")
ID_RULE = later("1 to 64 letters, digits, - and _, beginning with a letter or digit")


class Prompt(NamedTuple):
    """One picture that is wanted. None means: the run, the channel or the task says.

    entry: which one of the file, from 0. line: where its row begins in a table, from 1; None in JSON. sheet: of a
    workbook, where line counts its rows. values: what fills {{name}}; None: the text is finished.
    source: what another program's file is, of which nothing is added to the text; None for a prompts file of ours.
    at: where the entry stands in such a file. text_key: what its text is called there. characters: names of the
    channel's that are in the picture. revised: keys that a person changed; revisions: the file that says so.
    """

    id: str
    prompt: str
    file: Path
    entry: int = 0
    line: int | None = None
    slot: str | None = None
    aspect_ratio: str | None = None
    image_size: str | None = None
    negative_prompt: str | None = None
    references: tuple[str, ...] = ()
    skip: bool = False
    note: Any = None
    values: Mapping[str, str] | None = None
    sheet: str = ""
    source: ForeignSource | None = None
    at: Steps = ()
    text_key: str = ""
    output_size: tuple[int, int] | None = None
    characters: tuple[str, ...] = ()
    revised: tuple[str, ...] = ()
    revisions: Path | None = None

    def steps(self, key: str) -> Steps:
        """Where what we call `key` stands in the file."""
        if self.source is None:
            return ("prompts", self.entry, key)
        return (*self.at, self.text_key if key == "prompt" and self.text_key else self.source.key(key))


@dataclass(frozen=True)
class RunPrompts:
    """The prompts of one run in their order, and the slot that holds for the whole run, if any."""

    file: Path
    slot: str | None
    prompts: tuple[Prompt, ...]


def read_prompts(paths: RunPaths, preset: Preset) -> RunPrompts:
    """The prompts of a run folder. Raises BadInput with every mistake of the file."""
    run, problems = check_prompts(paths, preset)
    if run is None:
        raise bad_input(problems)
    return run


def check_prompts(paths: RunPaths, preset: Preset) -> tuple[RunPrompts | None, list[Problem]]:
    """(prompts, []) of a right run folder, (None, every mistake) of any other."""
    found = paths.prompt_files()
    if len(found) != 1:
        return None, [_which(paths, found)]
    try:
        run = (_from_json if found[0].suffix.lower() == ".json" else _from_table)(found[0], preset)
    except NotADocument as error:
        return None, error.problems
    if not run.prompts:
        return None, [empty(found[0])]
    problems = [*mistakes(run.prompts), *_unknown(run.prompts, preset), *unfilled(run.prompts, preset)]
    return (None, problems) if problems else (run, [])


def empty(path: Path) -> Problem:
    """A file from which nothing would be made is a mistake: nobody would notice that an episode has no pictures."""
    do = t("write what the pictures show, one entry each, or move the file away")
    return Problem(path, None, "", t("holds no prompts"), do)


def final_text(prompt: Prompt, preset: Preset) -> str:
    """What the model is told: style, prompt, who is in it, suffix, each on its own line; then what must not be there.

    None of the models in the catalogue has a field for negative prompts, so a sentence says it. Another program's
    text is told as it stands: what belongs to it, that program put into it.
    """
    if prompt.source is not None:
        return prompt.prompt
    negative = preset.negative_prompt if prompt.negative_prompt is None else prompt.negative_prompt
    avoid = f"Do not include: {negative.strip()}" if negative.strip() else ""
    parts = (preset.style, prompt.prompt, *characters.words(prompt.characters, preset), preset.prompt_suffix, avoid)
    return filled("\n".join(part.strip() for part in parts if part.strip()), prompt, preset)


def filled(text: str, prompt: Prompt, preset: Preset) -> str:
    """A text of the prompt or its channel with every {{name}} filled in, unless the prompt is finished."""
    if prompt.values is None or variables.OPEN not in text:
        return text
    return variables.fill(text, variables.together(prompt.values, preset.variables))


def _which(paths: RunPaths, found: list[Path]) -> Problem:
    if not found:
        return Problem(
            paths.folder,
            None,
            "",
            t("has no prompts.json"),
            t("write one, or put prompts.csv, .tsv, .xlsx or .txt there"),
        )
    names = t(" and ").join(path.name for path in found)
    return Problem(
        paths.folder,
        None,
        "",
        t("has {names}; only one can be right", names=names),
        t("keep one, move the others away"),
    )


def _from_json(path: Path, preset: Preset) -> RunPrompts:
    data, problems = schema.problems(path, "prompts")
    if problems:
        data = document.parse(path, document.read(path))
        named = set(_own_keys(data, preset))
        if wrong := [each for each in problems if each.pointer not in named]:
            raise NotADocument(wrong)
    return RunPrompts(
        path, data.get("slot"), tuple(_from_record(path, preset, *each) for each in enumerate(data["prompts"]))
    )


_KEYS = frozenset(
    (
        "id",
        "prompt",
        "references",
        "characters",
        "slot",
        "aspect_ratio",
        "image_size",
        "negative_prompt",
        "skip",
        "note",
    )
)
"""Those of one prompt that the schema has."""


def _own_keys(data: Any, preset: Preset) -> Iterator[str]:
    """Pointers to keys that no schema knows and a {{name}} asks for; any other one is a mistake, mostly of typing."""
    entries = data.get("prompts") if isinstance(data, dict) else None
    shared = "\n".join(text for _, text in channel_texts(preset))
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        texts = json_text.texts(entry) if isinstance(entry, dict) else {}
        text = "\n".join((shared, texts.get("prompt", ""), texts.get("negative_prompt", "")))
        for name in variables.names(text) if variables.OPEN in text else ():
            if name in texts and name not in _KEYS:
                yield pointer(("prompts", number, name))


def _characters(record: Mapping[str, Any], preset: Preset) -> tuple[str, ...]:
    """A text under that key is one for {{characters}} where the channel has none and the prompt asks for it."""
    value = record.get(characters.KEY)
    is_variable = isinstance(value, str) and not preset.characters
    return () if is_variable and characters.KEY in variables.names(record["prompt"]) else characters.named(value)


def _from_record(path: Path, preset: Preset, entry: int, record: Mapping[str, Any]) -> Prompt:
    return Prompt(
        id=record["id"],
        prompt=record["prompt"],
        file=path,
        entry=entry,
        slot=record.get("slot"),
        aspect_ratio=record.get("aspect_ratio"),
        image_size=record.get("image_size"),
        negative_prompt=record.get("negative_prompt"),
        references=tuple(record.get("references") or ()),
        skip=bool(record.get("skip")),
        note=record.get("note"),
        characters=_characters(record, preset),
        values=json_text.texts({**record, **{key[2:]: value for key, value in record.items() if key.startswith("x-")}}),
    )


def _from_table(path: Path, preset: Preset) -> RunPrompts:
    texts = table.TableColumn(preset.prompt_column, "image_generation.prompt_column", needed=True)
    columns = [table.TableColumn(preset.id_column, "image_generation.id_column"), texts]
    if preset.characters:
        columns.append(table.TableColumn(characters.KEY, characters.KEY))
    rows = table.rows(path, columns)
    return RunPrompts(path, None, tuple(_from_row(path, *each) for each in enumerate(rows)))


def _from_row(path: Path, entry: int, row: table.TableRow) -> Prompt:
    """Without an id column, or where its cell is empty, the number of the data row is the id: 0001 is the first."""
    own, text, *who = row.cells
    name = (own or "").strip() or f"{row.number:0{DIGITS}d}"
    named = characters.named(who[0]) if who else ()
    return Prompt(name, text or "", path, entry, row.line, values=row.named, sheet=row.sheet, characters=named)


def mistakes(prompts: Iterable[Prompt]) -> Iterator[Problem]:
    """Mistakes of single prompts and between them, with the lines looked up only when there are any."""
    first: dict[str, Prompt] = {}
    for prompt in prompts:
        for step, message, do in _mistakes(prompt):
            yield problem(prompt, step, message, do)
        name = prompt.id.casefold()
        if name in first:
            message = t(
                "the id {prompt_id} is taken by entry {entry}", prompt_id=shown(prompt.id), entry=first[name].entry + 1
            )
            yield problem(prompt, "id", message, t("give every prompt its own id; 0001a and 0001A are the same file"))
        first.setdefault(name, prompt)


def _mistakes(prompt: Prompt) -> Iterator[tuple[str, str, str]]:
    """(key, message, what to do) for everything wrong in one prompt."""
    if wrong := no_prompt.sheet_error(prompt.id):
        yield "id", *wrong
    elif not PROMPT_ID.fullmatch(prompt.id):
        wrong_id = t("found {found}, expected {expected}", found=shown(prompt.id), expected=t(ID_RULE))
        yield "id", wrong_id, t("change it, for example to 0001")
    if wrong := no_prompt.fault(prompt.prompt):
        yield "prompt", *wrong
    if wrong := no_prompt.sheet_error(prompt.negative_prompt or ""):
        yield "negative_prompt", *wrong
    for name, text in (("prompt", prompt.prompt), ("negative_prompt", prompt.negative_prompt or "")):
        if control := no_prompt.CONTROL.search(text):
            held = t("holds the control character U+{code:04X}", code=ord(control[0]))
            yield name, held, t("remove it: nothing can show it")
    for reference in prompt.references:
        if not stays_inside(reference):
            leaves = t("{path} leaves the run's folder", path=shown(reference))
            yield "references", leaves, t("use a path like references/monk.png")


def _unknown(prompts: Iterable[Prompt], preset: Preset) -> Iterator[Problem]:
    for prompt in prompts:
        for what, do in characters.faults(prompt.characters, preset):
            yield problem(prompt, characters.KEY, what, do)


def preset_problems(preset: Preset) -> Iterator[Problem]:
    """What is wrong with {{ }} in the texts of a channel, whatever its rows hold."""
    for steps, text in channel_texts(preset):
        for fault in variables.unwritten(text, preset.file):
            yield problem_at(preset.file, steps, fault.what, fault.do)


def channel_texts(preset: Preset) -> Iterator[tuple[Steps, str]]:
    """The texts of a channel that stand with every prompt, and where they are said."""
    steps = ("channels", preset.channel)
    yield (*steps, "style"), preset.style
    yield (*steps, "prompt_suffix"), preset.prompt_suffix
    yield (*steps, "image_generation", "negative_prompt"), preset.negative_prompt


def unfilled(prompts: Sequence[Prompt], preset: Preset) -> Iterator[Problem]:
    """Variables that cannot be filled in, with the line of the text that names them."""
    wanted = [prompt for prompt in prompts if not prompt.skip]
    for prompt in wanted:
        told = "\n".join(characters.words(prompt.characters, preset))
        texts = (("prompt", prompt.prompt), ("negative_prompt", prompt.negative_prompt or ""), (characters.KEY, told))
        for step, text in texts:
            if variables.OPEN in text:
                values = variables.together(prompt.values or {}, preset.variables)
                for fault in variables.faults(text, values, prompt.file):
                    yield problem(prompt, step, fault.what, fault.do)
    yield from preset_problems(preset)
    for steps, text in channel_texts(preset):
        if variables.OPEN in text:
            shared = [each for each in wanted if steps[-1] != "negative_prompt" or each.negative_prompt is None]
            yield from _unfilled_by(shared, preset, steps, text)


def _unfilled_by(prompts: Sequence[Prompt], preset: Preset, steps: Steps, text: str) -> Iterator[Problem]:
    """The same of a text of the channel: one problem a name, with the first row that does not fill it."""
    lacking: dict[str, list[tuple[Prompt, Fault]]] = {}
    for prompt in prompts:
        values = variables.together(prompt.values or {}, preset.variables)
        for fault in variables.faults(text, values, preset.file):
            if fault.name:
                lacking.setdefault(fault.name, []).append((prompt, fault))
    for found in lacking.values():
        prompt, fault = found[0]
        others = t(" (and {more} more)", more=len(found) - 1) if found[1:] else ""
        where = f"{prompt.file.parent.name}/{prompt.file.name} {prompt.id}{others}"
        what = t("{what}, for {where}", what=fault.what, where=where)
        yield problem_at(preset.file, steps, what, fault.do)


def stays_inside(reference: str) -> bool:
    """Whether the relative path leads into its folder, as far as its text tells."""
    parts = PurePosixPath(reference).parts
    outside = reference.startswith(("/", "~")) or "\\" in reference or "\0" in reference or ".." in parts
    outside = outside or bool(PureWindowsPath(reference).drive)  # C:/monk.png
    return bool(parts) and not outside


def problem(prompt: Prompt, step: str, message: str, do: str = CHANGE) -> Problem:
    """What is wrong with the key `step` of a prompt, with its line."""
    if prompt.revisions and step in prompt.revised:
        there: Steps = ("revisions", prompt.id, step, "now")
        return Problem(prompt.revisions, schema.line_of(prompt.revisions, there), pointer(there), message, _IN_REVIEW)
    if prompt.line is not None:
        return table.problem(prompt.file, prompt.line, prompt.sheet, message, do)
    steps = prompt.steps(step)
    return Problem(prompt.file, schema.line_of(prompt.file, steps), pointer(steps), message, do)


def meant(paths: RunPaths, names: Sequence[str], given: str) -> str:
    """The one of the prompt ids `names` that a person means by `given`. Raises BadInput when it is none or several."""
    if given in names:
        return given
    found = [name for name in names if name.lstrip("0").casefold() == given.lstrip("0").casefold()]
    if len(found) == 1:
        return found[0]
    do = t("name prompts as they stand in {run}, like IDS={next}", run=paths.folder, next=next(iter(names), "0003"))
    if found:
        raise BadInput("IDS={given} could be {founds}", "{do}", given=given, founds=", ".join(found), do=do)
    raise BadInput("{run} has no prompt {given}", "{do}", run=paths.name, given=given, do=do)
