"""Google Gemini: files, jobs, answers."""
