"""The figures of this project, as ratios measured within one run: `make bench`."""
