"""Provider codes in plain words, numbers of things and amounts of money, as every page and every message says them."""

_REASONS = (
    # A part of the reason in capitals, and what it means: the first that matches. FinishReason and BlockedReason
    # values of the Gemini API, gRPC status names, and our own readings.
    ("MAYBE BILLED", "The request left and its answer never came: it may have been billed."),
    ("BROKEN PICTURE", "The answer holds a picture that is damaged or cut off."),
    ("IMAGE_SAFETY", "The picture was made but held back by the provider's safety filter."),
    ("PROHIBITED_CONTENT", "The provider forbids this content."),
    ("BLOCKLIST", "The prompt contains a word on the provider's block list."),
    ("RECITATION", "The picture came too close to an existing work and was held back."),
    ("SPII", "The provider saw personal information in the prompt or the answer."),
    ("LANGUAGE", "The provider does not support the language of this prompt."),
    ("SAFETY", "The provider's safety filter refused this prompt."),
    ("PROMPT BLOCKED", "The provider refused this prompt."),
    ("NO_IMAGE", "The model answered without a picture."),
    ("IMAGE_OTHER", "The model could not make this picture and did not say why."),
    ("TEXT ONLY", "The model answered with words instead of a picture."),
    ("EMPTY PICTURE", "The answer holds a picture with nothing in it."),
    ("NO PICTURE", "The answer holds no picture."),
    ("MAX_TOKENS", "The answer was cut off before the picture was complete."),
    ("MISSING", "The provider's result file has no line for this request."),
    ("EXPIRED", "The job did not get its turn within the provider's time limit."),
    ("CANCELLED", "The request was cancelled before it was worked on."),
    ("RESOURCE_EXHAUSTED", "The provider's quota was used up."),
    ("INVALID_ARGUMENT", "The provider does not accept this request as it is written."),
    ("NOT_FOUND", "The provider does not know this model or file."),
    ("PERMISSION_DENIED", "The API key may not do this."),
    ("UNAUTHENTICATED", "The provider does not accept the API key."),
    ("UNAVAILABLE", "The provider was overloaded."),
    ("DEADLINE_EXCEEDED", "The provider took too long."),
    ("INTERNAL", "The provider had an internal error."),
)
_UNKNOWN = {
    "blocked": "The provider refused this prompt.",
    "empty": "The answer holds no picture.",
    "error": "The request failed.",
    "waiting": "Not made yet.",
    "ok": "",
}
_NEXT = {
    "retryable": "The next doit visual sends it again.",
    "refused": "Not sent again until the prompt changes (or with RETRY=refused).",
    "permanent": "The prompt or the config must change first.",
}


def plain_reason(status: str, reason: str) -> str:
    """One sentence for `reason` ("SAFETY", "503 UNAVAILABLE", "text only"); "" when there is nothing to explain."""
    if status in ("ok", "waiting"):
        return _UNKNOWN[status]
    loud = reason.upper()
    return next((words for code, words in _REASONS if code in loud), _UNKNOWN.get(status, "The request failed."))


def what_next(status: str, failure: str | None) -> str:
    """What happens with a failure by itself, or who must act; "" when nothing is to be said."""
    return "" if status in ("ok", "waiting") else _NEXT.get(failure or "", "")


def dollars(amount: float) -> str:
    """US dollars: four digits below ten cents, where a single picture costs, two above. Something is never $0.0000."""
    if 0 < abs(amount) < 0.00005:
        return "under $0.0001"
    return f"${amount:,.4f}" if 0 < abs(amount) < 0.1 else f"${amount:,.2f}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "1 picture", "2 pictures", "1,000 pictures". plural: where it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def short_name(model_name: str) -> str:
    """A model name without the path that some providers put before it."""
    return model_name.rpartition("/")[2]
