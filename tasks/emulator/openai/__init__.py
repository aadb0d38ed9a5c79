"""The offline OpenAI API: files, batches, pictures at once, models."""
