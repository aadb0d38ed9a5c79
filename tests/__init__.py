"""What holds the promises: unit, commands, promises, emulator, project, campaign; what they share is in support."""
