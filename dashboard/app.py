"""The ASGI application: the pages and the HTTP routes in one process.

`scenario-desk run` starts it through `dashboard.serve`; `streamlit run dashboard/app.py` does too.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import altair as alt
import anyio.to_thread
import pandas as pd
import streamlit as st
from starlette.middleware import Middleware

from dashboard import wiring
from dashboard.authoring.document import tidied
from dashboard.first_script import FirstScript
from dashboard.rehearsing.drafts import rehearsable
from dashboard.routes import ROUTES
from dashboard.security import SecurityHeaders
from dashboard.widgets import notices
from scenario_core.authoring import quality_of
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
        await anyio.to_thread.run_sync(_warm_up)
    except ScenarioDeskError:
        logger.warning("Not everything could be loaded; the pages say what is missing.", exc_info=True)
    gc.collect()
    gc.freeze()
    yield {"ready": True}
    gc.unfreeze()


def _warm_up() -> None:
    desk = wiring.desk()
    desk.catalogue.page(desk.settings.user)
    desk.catalogue.facets(desk.settings.user)
    templates = wiring.templates()
    wiring.begin_checks()
    for template in templates[:1]:  # which reads the dictionaries that the first author would wait for
        quality_of(rehearsable(tidied(template.document), "template"), template.document)
    wiring.usage().look()


app = st.App(
    Path(__file__).with_name("main.py"),
    lifespan=lifespan,
    routes=list(ROUTES),
    middleware=[Middleware(SecurityHeaders), Middleware(FirstScript)],
    on_script_error=notices.unexpected,
)
