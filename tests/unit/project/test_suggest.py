"""What was probably meant."""

from tasks.project.suggest import nearest


def test_many_names_are_not_all_said() -> None:
    """Of forty channels those that look like it are named, and how many there are besides."""
    said = nearest("CH", "CH09", [f"CH{number:02}" for number in range(40)] + ["CHX"])
    assert "did you mean CH=CH09? " in said and said.endswith(" and 35 more") and len(said) < 90
    assert nearest("RUN", "7", []) == "there is none yet"
