"""The Java runtime that Spark needs: found on this machine, or installed where that is possible without asking."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from filelock import FileLock

VARIABLE: Final = "JAVA_HOME"
OLDEST: Final = 17
"""The oldest version that Spark 4 runs on."""
PACKAGES: Final = ("openjdk-17-jre-headless", "openjdk-21-jre-headless")
"""Debian 12 and Ubuntu have the first, Debian 13 has the second."""
INSTALL_SECONDS: Final = 600
ANSWER_SECONDS: Final = 60


class JavaMissingError(Exception):
    """There is no suitable Java, and it can't be installed from here; the message says what to do."""


def find_java() -> Path | None:
    """The program in the folder that the variable names, or the one on the PATH; None where it is missing or too old.

    Raises:
        JavaMissingError: the variable names a folder without a Java that is new enough.
    """
    if home := os.environ.get(VARIABLE):
        program = Path(home) / "bin" / "java"
        if _version(program) < OLDEST:
            raise JavaMissingError(f"{VARIABLE} names {home!r}, where bin/java is no Java of version {OLDEST} or later")
        return program
    found = shutil.which("java")
    return Path(found) if found and _version(Path(found)) >= OLDEST else None


def java() -> Path:
    """Java's program, installed first where there is none and the system lets us.

    Raises:
        JavaMissingError: there is none that is new enough, and it can't be installed.
    """
    if found := find_java():
        return found
    if not _may_install():
        raise JavaMissingError(
            f"no Java of version {OLDEST} or later is on the PATH. Install one (Debian, Ubuntu: apt-get install "
            f"{PACKAGES[0]}; Fedora, Arch, macOS: any OpenJDK), or name its folder in {VARIABLE}"
        )
    with FileLock(Path(tempfile.gettempdir()) / "scenario-desk-java.lock", timeout=INSTALL_SECONDS):
        return find_java() or _install()  # another worker may have done it meanwhile


def _version(program: Path) -> int:
    """The major version; 0 where it can't be started or does not say."""
    try:
        said = subprocess.run(
            [str(program), "-version"], capture_output=True, text=True, check=False, timeout=ANSWER_SECONDS
        )
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', said.stderr)
    return int(found[1]) if found and said.returncode == 0 else 0


def _may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install() -> Path:
    sys.stderr.write(f"No Java found: installing {' or '.join(PACKAGES)} with apt-get, once.\n")
    sys.stderr.flush()
    _apt_get("update")
    said = [_apt_get("install", "-y", "--no-install-recommends", package) for package in PACKAGES if not find_java()]
    if found := find_java():
        return found
    raise JavaMissingError(
        f"no Java, and apt-get could not install one: {' '.join(said)[-2_000:]} "
        f"Install an OpenJDK of version {OLDEST} or later by hand, or name its folder in {VARIABLE}"
    )


def _apt_get(*arguments: str) -> str:
    """What apt-get said; whether it helped, the search for the program tells."""
    done = subprocess.run(
        [shutil.which("apt-get") or "apt-get", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        timeout=INSTALL_SECONDS,
    )
    return done.stdout
