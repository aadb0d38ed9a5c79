"""What is bought: bytes are checked, converted, stored and made durable."""
