"""Where everything lies, how it is named, and what was typed."""
