"""Which modules decide about money and pictures, and which tests hold them: the cheapest first."""

from pathlib import Path

from .places import ROOT

COVERING: dict[str, tuple[str, ...]] = {
    "tasks/catalog": (
        "tests/unit/catalog",
        "tests/unit/prompts",
        "tests/unit/requests",
        "tests/unit/commands",
        "tests/promises/test_refusals.py",
    ),
    "tasks/money": ("tests/unit/money", "tests/promises/test_money_caps.py", "tests/commands/test_visual_immediate.py"),
    "tasks/pictures": (
        "tests/unit/pictures",
        "tests/unit/views/pages/test_previews.py",
        "tests/commands/test_visual_downloads.py",
        "tests/promises/test_damaged_store.py",
        "tests/commands/test_retake.py",
    ),
    "tasks/prompts": (
        "tests/unit/prompts",
        "tests/unit/requests",
        "tests/promises/test_renamed.py",
        "tests/commands/test_retake.py",
        "tests/commands/test_visual_references.py",
        "tests/commands/test_compare.py",
        "tests/commands/test_thumbnails.py",
    ),
    "tasks/requests": (
        "tests/unit/requests",
        "tests/unit/prompts",
        "tests/promises/test_renamed.py",
        "tests/commands/test_retake.py",
        "tests/commands/test_visual_references.py",
        "tests/commands/test_compare.py",
        "tests/commands/test_thumbnails.py",
        "tests/commands/test_changed.py",
        "tests/commands/test_plan_slots.py",
        "tests/commands/test_visual_own_server.py",
    ),
    "tasks/providers": (
        "tests/unit/providers",
        "tests/emulator/test_gemini_client.py",
        "tests/commands/test_visual_jobs.py",
        "tests/commands/test_visual_answers.py",
        "tests/promises/test_hostile_provider.py",
    ),
    "tasks/providers/fireworks": (
        "tests/unit/providers",
        "tests/emulator/test_fireworks_client.py",
        "tests/commands/test_visual_orders.py",
        "tests/commands/test_visual_immediate.py",
    ),
    "tasks/providers/openai": (
        "tests/unit/providers",
        "tests/emulator/test_openai_client.py",
        "tests/commands/test_visual_openai.py",
        "tests/promises/test_batch_contract.py",
        "tests/promises/test_two_result_files.py",
    ),
    "tasks/providers/own_server": (
        "tests/unit/providers",
        "tests/emulator/test_own_server_client.py",
        "tests/commands/test_visual_own_server.py",
    ),
    "tasks/runs": (
        "tests/unit/runs",
        "tests/commands/test_visual.py",
        "tests/promises/test_whose_picture.py",
        "tests/promises/test_moved_folders.py",
        "tests/commands/test_status.py",
        "tests/commands/test_collect.py",
        "tests/commands/test_adopt.py",
        "tests/commands/test_retake.py",
        "tests/commands/test_own_pictures.py",
        "tests/commands/test_found_pictures.py",
        "tests/promises/test_lost_manifests.py",
    ),
    "tasks/session": (
        "tests/unit/session",
        "tests/promises/test_refusals.py",
        "tests/commands/test_words.py",
        "tests/commands/test_status.py",
        "tests/commands/test_collect.py",
        "tests/commands/test_adopt.py",
        "tests/commands/test_visual.py",
        "tests/commands/test_retake.py",
    ),
    "tasks/lanes/batch": (
        "tests/unit/lanes",
        "tests/commands/test_visual.py",
        "tests/commands/test_visual_missing.py",
        "tests/commands/test_visual_paid_bytes.py",
        "tests/promises/test_lost_manifests.py",
        "tests/commands/test_visual_adoption.py",
        "tests/commands/test_visual_jobs.py",
        "tests/commands/test_visual_downloads.py",
        "tests/commands/test_cancel.py",
        "tests/commands/test_adopt.py",
        "tests/commands/test_collect.py",
        "tests/promises/test_crash.py",
    ),
    "tasks/lanes/immediate": (
        "tests/unit/lanes",
        "tests/commands/test_visual_immediate.py",
        "tests/commands/test_visual_orders.py",
        "tests/commands/test_visual_references.py",
        "tests/promises/test_crash_seeds.py",
    ),
    "tasks/stages": (
        "tests/commands/test_visual.py",
        "tests/promises/test_damaged_store.py",
        "tests/promises/test_two_commands.py",
        "tests/commands/test_collect.py",
        "tests/commands/test_adopt.py",
        "tests/commands/test_thumbnails.py",
        "tests/commands/test_compare.py",
        "tests/commands/test_retake.py",
        "tests/commands/test_takes.py",
        "tests/commands/test_review_orders.py",
        "tests/commands/test_tidy.py",
        "tests/commands/test_gallery.py",
    ),
}
"""A folder with what holds it. The tests of the module itself, where there are any, come before all of them."""


def modules() -> list[Path]:
    """Every module of these folders, in order."""
    found = {path for folder in COVERING for path in (ROOT / folder).rglob("*.py") if path.name != "__init__.py"}
    return sorted(found)


def tests_of(file: str) -> list[str]:
    """What to run for a module, given by its path from the root, the cheapest first."""
    folder = next(each for each in sorted(COVERING, key=len, reverse=True) if file.startswith(f"{each}/"))
    path = Path(file)
    own = Path("tests", "unit", *path.parts[1:-1], f"test_{path.stem}.py")
    return [*([own.as_posix()] if (ROOT / own).exists() else []), *COVERING[folder]]
