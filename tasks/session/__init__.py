"""One command: runs under lock, connections, what is announced and what came of it."""
