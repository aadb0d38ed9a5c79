"""Campaigns: the promises of design.md put to the proof by many cases instead of a few chosen ones."""
