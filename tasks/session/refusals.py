"""What a person hears of an account that the provider does not serve: the key, its place, its bill, its quota."""

from ..providers.failure_class import AccountTrouble
from ..providers.failures import Refused, Unavailable
from ..providers.registry import api
from ..runs.run import Run
from ..text.sentences import t
from .session import Session


def why(session: Session, provider: str, error: Refused | Unavailable) -> str:
    """The refusal in one sentence; a wrong key is named by its variable."""
    if _trouble(error) is not AccountTrouble.KEY:
        return error.reason
    return t(
        "{provider} does not accept the key in {variable} ({reason})",
        provider=provider.capitalize(),
        variable=session.catalog.providers[provider].key_env,
        reason=error.reason,
    )


def remedy(session: Session, provider: str, error: Refused | Unavailable) -> str:
    """What a person does before the same command goes on; "" when that is only to wait."""
    about = session.catalog.providers[provider]
    match _trouble(error):
        case AccountTrouble.KEY if about.self_hosted:
            return t("set {variable} to the key that your server was started with, then ", variable=about.key_env)
        case AccountTrouble.ACCOUNT | AccountTrouble.QUOTA if about.self_hosted:
            return t("look after your server and its address in {variable}, then ", variable=about.base_url_env)
        case AccountTrouble.KEY:
            page = api(about.api).keys_page
            return t("compare {variable} with the key at {page}, then", variable=about.key_env, page=page)
        case AccountTrouble.ACCOUNT:
            return t("check {variable} and its account at the provider, then", variable=about.key_env)
        case AccountTrouble.QUOTA:
            return t("wait until the quota of the day is renewed, then")
        case None:
            return ""


def goes_on(session: Session, provider: str, error: Refused | Unavailable, command: str) -> str:
    """What a person does now, the command last."""
    if first := remedy(session, provider, error):
        return t("{first} run again: {command}", first=first, command=command)
    return t("run again: {command}", command=command)


def not_sent(
    session: Session, run: Run, pictures: int, provider: str, error: Refused | Unavailable, doing: str = ""
) -> None:
    """Note that so many pictures of a run stay here, unbilled. doing: what failed, if not the reason itself."""
    if _trouble(error) is AccountTrouble.KEY:
        what = t(
            "{provider} does not accept the key in {variable}; nothing was sent ({reason})",
            provider=provider.capitalize(),
            variable=session.catalog.providers[provider].key_env,
            reason=error.reason,
        )
    else:
        what = t("not sent: {pictures:picture}: {doing}{reason}", pictures=pictures, doing=doing, reason=error.reason)
    do = goes_on(session, provider, error, run.paths.same_command)
    session.log.trouble(run.paths.name, "{what}", "{do}", None, what=what, do=do)


def _trouble(error: Refused | Unavailable) -> AccountTrouble | None:
    return error.trouble if isinstance(error, Refused) else None
