"""The sides of a comparison: read as the person who looks, and held, so that a click does not read 50 MB again."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from dashboard import state, wiring
from dashboard.comparison import Comparison
from dashboard.state_names import kind_of
from scenario_core.errors import BackupError, InvalidQueryError
from scenario_core.people import Operation
from scenario_core.stewardship import states
from scenario_core.stewardship.states import State
from scenario_core.stewardship.steward import Steward

__all__ = ["compared", "held_file", "hold_file", "read", "steward"]

MIRROR_SECONDS: Final = 5
_HELD: Final = "compared_file"


def steward() -> Steward:
    """The person who looks, at the desk."""
    return Steward(wiring.desk(), state.me())


def held_file() -> State | None:
    """The file that was uploaded in this session."""
    owner, found = st.session_state.get(_HELD, (None, None))
    return found if owner == state.user_id() else None


def hold_file(name: str, data: bytes) -> None:
    """Keep an uploaded file for this session.

    Raises:
        ProductionUnreadableError: it holds no records.
    """
    st.session_state[_HELD] = (state.user_id(), State.of_file(name, data))


def read(name: str) -> State:
    """The state with this name; see `states.read` for what it raises."""
    by = steward()
    match kind_of(name):
        case "file":
            found = held_file()
            if found is None:
                raise InvalidQueryError("No file is held in this session.", hint="Choose the file again.")
            return found
        case "production" | "backup" | "kept" | "mirror":
            by.require(Operation.CHECK)
            return _read(name, _stamp(by, name), by)
        case _:
            return states.read(by, name)


def compared(old: str, new: str) -> Comparison:
    """Two states and their difference; see `read` and `states.compare` for what it raises."""
    before, after = read(old), read(new)
    key = (before.revision, before.scenario_id, after.revision, after.scenario_id)
    return _compared(key, before, after)


def _stamp(by: Steward, name: str) -> object:
    """What moves when the state does."""
    production = by.desk.production
    match kind_of(name):
        case "production":
            stat = production.path.stat() if production.path.exists() else None
            return stat and (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)
        case "mirror":
            return production.revision, time.monotonic() // MIRROR_SECONDS
        case kind:
            wanted = (file for file in production.backup_files() if _is_named(name, kind, file.name, file.kind))
            found = next(wanted, None)
            if found is None:
                raise BackupError(f"There is no backup {name}.", hint="The page Backups lists those that there are.")
            return found.stamp


def _is_named(wanted: str, kind: str, name: str, file_kind: str) -> bool:
    return file_kind == "baseline" if kind == "backup" else name == wanted


@st.cache_resource(max_entries=6, show_spinner=False)
def _read(name: str, stamp: object, _by: Steward) -> State:
    del stamp
    return states.read(_by, name)


@st.cache_resource(max_entries=6, show_spinner="Comparing")
def _compared(key: object, _old: State, _new: State) -> Comparison:
    del key
    return Comparison.of(_old, _new)
