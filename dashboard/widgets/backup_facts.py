"""What is found inside backups, kept for as long as the files stay as they are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import streamlit as st

from dashboard import sides
from dashboard.backup_rows import Facts
from scenario_core.errors import ScenarioDeskError
from scenario_core.production import Backup
from scenario_core.production import backups as production_backups
from scenario_core.production.backups import BackupFile
from scenario_core.stewardship import audit_log, backups
from scenario_core.stewardship.audit_log import AuditFilter
from scenario_core.stewardship.backups import Reason
from scenario_core.stewardship.restoring import APPROVE

__all__ = ["approval", "find_out", "known"]

SECONDS_A_RUN: Final = 0.4
SMALL: Final = 4_000_000
MOST_KEPT: Final = 5_000
_Key = tuple[str, tuple[int, ...], tuple[int, ...] | None]


def known(file: BackupFile, former: BackupFile | None) -> Facts | None:
    """What was found inside a backup; None while nobody has looked."""
    return _kept().get(_key(file, former))


def find_out(pairs: Sequence[tuple[BackupFile, BackupFile | None]], *, first_paint: bool) -> bool:
    """Look into backups for a moment; returns whether there is more to look into.

    Args:
        pairs: each backup with the one before it.
        first_paint: whether somebody waits for the page: then large files are left for later.
    """
    until = time.monotonic() + SECONDS_A_RUN
    waiting = [pair for pair in pairs if known(*pair) is None]
    for number, (file, former) in enumerate(waiting):
        is_large = file.size + (former.size if former else 0) > SMALL
        if (first_paint and is_large) or (number and time.monotonic() > until):
            return True
        kept = _kept()
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[_key(file, former)] = _found(file, former)
    return False


def approval(facts: Facts | None) -> Reason | None:
    """Who approved the baseline, as far as the audit log says."""
    wanted = AuditFilter(operation=APPROVE)
    try:
        latest = next(iter(audit_log.entries(sides.steward(), wanted, limit=1)), None)
    except ScenarioDeskError:
        return None
    if latest is None or facts is None or latest.detail.get("after_sha256") != facts.hash:
        return None
    return Reason(latest.operation, latest.actor_id)


def _found(file: BackupFile, former: BackupFile | None) -> Facts:
    found = production_backups.examine(file)
    return Facts(found.problem, _change(found, file, former), found.sha256)


def _change(found: Backup, file: BackupFile, former: BackupFile | None) -> str:
    if found.problem:
        return "can't be told"
    if former is None:
        return "the oldest one"
    if former.hash and found.sha256.startswith(former.hash):
        return "no differences"
    said = backups.change_since(sides.steward(), file, former)
    return "the former one is damaged" if said.startswith(f"The backup {former.name} can't") else said


def _key(file: BackupFile, former: BackupFile | None) -> _Key:
    return file.name, file.stamp, former.stamp if former else None


@st.cache_resource(show_spinner=False)
def _kept() -> dict[_Key, Facts]:
    return {}
