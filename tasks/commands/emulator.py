"""`doit emulator`: the offline API, until it is stopped."""

import subprocess

from ..project.paths import Paths
from ..project.settings import Settings
from ..session import emulator_process

USUAL_PORT = 8765


def run(paths: Paths, settings: Settings) -> None:
    """Run the emulator over the project's own state of it."""
    command = emulator_process.command(paths.emulator, USUAL_PORT if settings.port is None else settings.port)
    subprocess.run(command, check=False, cwd=emulator_process.CODE)  # noqa: S603 - our own program
