"""The Chromium that browser tests drive: found on this machine, or installed where that is possible without asking.

Playwright's own download is not used: the system's browser gets the system's updates, and needs no second index.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tests.packages import apt_get, found_or_installed, may_install

VARIABLE: Final = "SCENARIO_DESK_CHROMIUM"
NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PACKAGE: Final = "chromium-headless-shell"
ARGUMENTS: Final = (
    "--no-sandbox",  # root, as in most containers, can't have the sandbox; only pages of this project are opened
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class ChromiumMissingError(Exception):
    """There is no Chromium, and it can't be installed from here; the message says what to do."""


def find_chromium() -> Path | None:
    """The browser that the variable names, or the first one on the PATH.

    Raises:
        ChromiumMissingError: the variable names a file that can't be started.
    """
    if named := os.environ.get(VARIABLE):
        found = shutil.which(named)
        if found is None:
            raise ChromiumMissingError(f"{VARIABLE} names {named!r}, which is not a program that can be started")
        return Path(found)
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def chromium() -> Path:
    """The browser's program, installed first where there is none and the system lets us.

    Raises:
        ChromiumMissingError: there is none, and it can't be installed.
    """
    if found := find_chromium():
        return found
    if not may_install():
        raise ChromiumMissingError(
            f"no Chromium: none of {', '.join(NAMES)} is on the PATH. Install one (Debian: apt-get install {PACKAGE}; "
            f"Ubuntu, Fedora, Arch, macOS: Chromium or Google Chrome), or name its program in {VARIABLE}"
        )
    return found_or_installed(find_chromium, _install)


@contextmanager
def launched() -> Iterator[Browser]:
    """A running browser, ended at the end.

    Raises:
        ChromiumMissingError: there is none, and it can't be installed.
    """
    program = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def _install() -> Path:
    sys.stderr.write(f"No Chromium found: installing the package {PACKAGE} with apt-get, once.\n")
    sys.stderr.flush()
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", PACKAGE]):
        done = apt_get(*arguments)
        if done.returncode:
            raise ChromiumMissingError(
                f"no Chromium, and {' '.join(['apt-get', *arguments])!r} ended with {done.returncode}: "
                f"{done.stdout[-2_000:]} "
                f"Install Chromium or Google Chrome by hand, or name its program in {VARIABLE}"
            )
    if found := find_chromium():
        return found
    raise ChromiumMissingError(f"apt-get installed {PACKAGE}, but none of {', '.join(NAMES)} is on the PATH")
