"""The immediate lane: each request is sent, asked for, journalled, settled."""
