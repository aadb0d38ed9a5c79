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
        engine.execute("select count(*) from range(1000000000000) a").fetchall()
