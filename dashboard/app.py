"""The ASGI application: the pages and the HTTP routes in one process.

`scenario-desk run` starts it through `dashboard.serve`; `streamlit run dashboard/app.py` does too.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import altair as alt
import anyio.to_thread
import pandas as pd
import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import wiring
from scenario_core.errors import ScenarioDeskError

__all__ = ["app"]

logger = logging.getLogger(__name__)

WARMED = (alt, pd)
"""Imported here, before the freeze below, and not at somebody's first click."""


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, object]]:
    """Load what the first visitor would wait for, then take it out of the garbage collector's sight.

    Streamlit collects all generations after every run: about 100 ms with these libraries loaded, 9 ms once frozen.
    """
    try:
        await anyio.to_thread.run_sync(lambda: wiring.catalogue_view(wiring.desk()))
    except ScenarioDeskError:
        logger.warning("The catalogue could not be loaded; its page says so.", exc_info=True)
    gc.collect()
    gc.freeze()
    yield {"ready": True}
    gc.unfreeze()


async def health(_request: Request) -> JSONResponse:
    """Whether the process answers; it touches neither store."""
    return JSONResponse({"status": "ok", "version": version("scenario-desk")}, headers={"Cache-Control": "no-store"})


app = st.App(Path(__file__).with_name("main.py"), lifespan=lifespan, routes=[Route("/health", health)])
