"""A picture server of one's own that speaks OpenAI's /v1/images/generations."""
