"""The last day of a model, asked of a provider that tells it, before anything is sent to that model.

The config knows what was known when it was written; a provider may have announced an end since.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ..catalog.choice import Choice
from ..catalog.lifecycle import would_do
from ..catalog.model import Lane
from ..inbox.notices import of_life_cycle
from ..providers.failures import Refused, Unavailable
from ..providers.port import Account, TellsEnds
from ..runs.run import Run
from ..text import clock
from ..text.errors import Stop
from ..text.sentences import t
from .session import Session

WARN_DAYS = 30
_NO_SUCH_MODEL = 404


@dataclass(frozen=True)
class Ended:
    """A model that the provider does not serve any more. what: a sentence; do: which slots would do."""

    what: str
    do: str

    def tell(self, session: Session, run: Run, pictures: int) -> None:
        """Note that so many pictures of a run stay here, unbilled."""
        what = t("not sent: {pictures:picture}: {what}", pictures=pictures, what=self.what)
        session.log.trouble(run.paths.name, what, self.do)


def ended_models(session: Session, choices: Iterable[Choice]) -> dict[str, Ended]:
    """Of the models of `choices` those that are over, by their key; what ends within 30 days is said once.

    Who cannot be asked now is no reason to send nothing: a model that is gone costs nothing.
    """
    found: dict[str, Ended] = {}
    for choice in {choice.model.key: choice for choice in choices}.values():
        client = _client(session, choice)
        if not isinstance(client, TellsEnds):
            continue
        try:
            told = client.ends_on(choice.model.name)
        except Unavailable:
            continue
        except Refused as refusal:
            if refusal.code == _NO_SUCH_MODEL:
                found[choice.model.key] = _ended(session, choice, refusal.reason)
            continue
        today = (client.date or clock.now())[:10]
        if told and told <= today:
            reason = t("its last day was {day}", day=told)
            found[choice.model.key] = _ended(session, choice, reason)
        elif told and (days := (date.fromisoformat(told) - date.fromisoformat(today)).days) <= WARN_DAYS:
            _warn(session, choice, told, days)
    return found


def _client(session: Session, choice: Choice) -> Account | None:
    accounts, provider = session.accounts, choice.model.provider
    try:
        return accounts.batch(provider) if choice.lane is Lane.BATCH else accounts.immediate(provider)
    except Stop:  # without a key nothing is sent, and whoever sends says so
        return None


def _ended(session: Session, choice: Choice, reason: str) -> Ended:
    model = choice.model
    what = t("{model_key} ({model}) is not served: {reason}", model_key=model.key, model=model.name, reason=reason)
    gone = replace(model, status="retired")
    catalog = replace(session.catalog, models={**session.catalog.models, model.key: gone})
    return Ended(what, would_do(catalog, gone, choice.lane))


def _warn(session: Session, choice: Choice, day: str, days: int) -> None:
    model = choice.model
    text = t(
        "the provider says that {model_key} ({model}) ends on {day} ({days:day} left)",
        model_key=model.key,
        model=model.name,
        day=day,
        days=days,
    )
    session.log.say("{text}", text=text)
    do = t("name another slot in the preset, template or prompts; doit validate shows which would do")
    session.log.note(of_life_cycle(model.key, "deprecated", day, text, do))
