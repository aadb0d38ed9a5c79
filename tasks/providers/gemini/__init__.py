"""Google Gemini: files, jobs, answers. The only importer of google.genai."""
