"""What needs a person: events, the markdown list, Slack."""
