"""What the tests of the emulator itself share."""

import pytest


@pytest.fixture
def shrunk() -> int:
    """Pictures are as large as they were asked for."""
    return 1
