"""The offline Gemini API: a program of its own that the real client cannot tell from the provider.

    python -m tasks.emulator --state DIR

It imports nothing else of `tasks`. Wire formats follow docs/design.md section 9 and the provider's documentation;
where the provider's behaviour is unknown the module that decides it says so.
"""
