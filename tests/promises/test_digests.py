"""One digest wherever a picture is asked for: it is bought once."""

import json

from tasks.project.paths import Paths
from tests.support.studio import Studio
from tests.unit.requests.test_digests import TABLE, TEXT


def test_one_digest_wherever_the_picture_is_asked_for(studio: Studio) -> None:
    """A run, a thumbnail and a comparison of the same content have the digest of the table, and it is bought once."""
    digest = TABLE["an address on this machine"][1]
    studio.prompts({"0001": TEXT})
    template = {"id": "bold", "name": "太字", "prompt_template": "{{thumbnail_prompt}}", "image_model_key": "g-1"}
    templates = {"channels": {"CH01": {"templates": [template], "default_template_id": "bold"}}}
    studio.write("workspaces/thumbnails/templates.json", templates)
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": [{"episode": 1, "thumbnail_prompt": TEXT}]})
    studio.visual()
    studio.ask("thumbnails", "CH=CH01")
    studio.ask("compare", "NAME=duel", "SLOTS=g-1", "CH=CH01", "RUN=001")
    files = Paths(studio.folder).in_work_folders("results.jsonl")
    assert [json.loads(path.read_text())["digest"] for path in files] == [digest] * 3
    record = studio.folder / "workspaces" / ".store" / digest[:2] / f"{digest}.json"
    assert record.is_file() and studio.billed == 1
