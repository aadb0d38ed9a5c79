"""An offline picture server such as a person runs at home."""
