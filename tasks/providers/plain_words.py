"""Provider codes in plain words, as every page and every message says them."""

from ..text.sentences import later, t
from .answer import FailureClass, Status

_REASONS = (
    # A part of the reason in capitals, and what it means: the first that matches. FinishReason and BlockedReason
    # values of the Gemini API, gRPC status names, and our own readings.
    ("MAYBE BILLED", later("The request left and its answer never came: it may have been billed.")),
    ("AN ADDRESS IN PLACE", later("The answer holds an address in place of a picture.")),
    ("NO ANSWER:", later("The answer of your server was lost. That costs nothing.")),
    ("ANOTHER SIZE:", later("The server made a picture of another size than it was asked for.")),
    ("OUT OF MEMORY", later("The server has too little memory for a picture of this size.")),
    ("UNREADABLE", later("The answer holds something that no program here reads as a picture; it is kept.")),
    ("BROKEN PICTURE", later("The answer holds a picture that is damaged or cut off.")),
    ("IMAGE_SAFETY", later("The picture was made but held back by the provider's safety filter.")),
    ("PROHIBITED_CONTENT", later("The provider forbids this content.")),
    ("BLOCKLIST", later("The prompt contains a word on the provider's block list.")),
    ("RECITATION", later("The picture came too close to an existing work and was held back.")),
    ("SPII", later("The provider saw personal information in the prompt or the answer.")),
    ("LANGUAGE", later("The provider does not support the language of this prompt.")),
    ("MODERATION_BLOCKED", later("The provider's safety system refused this prompt, or the picture made from it.")),
    ("CONTENT_POLICY", later("The provider's safety system refused this prompt, or the picture made from it.")),
    ("SAFETY", later("The provider's safety filter refused this prompt.")),
    ("PROMPT BLOCKED", later("The provider refused this prompt.")),
    ("NO_IMAGE", later("The model answered without a picture.")),
    ("IMAGE_OTHER", later("The model could not make this picture and did not say why.")),
    ("TEXT ONLY", later("The model answered with words instead of a picture.")),
    ("EMPTY PICTURE", later("The answer holds a picture with nothing in it.")),
    ("NO PICTURE", later("The answer holds no picture.")),
    ("MAX_TOKENS", later("The answer was cut off before the picture was complete.")),
    ("RESULTS GONE", later("The provider kept the results of this job until then; nobody can have them any more.")),
    ("MISSING", later("The provider's result file has no line for this request.")),
    ("EXPIRED", later("The job did not get its turn within the provider's time limit.")),
    ("CANCELLED", later("The request was cancelled before it was worked on.")),
    ("INSUFFICIENT_QUOTA", later("The account has no money left, or has reached a limit of its own.")),
    ("TOKEN_LIMIT_EXCEEDED", later("More requests are queued at the provider than the account may have.")),
    ("RATE_LIMIT", later("The provider's quota was used up.")),
    ("RESOURCE_EXHAUSTED", later("The provider's quota was used up.")),
    ("INVALID_ARGUMENT", later("The provider does not accept this request as it is written.")),
    ("NOT_FOUND", later("The provider does not know this model or file.")),
    ("PERMISSION_DENIED", later("The API key may not do this.")),
    ("UNAUTHENTICATED", later("The provider does not accept the API key.")),
    ("UNAVAILABLE", later("The provider was overloaded.")),
    ("DEADLINE_EXCEEDED", later("The provider took too long.")),
    ("INTERNAL", later("The provider had an internal error.")),
)
_UNKNOWN = {
    None: later("Not made yet."),
    Status.OK: "",
    Status.BLOCKED: later("The provider refused this prompt."),
    Status.EMPTY: later("The answer holds no picture."),
    Status.ERROR: later("The request failed."),
}
_NEXT = {
    FailureClass.RETRYABLE: later("The next run sends it again."),
    FailureClass.REFUSED: later("Not sent again until the prompt changes (or with RETRY=refused)."),
    FailureClass.PERMANENT: later("The prompt or the config must change first."),
}


def plain_reason(status: Status | None, reason: str) -> str:
    """One sentence for `reason` ("SAFETY", "503 UNAVAILABLE", "text only"); "" when there is nothing to explain.

    status: None while there is no answer.
    """
    if status in (None, Status.OK):
        return t(_UNKNOWN[status])
    loud = reason.upper()
    return t(next((words for code, words in _REASONS if code in loud), _UNKNOWN[status]))


def what_next(failure: FailureClass | None, exhausted: bool = False) -> str:
    """What happens with a failure by itself, or who must act; "" when nothing is to be said.

    exhausted: whether it was sent as often as it is by itself.
    """
    if exhausted and failure is FailureClass.RETRYABLE:
        return t("Sent as often as max_attempts allows: again only with RETRY=exhausted, or when the prompt changes.")
    return t(_NEXT[failure]) if failure else ""
