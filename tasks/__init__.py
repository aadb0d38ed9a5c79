"""Kamishibai: prompts in, finished pictures out. docs/architecture.md says which folder may import which."""
