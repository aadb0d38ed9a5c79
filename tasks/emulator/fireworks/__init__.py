"""The offline Fireworks API."""
