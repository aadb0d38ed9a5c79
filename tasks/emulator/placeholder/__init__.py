"""The placeholder pictures."""
