"""Words for people: sentences, wording, redaction, tables, progress; and what can stop a command."""
