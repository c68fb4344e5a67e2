"""Puts a script of the project's own before Streamlit's scripts in the page; `first_script.js` says what for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["FirstScript", "first_script"]

OWN_PAGES: Final = "/shared/"
"""Below this stand pages that are whole by themselves, which nothing is put into."""
_SOURCE: Final = Path(__file__).with_name("first_script.js")
_VALIDATORS: Final = ("etag", "last-modified", "accept-ranges")


def first_script() -> str:
    """The script."""
    path = "/".join(["", *filter(None, str(st.get_option("server.baseUrlPath") or "").split("/")), ""])
    return _SOURCE.read_text(encoding="utf-8").replace("BASE_PATH", json.dumps(path))


class FirstScript:
    """ASGI middleware that puts the script into the page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._script = f"<script>{first_script()}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_ours = scope.get("path", "").startswith(OWN_PAGES)
        if is_ours or scope["type"] != "http" or scope["method"] != "GET" or "." in scope["path"].rpartition("/")[2]:
            await self._app(scope, receive, send)
            return
        # A compressed page could not be written into; it is eight thousand characters long.
        plain = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"accept-encoding"]}
        start: Message | None = None
        body = b""

        async def with_script(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                if Headers(scope=message).get("content-type", "").startswith("text/html"):
                    start = message
                    return
            elif message["type"] == "http.response.body" and start is not None:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                await send(self._with_length(start, body))
                message = {"type": "http.response.body", "body": self._page(body)}
                start = None
            await send(message)

        await self._app(plain, receive, with_script)

    def _page(self, body: bytes) -> bytes:
        return body.replace(b"<head>", b"<head>" + self._script, 1)

    def _with_length(self, start: Message, body: bytes) -> Message:
        headers = MutableHeaders(scope=start)
        for name in _VALIDATORS:
            if name in headers:
                del headers[name]
        headers["content-length"] = str(len(self._page(body)))
        return start
