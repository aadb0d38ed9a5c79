"""Parts of the tool that few need and that are installed by themselves, named where they are missing."""

from ..text.errors import Stop
from ..text.word import Word
from .layers import INSTALLED


class Extra(Word):
    """A part, as in `kamishibai[slack]`."""

    SLACK = "slack"
    NOTIFY = "notify"
    WEBHOOKS = "webhooks"
    CLUSTER = "cluster"
    CLOUD = "cloud"

    @property
    def package(self) -> str:
        """What it installs, as pyproject.toml has it."""
        return {
            "slack": "slack-sdk",
            "notify": "apprise",
            "webhooks": "standardwebhooks",
            "cluster": "distributed",
            "cloud": "obstore",
        }[self.value]


def missing(extra: Extra, what: str) -> Stop:
    """The error for something that needs a part which is not installed. what: as a person sets or types it."""
    if INSTALLED:
        return Stop(
            "{what} needs the part [{extra}] of kamishibai, which is not installed",
            "install it again with that part, as docs/install.md says: kamishibai[{extra}]",
            what=what,
            extra=extra,
        )
    return Stop(
        "{what} needs the package {package}, which is not installed",
        "install it: .venv/bin/python -m pip install {package}",
        what=what,
        package=extra.package,
    )
