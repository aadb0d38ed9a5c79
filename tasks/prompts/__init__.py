"""What is asked for: prompts, templates, references, takes; resolved to requests."""
