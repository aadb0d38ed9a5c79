"""The outside: HTTP, addresses, failures, and a folder for each provider."""
