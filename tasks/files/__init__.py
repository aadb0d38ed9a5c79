"""Reading and writing files: atomic, locked, line by line, JSON and YAML with places, against schemas."""
