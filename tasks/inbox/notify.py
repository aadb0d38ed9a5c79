"""Discord, Teams, mail and whatever else Apprise knows take the messages too: addresses in KAMISHIBAI_NOTIFY.

The forms of the addresses: the wiki of caronc/apprise (2026-11-29), such as discord://id/token, msteams://…, mailtos://….
Each service has what it was sent on record by its place in the variable, since its address is a secret.
"""

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..project.extras import Extra, missing
from ..project.paths import Paths
from ..text.errors import Stop
from ..text.sentences import t
from . import posting
from .posted import of_service
from .posting import NotNow, Service

if TYPE_CHECKING:
    from apprise import Apprise

VARIABLE = "KAMISHIBAI_NOTIFY"
LONGEST_MESSAGE = 1900
"""Characters: what Discord, the shortest of the usual ones, takes."""
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def post(paths: Paths, addresses: Sequence[str]) -> None:
    """Post what is pending to each service; says on stderr what one did not take, and goes on with the next.

    Raises Stop for an address that cannot be one, or where Apprise is not installed.
    """
    for number, address in enumerate(addresses, 1):
        to = _connect(number, address)
        name = t("service {number} of {variable}", number=number, variable=VARIABLE)
        posting.post(paths, Service(name, of_service(paths, number), LONGEST_MESSAGE, partial(_send, to)))


def _connect(number: int, address: str) -> "Apprise":
    try:
        from apprise import Apprise
    except ImportError:
        raise missing(Extra.NOTIFY, VARIABLE) from None
    logging.getLogger("apprise").disabled = True  # what it logs holds addresses
    to = Apprise()
    if not to.add(address):
        raise Stop(
            "the address {number} in {variable} is none that Apprise knows; nothing was posted there",
            "write it as Apprise does, such as discord://id/token or mailtos://…, and part several by blanks",
            number=number,
            variable=VARIABLE,
        )
    if not (to[0].secure or to[0].host in _HERE):
        raise Stop(
            "the address {number} in {variable} is not encrypted; nothing was posted there",
            "use the form with an s at its end, such as mailtos:// or jsons://",
            number=number,
            variable=VARIABLE,
        )
    return to


def _send(to: "Apprise", text: str) -> None:
    from apprise import NotifyFormat

    if not to.notify(body=text, body_format=NotifyFormat.TEXT):
        raise NotNow(t("it did not take the message"))
