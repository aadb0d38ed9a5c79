"""Errors that cross processes."""

import pickle

import pytest

from tasks.pictures.ingest import Download, DownloadCut
from tasks.providers.failure_class import AccountTrouble
from tasks.providers.failures import BrokeOff, Gone, Refused, Unavailable
from tasks.text.errors import BadInput, NoKey, Portable, Stop


@pytest.mark.parametrize(
    "error",
    [
        Stop("{job} is gone", "look for {job}", job="batches/1"),
        BadInput("no {thing}", "add it", thing="色"),
        NoKey("gemini", "GEMINI_API_KEY"),
        Unavailable("503 later", 3.5, 503),
        BrokeOff("after 7 bytes"),
        Refused(403, "no", 1.0, AccountTrouble.KEY, "PERMISSION_DENIED"),
        Gone("404"),
        DownloadCut("after 7 bytes", Download(unknown=["a"], lines=3)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_processes_whole(error: Portable) -> None:
    """What a worker raises is raised here as it was: kind, words and every field."""
    other = pickle.loads(pickle.dumps(error))
    assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))
