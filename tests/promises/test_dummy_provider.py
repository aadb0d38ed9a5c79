"""A provider is a folder, a name in the registry and data: one that no code knows runs from prompts to pictures."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tasks.commands.visual import Stages
from tasks.files import schema
from tasks.project.paths import Paths
from tasks.project.settings import read
from tasks.providers import registry
from tests.support import dummy_provider
from tests.support.dummy_provider import API, CONFIG, MODEL, TOKENS, Books
from tests.support.studio import FAST, Studio, story


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A project on that provider. The schema lists the providers that there are: here there is one more."""
    module = ModuleType("tasks.providers.dummy.api")
    module.API = API  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(registry, "APIS", (*registry.APIS, "dummy"))
    monkeypatch.setattr(dummy_provider, "BOOKS", Books())
    monkeypatch.setenv("DUMMY_API_KEY", "a-key")
    _with_schema(tmp_path, monkeypatch)
    made = Studio(tmp_path / "project", None)
    path = made.folder / "configs" / "image_models.yaml"
    data = yaml.safe_load(path.read_text())
    data["providers"]["dummy"] = {**CONFIG, "batch": data["providers"]["gemini"]["batch"] | FAST}
    data["models"]["dummy_1"] = dict(MODEL)
    path.write_text(yaml.safe_dump(data))
    made.presets("dummy_1")
    made.prompts(story(5))
    yield made
    _forget_schemas()


def _with_schema(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(schema.FOLDER, folder / "schemas")
    path = folder / "schemas" / "image_models.schema.json"
    data = json.loads(path.read_text())
    data["properties"]["providers"]["additionalProperties"]["properties"]["api"]["enum"].append("dummy")
    path.write_text(json.dumps(data))
    monkeypatch.setattr(schema, "FOLDER", folder / "schemas")
    _forget_schemas()


def _forget_schemas() -> None:
    for each in vars(schema).values():
        if hasattr(each, "cache_clear"):
            each.cache_clear()


def visual(studio: Studio, **variables: str) -> list[str]:
    """`doit visual` in this very process; what needs a person."""
    paths = Paths(studio.folder)
    stages = Stages(paths, read({"CH": "CH01"} | variables), [paths.run("CH01", "001")])
    stages.request()
    stages.submit()
    stages.fetch()
    stages.usage()
    session = stages._session
    assert session
    session.runs.close()
    return [str(each) for each in session.log.troubles]


def test_shards_and_what_an_expired_job_kept(studio: Studio) -> None:
    """Three of five come out of an expired job, in two files; the rest of another one; each is bought once."""
    dummy_provider.BOOKS.does = [3]
    visual(studio)
    assert len(studio.images()) == 3
    visual(studio)
    assert (len(dummy_provider.BOOKS.jobs), len(dummy_provider.BOOKS.billed), len(studio.images())) == (2, 5, 5)
    assert sum(float(row["cost_usd"]) for row in studio.usage()) == pytest.approx(5 * TOKENS * 10 / 1e6)
    kept = {(each["life_hours"], each["kept_hours"]) for each in studio.manifest()["submissions"]}
    assert kept == {(1.0, 2.0)} and dummy_provider.BOOKS.files == {}


def test_a_lost_answer_where_jobs_have_no_names(studio: Studio) -> None:
    """The job cannot be found: nothing is sent again until a person says so."""
    dummy_provider.BOOKS.loses = 1
    for _ in range(2):
        assert any("a job may exist" in each for each in visual(studio))
    assert len(dummy_provider.BOOKS.jobs) == 1
    visual(studio, RETRY="lost")
    assert (len(dummy_provider.BOOKS.jobs), len(studio.images())) == (2, 5)


def test_only_its_own_files_name_it() -> None:
    """Its name stands nowhere in the product."""
    for path in (Path(registry.__file__).parents[1]).rglob("*.py"):
        assert "dummy" not in path.read_text("utf-8").lower(), path
