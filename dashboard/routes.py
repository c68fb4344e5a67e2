"""The HTTP routes beside the pages."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import wiring
from dashboard.shared_pages import SHARED_ROUTES
from scenario_core.custom import schema
from scenario_core.custom.engine import translated_errors
from scenario_core.errors import ScenarioDeskError

__all__ = ["ROUTES", "readiness"]

_NOT_STORED = {"Cache-Control": "no-store"}


async def health(_request: Request) -> JSONResponse:
    """Whether the process answers; it touches neither store."""
    return JSONResponse({"status": "ok", "version": version("scenario-desk")}, headers=_NOT_STORED)


async def ready(_request: Request) -> JSONResponse:
    """200 where both stores can be used, else 503 with what is missing."""
    found = await anyio.to_thread.run_sync(readiness)
    is_ready = all(state == "ok" for state in found.values())
    return JSONResponse(
        {"status": "ready" if is_ready else "not ready", **found},
        status_code=200 if is_ready else 503,
        headers=_NOT_STORED,
    )


def readiness() -> dict[str, str]:
    """What each store says: `ok`, or the kind of the failure, without any detail of where it lives."""
    return {"production": _state(_require_production), "database": _state(_require_database)}


def _require_production() -> None:
    if not wiring.desk().production.source.is_file:
        raise ScenarioDeskError("served from a backup")


def _require_database() -> None:
    with translated_errors(), wiring.desk().engine.connect() as connection:
        schema.require_current(connection)


def _state(require: Callable[[], None]) -> str:
    try:
        require()
    except ScenarioDeskError as error:
        return "from a backup" if type(error) is ScenarioDeskError else type(error).__name__
    return "ok"


ROUTES = (Route("/health", health), Route("/ready", ready), *SHARED_ROUTES)
