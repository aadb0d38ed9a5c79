"""One folder of work: its manifest, its results, and what it still needs."""
