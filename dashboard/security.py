"""The headers of every answer: nothing from elsewhere is loaded, and nothing that somebody wrote runs as a script."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.first_script import OWN_PAGES, first_script

__all__ = ["SecurityHeaders", "content_security_policy"]

_INLINE_SCRIPT: Final = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def content_security_policy() -> str:
    """The policy that Streamlit's own page needs, and no more.

    The scripts of `dashboard.components` reach the page as `blob:` addresses, which only a script of the page can make.
    """
    page = Path(st.__file__).with_name("static") / "index.html"
    scripts = [first_script(), *_INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))]
    inline = " ".join(map(_hash, scripts))
    rules = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {inline}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}".strip() for name, value in rules.items())


class SecurityHeaders:
    """ASGI middleware that adds the headers to every HTTP answer; pages of their own bring their policy themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": content_security_policy(),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    if name != "Content-Security-Policy" or not scope["path"].startswith(OWN_PAGES):
                        headers[name] = value
            await send(message)

        await self._app(scope, receive, with_headers)


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
