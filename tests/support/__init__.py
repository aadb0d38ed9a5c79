"""What tests share: a project to try commands on, the emulator's process, facts, hostile input, stand-ins."""
