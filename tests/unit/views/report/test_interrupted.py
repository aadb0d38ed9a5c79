"""Ctrl-C while the figures are computed."""

import os
import signal
import threading

import pytest

from tasks.views.report.usage_db import connect


def test_ctrl_c_during_a_query_is_ctrl_c() -> None:
    """duckdb takes the signal and tells it as an error of the query; here it is what a person did."""
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt), connect() as engine:
        timer.start()
        while True:  # it looks for signals between pieces of its work only
            engine.execute("select sum(a.range) from range(50000000) a").fetchall()


def test_its_other_errors_stay_what_they_are() -> None:
    """Only an interruption is taken for one."""
    with pytest.raises(RuntimeError, match="something else"), connect():
        raise RuntimeError("something else")
