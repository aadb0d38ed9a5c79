"""doit's database is a cache: damaged or on a disk that refuses, the command does its work and says what is wrong."""

from tests.support.studio import Studio, story


def test_a_damaged_database_stops_nothing(studio: Studio) -> None:
    """Bytes that are no database: every picture is made, one message, no traceback."""
    studio.prompts(story(1))
    (studio.folder / ".doit.db").write_bytes(b"no database at all" * 100)
    said = studio.visual()
    assert said.count("doit's notes, .doit.db, cannot be used: file is not a database") == 1
    assert "rm .doit.db" in said
    assert (len(studio.images()), studio.billed) == (1, 1)
    studio.visual()
    assert studio.billed == 1


def test_a_database_that_cannot_be_made(studio: Studio) -> None:
    """Where the file cannot be opened, a command that only looks still answers, and one that works still works."""
    studio.prompts(story(1))
    (studio.folder / ".doit.db").mkdir()
    assert "unable to open database file" in studio.ask("status")
    studio.visual()
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 1)
