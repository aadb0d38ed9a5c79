"""The offline Gemini API: files, jobs, answers."""
