"""Starting the dashboard from Python: `serve(host, port)` blocks until the server is told to end."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

from dashboard import wiring
from dashboard.app import app
from scenario_core.errors import SettingsError
from scenario_core.settings import Settings

__all__ = ["CONFIG_FILE", "HOST", "PORT", "options", "serve"]

HOST: Final = "127.0.0.1"
PORT: Final = 8501
CONFIG_FILE: Final = Path(__file__).parents[1] / ".streamlit" / "config.toml"

ALWAYS: Final[dict[str, Any]] = {
    "browser.gatherUsageStats": False,
    "client.disableDataExport": True,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,
    "server.allowedHosts": ["127.0.0.1", "localhost", "[::1]"],
    "server.headless": True,
}
"""What must hold even where the project's config.toml is missing."""


def serve(host: str = HOST, port: int = PORT, settings: Settings | None = None) -> None:
    """Serve the pages and the HTTP routes on `host` and `port` until Ctrl+C or a termination signal.

    `settings` say what is served; by default those of the environment.

    Raises:
        SettingsError: the address can't be used.
    """
    _require_free(host, port)
    if settings is not None:
        wiring.use(settings)
    name = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Scenario Desk: http://{name}:{port}\n")
    sys.stdout.flush()
    app.run(config=options(host, port))


def options(host: str, port: int, *, config_file: Path = CONFIG_FILE) -> dict[str, Any]:
    """Streamlit's options: the project's config.toml, whatever the working folder, under STREAMLIT_* variables."""
    found = dict(ALWAYS)
    if config_file.is_file():
        found |= _flat(tomllib.loads(config_file.read_text(encoding="utf-8")))
    found = {name: value for name, value in found.items() if _variable(name) not in os.environ}
    if not _is_loopback(host) and "server.allowedHosts" in found:
        found["server.allowedHosts"] = [*found["server.allowedHosts"], host]
    return found | {"server.address": host, "server.port": port}


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _variable(option: str) -> str:
    """`client.toolbarMode` -> `STREAMLIT_CLIENT_TOOLBAR_MODE`."""
    return "STREAMLIT_" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", option).replace(".", "_").upper()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require_free(host: str, port: int) -> None:
    """Bind and let go at once, so that a taken port is one clear sentence and not a log line of the server."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        raise SettingsError(
            f"The dashboard can't listen on {host}:{port}: {error}.",
            hint="End the program that uses this address, or choose another with --port.",
        ) from error
