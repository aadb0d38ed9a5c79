"""Numbers of things and amounts of money, as every page and every message says them."""


def dollars(amount: float) -> str:
    """US dollars: four digits below ten cents, where a single picture costs, two above. Something is never $0.0000."""
    if 0 < abs(amount) < 0.00005:
        return "under $0.0001"
    return f"${amount:,.4f}" if 0 < abs(amount) < 0.1 else f"${amount:,.2f}"


def short_name(model_name: str) -> str:
    """A model name without the path that some providers put before it."""
    return model_name.rpartition("/")[2]
