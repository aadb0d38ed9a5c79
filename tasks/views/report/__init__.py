"""The report over everything that was used."""
