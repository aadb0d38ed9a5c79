"""S3-compatible object storage as a shared store, through obstore: the one module that imports it, when it is needed.

Creating sends `If-None-Match: *`, a swap `If-Match: <ETag>`: conditional writes of the S3 API. Region, keys and address
come from the usual variables (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL …), never from a file of ours.
"""

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from ..project.extras import Extra, missing
from ..providers.address import is_loopback
from ..text.errors import BadInput
from ..text.sentences import later, t
from .port import Content, Put, StoreFails, Swap, Version

if TYPE_CHECKING:
    from obstore.store import S3Store

CONNECT_SECONDS = 5
SECONDS = 30
RETRIES = 2


class ObjectStore:
    """The store under `s3://bucket/prefix`. Nothing is asked yet."""

    def __init__(self, url: str) -> None:
        self.where = url
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if not bucket:
            raise BadInput("{url} names no bucket", "write it like s3://bucket or s3://bucket/folder", url=url)
        self._library = _library()
        self._store = _opened(bucket, prefix.strip("/"), url)

    def put_new(self, name: str, data: bytes) -> Put:
        """See SharedStore."""
        try:
            self._library.put(self._store, name, data, mode="create", use_multipart=False)
        except self._library.exceptions.AlreadyExistsError:
            return Put.EXISTS
        except Exception as error:  # noqa: BLE001 - whatever the library raises, nobody knows what came of it
            self._fail(error)
        return Put.NEW

    def get(self, name: str) -> Content | None:
        """See SharedStore."""
        try:
            found = self._library.get(self._store, name)
            data, tag = bytes(found.bytes()), found.meta["e_tag"]
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                self._fail(error)
            return None
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(error)
        if not tag:
            raise StoreFails(self.where, t("tells no versions (ETag)"))
        return Content(data, Version(tag))

    def list(self, prefix: str) -> list[str]:
        """See SharedStore."""
        try:
            groups = self._library.list(self._store, prefix.rstrip("/"))
            return sorted(str(each["path"]) for group in groups for each in group)
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(error)

    def swap(self, name: str, version: Version, data: bytes) -> Swap:
        """See SharedStore."""
        try:
            self._library.put(self._store, name, data, mode={"e_tag": version.tag}, use_multipart=False)
        except (self._library.exceptions.PreconditionError, FileNotFoundError):
            return Swap.CHANGED
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(error)
        return Swap.DONE

    def _fail(self, error: Exception) -> NoReturn:
        raise StoreFails(self.where, _words(error)) from None


def _library() -> Any:
    try:
        import obstore
    except ImportError:
        raise missing(Extra.CLOUD, t("a shared store in object storage")) from None
    return obstore


def _opened(bucket: str, prefix: str, url: str) -> "S3Store":
    from obstore.store import S3Store

    address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    is_http = address.startswith("http://")
    if is_http and not is_loopback(address) and os.environ.get("AWS_ALLOW_HTTP", "").lower() != "true":
        raise BadInput(
            "{address} for {url} is not https: keys would travel in the clear",
            "use its https address; in a network that nobody else is in: export AWS_ALLOW_HTTP=true",
            address=address,
            url=url,
        )
    more = {"endpoint": address} if address else {}
    return S3Store(
        bucket,
        prefix=prefix or None,
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        client_options={
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=SECONDS),
            "allow_http": is_http,
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=SECONDS)},
        **more,  # type: ignore[arg-type] # the keys of S3Config
    )


def _words(error: Exception) -> str:
    """What is wrong, without the library's own words, which may quote what was sent."""
    said, name = str(error), type(error).__name__
    for words, why in _KNOWN:
        if words in said or words == name:
            return t(why)
    return t("does not answer")


_REFUSED = later(
    "refuses these credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY): wrong, or without the right to it"
)
_KNOWN = (
    ("NoSuchBucket", later("is not there: make the bucket first, and look at its name and at AWS_REGION")),
    ("QuotaExceeded", later("is full")),
    ("InsufficientStorage", later("is full")),
    (" 507 ", later("is full")),
    ("PermissionDeniedError", _REFUSED),
    (" 403 ", _REFUSED),  # of a list the library says no more
    ("UnauthenticatedError", _REFUSED),
    ("InvalidAccessKeyId", _REFUSED),
    ("SignatureDoesNotMatch", _REFUSED),
    ("RequestTimeTooSkewed", later("refuses the clock of this machine: set it right")),
    (
        "instance metadata",
        later("cannot be asked: no credentials (export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"),
    ),
    ("169.254.169.254", later("cannot be asked: no credentials (export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)")),
)
