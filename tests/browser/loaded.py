"""What a dashboard has loaded by the time that it shows its first page: libraries, word lists, installed components.

Importing this loads it all, into the process from which `tests.browser.processes` forks dashboards.
"""

from __future__ import annotations

import gc
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from streamlit.components.v2 import manifest_scanner

import scenario_core.cli
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import make_intact

LIBRARIES: Final = (
    scenario_core.cli.__name__,
    "dashboard.serve",
    "streamlit.web.bootstrap",
    "streamlit.web.server.starlette.starlette_server",
    "uvicorn.lifespan.on",
    "uvicorn.loops.asyncio",
    "uvicorn.protocols.http.h11_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "anyio._backends._asyncio",
)

for library in LIBRARIES:
    import_module(library)
with TemporaryDirectory() as folder:
    desk = make_intact(Path(folder))
    check(Steward.configured(desk))
    desk.close()
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
manifest_scanner.scan_component_manifests()
gc.collect()
gc.freeze()  # so that a fork's own collections leave the memory shared
