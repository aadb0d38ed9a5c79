"""One module per command as typed: what `doit <command>` does. May import everything but dodo.py."""
