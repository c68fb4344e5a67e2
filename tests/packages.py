"""Programs that tests need, installed from the system's packages where that is possible without asking."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from filelock import FileLock

SECONDS: Final = 600
_Found = TypeVar("_Found")


def may_install() -> bool:
    """Whether this system lets us."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def found_or_installed(find: Callable[[], _Found | None], install: Callable[[], _Found]) -> _Found:
    """What is found once whoever is installing something has done so; installed where there is still none."""
    with FileLock(Path(tempfile.gettempdir()) / "scenario-desk-packages.lock", timeout=2 * SECONDS):
        return find() or install()


def apt_get(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run apt-get to its end; what it said is in `stdout`."""
    return subprocess.run(
        [shutil.which("apt-get") or "apt-get", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        timeout=SECONDS,
    )
