"""Reading and writing files: atomic, locked, JSON and YAML with places, against schemas; where power may be cut."""
