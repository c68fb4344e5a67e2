"""What a read-only link opens: the lesson sheet, or the rehearsal player, of one scenario, for whoever has the link."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from dashboard import wiring
from dashboard.first_script import OWN_PAGES
from dashboard.markup import render
from scenario_core.errors import DatabaseError, ScenarioNotFoundError
from scenario_core.exports import to_html, to_player
from scenario_core.scenario import ConversationScenario

__all__ = ["SHARED_ROUTES", "addresses"]

_HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_NO_SCRIPT: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_OWN_SCRIPT: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'"
"""The page itself names the one script that it has, by its hash; both policies hold."""


def addresses(base: str, token: str) -> tuple[str, str]:
    """(where the lesson sheet is, where the player is), below the dashboard's own address."""
    return f"{base}{OWN_PAGES}{token}", f"{base}{OWN_PAGES}{token}/rehearse"


async def sheet(request: Request) -> HTMLResponse:
    """The lesson sheet."""
    return await _answer(request, to_html, _NO_SCRIPT)


async def player(request: Request) -> HTMLResponse:
    """The rehearsal player."""
    return await _answer(request, _player, _OWN_SCRIPT)


async def _answer(request: Request, write: Callable[[ConversationScenario], str], policy: str) -> HTMLResponse:
    status, page = await anyio.to_thread.run_sync(_page, request.path_params["token"], write)
    own = policy if status == 200 else _NO_SCRIPT  # noqa: PLR2004 - HTTP's number for all is well
    return HTMLResponse(page, status_code=status, headers={**_HEADERS, "Content-Security-Policy": own})


def _page(token: str, write: Callable[[ConversationScenario], str]) -> tuple[int, str]:
    try:
        with wiring.desk().builder() as service:
            scenario = service.share_links.open(token)
    except ScenarioNotFoundError:
        text = "Its owner may have taken it back, or it has expired. Ask for a new one."
        return 404, render("shared_gone", title="This link opens nothing", text=text)
    except DatabaseError:
        text = "The database does not answer. Nothing is lost; try again in a while."
        return 503, render("shared_gone", title="This can't be read now", text=text)
    return 200, write(scenario)


def _player(scenario: ConversationScenario) -> str:
    return _made(scenario.model_dump_json())


@lru_cache(maxsize=32)
def _made(scenario: str) -> str:
    """Making one takes a second or two; that of the same text is made once."""
    return to_player(ConversationScenario.model_validate_json(scenario))


SHARED_ROUTES: Final = (
    Route(f"{OWN_PAGES}{{token:str}}", sheet, methods=["GET"]),
    Route(f"{OWN_PAGES}{{token:str}}/rehearse", player, methods=["GET"]),
)
