"""Numbers of things and amounts of money, as every page and every message says them."""

from collections.abc import Sequence

from .sentences import t

MOST_NAMED = 4


def dollars(amount: float) -> str:
    """US dollars: four digits below ten cents, where a single picture costs, two above. Something is never $0.0000."""
    if 0 < abs(amount) < 0.00005:
        return t("under {amount}", amount="$0.0001")
    return f"${amount:,.4f}" if 0 < abs(amount) < 0.1 else f"${amount:,.2f}"


def changed(pictures: int, about_usd: float) -> str:
    """What is said of finished pictures that stay until a person says otherwise; "" when there are none."""
    said = t("{pictures:,} changed, about {about} with RETRY=changed", pictures=pictures, about=dollars(about_usd))
    return said if pictures else ""


def few(names: Sequence[str]) -> str:
    """The names, or of many the first ones: "0001, 0002, 0003 and 97 more"."""
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return t("{names} and {more:,} more", names=", ".join(names[:3]), more=len(names) - 3)


def short_name(model_name: str) -> str:
    """A model name without the path that some providers put before it; one that is no path stays as it is."""
    return model_name.rpartition("/")[2] or model_name
