"""The Java runtime that Spark needs: found on this machine, or installed where that is possible without asking."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.packages import apt_get, found_or_installed, may_install

VARIABLE: Final = "JAVA_HOME"
OLDEST: Final = 17
"""The oldest version that Spark 4 runs on."""
PACKAGES: Final = ("openjdk-17-jre-headless", "openjdk-21-jre-headless")
"""Debian 12 and Ubuntu have the first, Debian 13 has the second."""
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
    if not may_install():
        raise JavaMissingError(
            f"no Java of version {OLDEST} or later is on the PATH. Install one (Debian, Ubuntu: apt-get install "
            f"{PACKAGES[0]}; Fedora, Arch, macOS: any OpenJDK), or name its folder in {VARIABLE}"
        )
    return found_or_installed(find_java, _install)


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


def _install() -> Path:
    sys.stderr.write(f"No Java found: installing {' or '.join(PACKAGES)} with apt-get, once.\n")
    sys.stderr.flush()
    apt_get("update")
    said = [
        apt_get("install", "-y", "--no-install-recommends", package).stdout for package in PACKAGES if not find_java()
    ]
    if found := find_java():
        return found
    raise JavaMissingError(
        f"no Java, and apt-get could not install one: {' '.join(said)[-2_000:]} "
        f"Install an OpenJDK of version {OLDEST} or later by hand, or name its folder in {VARIABLE}"
    )
