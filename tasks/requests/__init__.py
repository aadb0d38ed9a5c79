"""What is sent: prompts with their choice and pictures, resolved to requests with a digest; takes and selections."""
