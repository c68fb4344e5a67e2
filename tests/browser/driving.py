"""What browser tests drive: watched pages in Chromium."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

Scheme = Literal["light", "dark"]
Size = tuple[int, int]

WIDE: Final[Size] = (1280, 900)
NARROW: Final[Size] = (390, 844)
SCREENSHOTS: Final = "SCENARIO_DESK_SCREENSHOTS"
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
    """Write `name`.png into the folder that SCENARIO_DESK_SCREENSHOTS names, or a temporary one."""
    named = os.environ.get(SCREENSHOTS)
    folder = Path(named) if named else Path(tempfile.gettempdir()) / "scenario-desk-screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as picture:
        picture.quantize(COLOURS).save(path, optimize=True)
    return path


def axe(page: Page, *, without_rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds of serious or critical impact, one text a rule with its first elements."""
    options = {"resultTypes": ["violations"], "rules": {name: {"enabled": False} for name in without_rules}}
    response: dict[str, Any] = Axe().run(page, options=options).response
    found: list[dict[str, Any]] = response["violations"]
    return [_described(each) for each in found if each["impact"] in {"serious", "critical"}]


def _described(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    shown = [f"  {' '.join(map(str, node['target']))}: {_reason(node)} {node['html'][:160]}" for node in nodes[:5]]
    more = [f"  and {len(nodes) - 5} more"] if len(nodes) > 5 else []
    return "\n".join([f"{violation['id']} ({violation['impact']}): {violation['help']}", *shown, *more])


def _reason(node: dict[str, Any]) -> str:
    checks = [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
    return checks[0] if checks else ""
