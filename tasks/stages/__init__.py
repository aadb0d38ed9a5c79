"""The steps from prompts to pictures that several commands share."""
