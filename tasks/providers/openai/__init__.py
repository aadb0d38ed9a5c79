"""OpenAI: files, batches, answers."""
