"""One command: runs under lock, open jobs, connections, what is announced and what came of it."""
