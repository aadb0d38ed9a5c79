"""*.local.yaml: one machine differs from the others, and every command says so."""

import shutil
from pathlib import Path

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.catalog.model import Lane
from tasks.commands import validate
from tasks.files import document, overrides
from tasks.project import layers
from tasks.project.paths import Paths
from tests.support.studio import ROOT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    return Paths(tmp_path)


def local(project: Paths, name: str, text: str) -> Path:
    path = project.root / "configs" / f"{name}.local.yaml"
    path.write_text(text, "utf-8")
    return path


def said(project: Paths) -> list[str]:
    return [problem.what for problem in validate.problems(project)]


@pytest.mark.parametrize(
    ("base", "over", "result"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": 5}, {"a": 5}),
        ({"a": 5}, {"a": {"b": 1, "c": None}}, {"a": {"b": 1}}),
        ({"a": 1, "b": 2}, {"a": None, "c": None}, {"b": 2}),
        ({"a": 1}, {}, {"a": 1}),
    ],
)
def test_merging_follows_json_merge_patch(base: object, over: object, result: object) -> None:
    """RFC 7396: mappings are merged, everything else is replaced, null takes away."""
    assert overrides.merged(base, over) == result


def test_a_local_file_changes_what_it_names_and_nothing_else(project: Paths) -> None:
    """A slot, a limit and a cap differ; their neighbours stay."""
    local(project, "image_model_slots", "slots:\n  g-1: {model_key: gemini_3_pro_image}\n  g-2: null\n")
    local(project, "image_models", "providers: {gemini: {batch: {max_live_jobs: 3}}}\n")
    local(project, "budget", "# nothing differs at the moment\n")
    catalog = load_catalog(project)
    assert (catalog.slots["g-1"].model_key, catalog.slots["g-1"].lane) == ("gemini_3_pro_image", Lane.BATCH)
    assert "g-2" not in catalog.slots
    assert catalog.slots["g-3"].model_key == "gemini_3_pro_image"
    limits = catalog.providers["gemini"].batch
    assert (limits.max_live_jobs, limits.max_requests_per_job) == (3, 200)
    assert said(project) == []


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("image_model_slots", "slots:\n  g-1: {lane: bulk}\n", 'slots.local.yaml:2 at /slots/g-1/lane: found "bulk"'),
        (
            "image_model_slots",
            "slots:\n\n  g-1: {modl_key: a}\n",
            "slots.local.yaml:3 at /slots/g-1/modl_key: found",
        ),
        ("image_model_slots", "slots:\n  g-1:\n    lane: null\n", 'slots.local.yaml:2 at /slots/g-1: the key "lane"'),
        (
            "image_model_slots",
            "slots:\n  g-1: {model_key: nobody}\n",
            "local.yaml:2 at /slots/g-1/model_key: found",
        ),
        (
            "image_models",
            "task_defaults:\n  visual_image_gen: {slot: g-0}\n",
            "models.local.yaml:2 at /task_defaults",
        ),
        ("budget", "channels:\n  CH77: {day: 1}\n", "configs/budget.local.yaml:2 at /channels/CH77: found"),
        ("budget", "caps:\n  dya: null\n", 'configs/budget.local.yaml:2 at /caps/dya: found the unknown key "dya"'),
        ("budget", "caps: { day: 1,000 }\n", "configs/budget.local.yaml:1 at /caps/000: found the unknown key"),
        ("budget", "capss: null\n", 'configs/budget.local.yaml:1 at /capss: found the unknown key "capss"'),
        ("image_model_slots", "slots:\n  g2: null\n", 'slots.local.yaml:2 at /slots/g2: takes away "g2", which is not'),
        (
            "image_models",
            "providers: {gemini: {batch: {max_live_job: null}}}\n",
            "models.local.yaml:1 at /providers/gemini/batch/max_live_job: found the unknown key",
        ),
        ("budget", "- caps\n", "configs/budget.local.yaml:1: found a list of 1, expected the keys that differ from bu"),
        ("budget", "caps: [\n", "configs/budget.local.yaml:2: column"),
    ],
)
def test_a_mistake_is_named_where_the_value_stands(project: Paths, name: str, text: str, says: str) -> None:
    """In the override, with its line, also when only both files together are wrong."""
    local(project, name, text)
    (what,) = said(project)
    assert says in what


def test_a_null_for_what_the_base_does_not_say_is_fine_where_the_key_is_known(project: Paths) -> None:
    """Who takes a cap away keeps a right file when the base loses that cap too."""
    project.budget.write_text("version: 1\ncurrency: USD\ncaps: {day: 20}\n", "utf-8")
    local(project, "budget", "caps: {month: null}\n")
    assert said(project) == []


def test_the_end_of_a_number_is_told_from_a_key(project: Paths) -> None:
    """In braces YAML parts 1,000 at its comma: what stood for a thousand would be a cap of one dollar."""
    local(project, "budget", "caps: { day: 1,000 }\n")
    (problem,) = validate.problems(project)
    assert problem.do == "write a number without a comma: 1000"


def test_presets_have_a_file_of_ones_own_too(project: Paths) -> None:
    """A channel that is added, changed or taken away needs no edit of a file that an update brings."""
    own = project.root / "configs" / "channel_presets.local.json"
    own.write_text(
        '{"channels": {"CH00": {"style": "版画"}, "CH01": null, "CH05": {"image_generation": {"model_key": "g-3"}}}}'
    )
    catalog = load_catalog(project)
    assert sorted(catalog.presets) == ["CH00", "CH05"]
    assert (catalog.preset("CH00").style, catalog.preset("CH00").model_key) == ("版画", "e-1")
    assert project.own_configs() == [own] and said(project) == []


def test_a_channel_that_is_wrong_in_ones_own_file_stops_alone(project: Paths) -> None:
    """The mistake is named in that file, with its line; other channels go on."""
    own = project.root / "configs" / "channel_presets.local.json"
    own.write_text('{"channels": {\n"CH05": {"image_generation": {"model_key": 5}}}}')
    assert "CH01" in load_catalog(project).presets
    (what,) = said(project)
    assert what.startswith("configs/channel_presets.local.json:2 at /channels/CH05/image_generation/model_key: found")


@pytest.mark.parametrize("name", ["image_models", "image_model_slots", "budget"])
def test_a_full_copy_of_a_base_says_nothing(project: Paths, name: str) -> None:
    """Who once copied the whole file is not kept on that day's prices: the base that came since is in force."""
    base = project.root / "configs" / f"{name}.yaml"
    copy = local(project, name, "# mine\n" + base.read_text("utf-8"))
    assert overrides.in_force(project) == []
    base.write_text(base.read_text("utf-8").replace("month: 200", "month: 300").replace("15 }", "16 }"), "utf-8")
    assert overrides.load(base, name) == document.parse(base, base.read_bytes())
    copy.write_text(copy.read_text("utf-8") + "x-more: 1\n", "utf-8")
    assert overrides.in_force(project) == [copy]


def test_where_the_tool_is_installed_its_base_lies_in_it(project: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """configs/ of a workspace has differences only; a new base changes what one's own file does not name."""
    shipped = project.root / "site" / "configs"
    (project.root / "configs").rename(shipped.parent.mkdir() or shipped)
    monkeypatch.setattr(layers, "SHIPPED", shipped)
    (project.root / "configs").mkdir()
    (shipped / "channel_presets.json").rename(project.presets)
    own = project.budget
    own.write_text("caps: {day: 40}\n")
    assert overrides.load(project.budget, "budget")["caps"] == {"submission": 5, "day": 40, "month": 200}
    assert overrides.in_force(project) == project.own_configs() == [own] and said(project) == []
    own.write_text("caps:\n  dya: 1\n")
    assert "configs/budget.yaml:2 at /caps/dya: found the unknown key" in said(project)[0]
    own.write_text((shipped / "budget.yaml").read_text("utf-8"), "utf-8")
    local(project, "budget", "caps: {day: 50}\n")
    assert overrides.load(project.budget, "budget")["caps"]["day"] == 50, "a clone's own file beside a full copy"
    own.write_text("caps: {day: 40}\n")
    assert "says something beside budget.local.yaml" in said(project)[0], "never a third layer"


def test_a_mistake_of_the_base_is_named_in_the_base(project: Paths) -> None:
    """An override that touches the same mapping does not take the blame."""
    text = project.slots.read_text("utf-8").replace("lane: batch, note: 1K only", "note: 1K only")
    project.slots.write_text(text, "utf-8")
    local(project, "image_model_slots", "slots:\n  g-2: {note: mine}\n")
    (what,) = said(project)
    line = text[: text.index("  g-2:")].count("\n") + 1
    assert what.startswith(f'configs/image_model_slots.yaml:{line} at /slots/g-2: the key "lane" is missing')


def test_overrides_are_configs_as_long_as_they_exist(project: Paths) -> None:
    """doit's file_dep of the request stage holds them, so that coming and going is noticed."""
    assert project.own_configs() == []
    path = local(project, "budget", "caps: {day: 1}\n")
    assert project.configs[-1:] == project.own_configs() == [path]
