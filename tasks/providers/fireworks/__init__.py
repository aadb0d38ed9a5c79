"""Fireworks FLUX: requests and answers."""
