"""Channel presets as other programs write them too."""

from pathlib import Path

from tasks.catalog.presets import presets


def test_keys_that_are_put_aside_are_not_foreign() -> None:
    """Of the keys in image_generation, only those that are neither ours nor put aside by x- may be a misspelt one."""
    generation = {"model_key": "g-1", "x-model": "i-1", "zoom": 2, "belt": 1}
    found = presets({"channels": {"CH01": {"name": "昔話", "image_generation": generation}}}, Path("presets.json"))
    assert found["CH01"].foreign == ("belt", "zoom")
