"""The Chromium that browser tests drive: found on this machine, or installed where that is possible without asking.

Playwright's own download is not used: the system's browser gets the system's updates, and needs no second index.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

VARIABLE: Final = "SCENARIO_DESK_CHROMIUM"
NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PACKAGE: Final = "chromium-headless-shell"
INSTALL_SECONDS: Final = 600
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
    if not _may_install():
        raise ChromiumMissingError(
            f"no Chromium: none of {', '.join(NAMES)} is on the PATH. Install one (Debian: apt-get install {PACKAGE}; "
            f"Ubuntu, Fedora, Arch, macOS: Chromium or Google Chrome), or name its program in {VARIABLE}"
        )
    with FileLock(Path(tempfile.gettempdir()) / "scenario-desk-chromium.lock", timeout=INSTALL_SECONDS):
        return find_chromium() or _install()  # another worker may have done it meanwhile


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


def _may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install() -> Path:
    sys.stderr.write(f"No Chromium found: installing the package {PACKAGE} with apt-get, once.\n")
    sys.stderr.flush()
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", PACKAGE]):
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=INSTALL_SECONDS,
        )
        if done.returncode:
            raise ChromiumMissingError(
                f"no Chromium, and {' '.join(command)!r} ended with {done.returncode}: {done.stdout[-2_000:]} "
                f"Install Chromium or Google Chrome by hand, or name its program in {VARIABLE}"
            )
    if found := find_chromium():
        return found
    raise ChromiumMissingError(f"apt-get installed {PACKAGE}, but none of {', '.join(NAMES)} is on the PATH")
