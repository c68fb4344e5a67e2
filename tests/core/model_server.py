"""A server that speaks the form of an OpenAI-compatible endpoint, and can go wrong in every way that one can."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

KEY: Final = "sk-secret-0123456789"


def completion(text: Any, **message: Any) -> bytes:
    """An answer as such a server gives it."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": "stop"}
    return json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}).encode()


@dataclass
class ModelServer:
    """What it answers next, and what it was asked.

    `pieces` are sent with so many seconds `between` them; `hangs_up` closes the connection without a word.
    """

    address: str = ""
    status: int = 200
    pieces: list[bytes] = field(default_factory=lambda: [completion("Good evening, do you have a reservation?")])
    headers: dict[str, str] = field(default_factory=dict)
    between: float = 0.0
    before: float = 0.0
    hangs_up: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Take a request and answer it."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.requests.append(json.loads(body))
        self.paths.append(handler.path)
        self.authorizations.append(handler.headers.get("Authorization", ""))
        if self.hangs_up:
            return
        time.sleep(self.before)
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        for piece in self.pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(self.between)


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """One that listens on loopback until the end."""
    model = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                model.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.address = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
