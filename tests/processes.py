"""Processes of the project's own programs, and where they listen."""

from __future__ import annotations

import socket
import sys
from typing import Final

COMMAND_LINE: Final = (sys.executable, "-c", "import sys; from scenario_core.cli import main; main(sys.argv[1:])")
"""What `scenario-desk` does, by this Python, wherever the command itself lies."""


def free_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
