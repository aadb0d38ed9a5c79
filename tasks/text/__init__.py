"""Words for people: wording, redaction, tables and progress on a terminal."""
