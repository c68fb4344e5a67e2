"""What the content checks found in one state of one scenario, kept so that only what changed is looked at again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Any, Final, Protocol

import orjson
import sqlalchemy as sa

from scenario_core.custom import bulk, schema
from scenario_core.custom.check_tables import CHECK_RESULTS
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.errors import DatabaseError

Result = dict[str, Any]
_LIBRARIES: Final = ("rapidfuzz", "simplemma", "wordfreq")
_BATCH: Final = 500


class Results(Protocol):
    """Where results are kept, by the digest of the scenario's content."""

    def read(self) -> Mapping[str, Result]:
        """Everything that is kept and still holds."""
        ...

    def keep(self, fresh: Mapping[str, Result], gone: set[str]) -> None:
        """Keep what was found, and forget the digests that are gone."""
        ...


class NoResults:
    """Keeps nothing."""

    def read(self) -> Mapping[str, Result]:
        """Nothing."""
        return {}

    def keep(self, fresh: Mapping[str, Result], gone: set[str]) -> None:
        """Do nothing."""
        del fresh, gone


class StoredResults:
    """Keeps results in the database. Where that fails they are found again next time: nothing depends on them."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def read(self) -> Mapping[str, Result]:
        """What was kept by these very checks."""
        query = sa.select(CHECK_RESULTS.c.digest, CHECK_RESULTS.c.result).where(CHECK_RESULTS.c.engine == engine())
        try:
            with translated_errors(), self._database.connect().execution_options(**READ_ONLY) as connection:
                return {digest: _from_text(result) for digest, result in connection.execute(query).all()}
        except (DatabaseError, ValueError):
            return {}

    def keep(self, fresh: Mapping[str, Result], gone: set[str]) -> None:
        """Replace what other versions of the checks had kept under the same digests."""
        if not (fresh or gone):
            return
        rows = [{"digest": digest, "engine": engine(), "result": _as_text(result)} for digest, result in fresh.items()]
        old = [{"old": digest} for digest in (*fresh, *gone)]
        try:
            with translated_errors(), self._database.begin() as connection:
                schema.require_current(connection)
                connection.execute(sa.delete(CHECK_RESULTS).where(CHECK_RESULTS.c.digest == sa.bindparam("old")), old)
                for start in range(0, len(rows), _BATCH):
                    bulk.insert(connection, CHECK_RESULTS, rows[start : start + _BATCH])
        except DatabaseError:
            return


def _as_text(result: Result) -> str:
    """As JSON; half a surrogate pair, which no database holds, stands as its escape."""
    return json.dumps(result, ensure_ascii=True, separators=(",", ":"))


def _from_text(text: str) -> Result:
    try:
        found: Result = orjson.loads(text)
    except ValueError:
        found = json.loads(text)
    return found


@cache
def engine() -> str:
    """What tells these checks from every other version of them: their sources, and the versions of what they use."""
    made = hashlib.blake2b(digest_size=16)
    for library in _LIBRARIES:
        made.update(f"{library} {metadata.version(library)}\n".encode())
    package = resources.files(__package__)
    for place in (package / "checks", resources.files("scenario_core.language"), package):
        for name, source in _sources(place, within=place is not package):
            made.update(name.encode() + source)
    return made.hexdigest()


def _sources(folder: Traversable, *, within: bool) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each Python file of a folder, and of the folders within it, in the order of their names."""
    for item in sorted(folder.iterdir(), key=lambda each: each.name):
        if item.name.endswith(".py"):
            yield item.name, item.read_bytes()
        elif within and item.is_dir():
            yield from _sources(item, within=True)
