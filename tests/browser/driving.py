"""What browser tests drive: the real dashboard in a process of its own, and watched pages in Chromium."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from email.message import Message
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.processes import ForkedDesk
from tests.factories import ROOT

Scheme = Literal["light", "dark"]
Size = tuple[int, int]

WIDE: Final[Size] = (1280, 900)
NARROW: Final[Size] = (390, 844)
SCREENSHOTS: Final = "SCENARIO_DESK_SCREENSHOTS"
START_SECONDS: Final = 60
STOP_SECONDS: Final = 15
IDLE_SECONDS: Final = 30
COLOURS: Final = 128
SERVER_GONE: Final = (
    "WebSocket",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "No response received",
    "Streamlit server is not responding",
)
"""What a page says while its server is down: `watch.allow += SERVER_GONE`."""
DASHBOARD: Final = "import sys; from scenario_core.cli import main; main(sys.argv[1:])"

SCRIPT_FINISHED: Final = ForwardMsg.DESCRIPTOR.fields_by_name["script_finished"].number

CLOCK: Final = """
(() => {
  const desk = window.__desk = {input: 0, began: null, sent: 0, answered: 0, settled: 0, quiet: 0, state: null};
  const listened = new WeakSet();
  for (const kind of ['click', 'keydown', 'input', 'change']) {
    window.addEventListener(kind, () => { desk.input = performance.now(); }, true);
  }

  const hasField = (data, wanted) => {  // among the outermost fields of a protobuf message
    const bytes = new Uint8Array(data);
    let at = 0;
    const varint = () => {
      let value = 0, factor = 1, byte;
      do { byte = bytes[at++]; value += (byte & 127) * factor; factor *= 128; } while (byte & 128);
      return value;
    };
    while (at < bytes.length) {
      const tag = varint();
      if (Math.floor(tag / 8) === wanted) return true;
      const kind = tag % 8;
      if (kind === 0) varint();
      else if (kind === 1) at += 8;
      else if (kind === 2) { const length = varint(); at += length; }
      else if (kind === 5) at += 4;
      else return false;
    }
    return false;
  };

  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (!listened.has(this)) {
      listened.add(this);
      this.addEventListener('message', ({data}) => {
        if (data instanceof ArrayBuffer && hasField(data, SCRIPT_FINISHED)) desk.answered = performance.now();
      });
    }
    desk.sent = performance.now();
    desk.from ??= desk.input;
    desk.began ??= performance.now();
    return send.call(this, data);
  };

  new MutationObserver(() => {
    const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
    if (state !== desk.state && state === 'notRunning') desk.settled = performance.now();
    desk.state = state;
  }).observe(document, {
    subtree: true, childList: true, attributes: true, attributeFilter: ['data-test-script-state'],
  });
})();
""".replace("SCRIPT_FINISHED", str(SCRIPT_FINISHED))
"""In every page from its beginning: when the last input was, something was sent, the script ended, and the page knew.

`began` is when the first message was sent since it was last set to null. The state alone is not enough: a short
run begins and ends between two drawings of the page.
"""

IS_IDLE: Final = """
() => {
  const desk = window.__desk, now = performance.now(), app = document.querySelector('[data-testid="stApp"]');
  const busy = app?.dataset.testScriptState !== 'notRunning'
    || app.dataset.testConnectionState !== 'CONNECTED'
    || document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]') !== null
    || (desk.sent > desk.answered && now - desk.sent < 2000);
  if (busy) desk.quiet = 0; else desk.quiet ||= now;
  return !busy && now - desk.quiet > 200;
}
"""
"""Nothing runs, nothing is stale, what was sent was answered (not every message is), and all that for 200 ms."""


class Server:
    """A server in a process of its own on a free port of this machine; `restart` keeps the port."""

    def __init__(self, command: Sequence[str], folder: Path, *, health: str = "/health", **environment: str) -> None:
        """`{port}` in the command's parts stands for the port; output is appended to `server.log` in the folder."""
        self.port = _port()
        self.folder = folder
        self._command = [part.replace("{port}", str(self.port)) for part in command]
        self._health = health
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("SCENARIO_DESK_", "STREAMLIT_"))
        }
        self._environment = kept | environment
        self._process: subprocess.Popen[bytes] | ForkedDesk | None = None

    @property
    def url(self) -> str:
        """The address of the first page, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that serves now."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    @property
    def log(self) -> str:
        """All that the process has printed since the first start."""
        path = self.folder / "server.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def start(self) -> None:
        """Start it and wait until it answers."""
        if self._process is not None:
            raise RuntimeError("the server runs already")
        self._process = self._started(self._command, self._environment, self.folder / "server.log")
        until = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < until:
            with suppress(OSError):
                status, _ = self.get(self._health)
                if status == 200:
                    return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the server ended or did not answer within {START_SECONDS} s: {self.log}")

    def stop(self) -> None:
        """End it as Ctrl+C does; does nothing where it does not run."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it at once, as a crash does; does nothing where it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """End it and start it again at the same address."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End it for good: another server may have its port."""
        self.stop()
        _FREED.append(self.port)

    def _started(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes] | ForkedDesk:
        with log.open("ab") as sink:
            return subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
            )

    def headers(self, path: str) -> Message:
        """The headers of an HTTP route's answer."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            found: Message = answer.headers
            return found

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of an HTTP route."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, answer.read()


class ForkedServer(Server):
    """The dashboard, forked from a process that has loaded its libraries; the command is that of `scenario-desk`."""

    def _started(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> ForkedDesk:
        return ForkedDesk(command, environment, log)


@contextmanager
def dashboard(
    folder: Path, *, production: Path, database_url: str, is_forked: bool = True, **environment: str
) -> Iterator[Server]:
    """The real dashboard, as `scenario-desk run` starts it, until the end. Sample runs only where asked for.

    Forked, it starts in a tenth of the time; unforked, its process has loaded nothing else and shares no memory.
    """
    run = ["run", "--port", "{port}"]
    begin = ForkedServer if is_forked else Server
    server = begin(
        run if is_forked else [sys.executable, "-c", DASHBOARD, *run],
        folder,
        **{
            "SCENARIO_DESK_PRODUCTION": str(production),
            "SCENARIO_DESK_DATABASE": database_url,
            "SCENARIO_DESK_USAGE": str(folder / "usage"),
            "SCENARIO_DESK_SAMPLE_RUNS": "0",
            **environment,
        },
    )
    try:
        server.start()
        yield server
    finally:
        server.close()


class Watch:
    """Collects what goes wrong in pages: errors on the console, uncaught ones, failed requests, foreign hosts.

    What a test provokes it announces: a problem that contains a text of `allow` counts as expected.
    """

    def __init__(self) -> None:
        self.allow: list[str] = []
        self.seen: list[str] = []

    @property
    def problems(self) -> list[str]:
        """What was seen and not announced."""
        return [each for each in self.seen if not any(text in each for text in self.allow)]

    def attach(self, page: Page) -> None:
        """Watch this page from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"page error: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname != "127.0.0.1":
            self.seen.append(f"foreign host: {request.method} {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left or closed breaks its requests off
            self.seen.append(f"request failed: {request.method} {request.url}: {request.failure}")


def new_context(browser: Browser, size: Size = WIDE, scheme: Scheme = "light") -> BrowserContext:
    """A visitor without a past, the same on every machine."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="UTC",
    )
    context.add_init_script(CLOCK)
    return context


class FirstVisitor:
    """A visitor without a past whose browser has read the site's scripts before, so that pages open in half the time.

    Only one page's visitor at a time: `forget` is to be called before the next one comes.
    """

    STORED: Final = "cookies,indexeddb,local_storage,cache_storage,service_workers"

    def __init__(self, browser: Browser) -> None:
        self._context = new_context(browser)
        self._blank = self._context.new_page()
        self._devtools = self._context.new_cdp_session(self._blank)
        self._origins: set[str] = set()

    def new_page(self, size: Size, scheme: Scheme) -> Page:
        """An empty page of a size, for somebody whose system asks for these colours."""
        page = self._context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        page.on(
            "framenavigated", lambda frame: self._origins.add("{0.scheme}://{0.netloc}".format(urlsplit(frame.url)))
        )
        return page

    def forget(self) -> None:
        """Close all pages, and take out what they have stored."""
        for page in self._context.pages:
            if page is not self._blank:
                page.close()
        while self._origins:
            self._devtools.send(
                "Storage.clearDataForOrigin", {"origin": self._origins.pop(), "storageTypes": self.STORED}
            )


def visit(page: Page, url: str) -> None:
    """Open an address and wait until its script has ended."""
    page.goto(url)
    idle(page)


def idle(page: Page, *, seconds: float = IDLE_SECONDS) -> None:
    """Wait until the page's script has ended and everything that it drew is there."""
    page.wait_for_function("() => window.__desk && ((window.__desk.quiet = 0), true)")
    page.wait_for_function(IS_IDLE, timeout=seconds * 1000)


def load_seconds(page: Page, url: str) -> float:
    """From the start of the navigation until the script has ended and the page's title is to be seen."""
    page.goto(url, wait_until="commit")
    handle = page.wait_for_function(
        """() => window.__desk?.answered && window.__desk.state === 'notRunning'
            && document.querySelector('h1')?.checkVisibility() && performance.now()"""
    )
    return float(handle.json_value()) / 1000


def rerun_seconds(page: Page, interact: Callable[[Page], None]) -> float:
    """From the message that `interact` led to until the script has ended and the page shows it.

    What a widget waits before it sends, such as for a pause in typing, is not counted. The page must be idle before,
    and is idle afterwards.
    """
    page.evaluate("Object.assign(window.__desk, {began: null, sent: 0, answered: 0, settled: 0})")
    interact(page)
    page.wait_for_function("() => window.__desk.answered")
    idle(page)
    return float(page.evaluate("Math.max(window.__desk.answered, window.__desk.settled) - window.__desk.began")) / 1000


def screenshot(page: Page, name: str) -> Path:
    """Write `name`.png, made small, into the folder that SCENARIO_DESK_SCREENSHOTS names, or as it is elsewhere."""
    named = os.environ.get(SCREENSHOTS)
    folder = Path(named) if named else Path(tempfile.gettempdir()) / "scenario-desk-screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    if named:
        with Image.open(path) as picture:
            picture.quantize(COLOURS).save(path, optimize=True)
    return path


_FREED: Final[list[int]] = []
"""Ports of servers that have ended. To a browser the next one there is the same site, whose scripts it knows."""


def _port() -> int:
    """One that a server had before, if nobody has taken it since, or any that is free."""
    with socket.socket() as probe:
        if _FREED:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", freed := _FREED.pop()))
                return freed
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
