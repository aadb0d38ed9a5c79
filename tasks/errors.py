"""What can stop a command, by what the person does next.

Stop            something needs a person; exit status 1
├── NoKey       the key of a provider is not set, or cannot be one
└── BadInput    a file, value or command line is wrong; exit status 3

Everything else that escapes is our bug; exit status 2 and a traceback.
"""

from .text.sentences import t


class Stop(Exception):
    """A person has to act before this can go on.

    what: one sentence, what happened, naming file, line and value where there are any.
    do: what to do now, best a command that can be pasted. Both are templates of text.sentences, with their fields.
    """

    exit_code = 1

    def __init__(self, what: str, do: str, /, **fields: object) -> None:
        self.what, self.do = t(what, **fields), t(do, **fields)
        super().__init__(self.what)

    def __str__(self) -> str:
        return f"{self.what}\n  -> {self.do}"


class BadInput(Stop):
    """A config, an input file or a command line cannot be right as it stands."""

    exit_code = 3


class NoKey(Stop):
    """A provider cannot be asked, because `variable` of the environment does not hold its key.

    wrong: what stands there instead of a key, in words; never the value itself.
    """

    def __init__(self, provider: str, variable: str, wrong: str = "is not set") -> None:
        self.why = f"{variable} {wrong}"
        super().__init__(
            "no key for {provider}: {why}; nothing was sent to it",
            "export {variable}=... and run the same command again",
            provider=provider,
            why=self.why,
            variable=variable,
        )
