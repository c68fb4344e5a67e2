"""Which backups can be used, remembered for as long as their files stay the same: large ones take long to read."""

from __future__ import annotations

import threading
from typing import Final

from scenario_core.production import Backup, backups
from scenario_core.production.backups import BackupFile

MOST: Final = 1000
_known: Final[dict[BackupFile, Backup]] = {}
_lock: Final = threading.Lock()


def examined(file: BackupFile) -> Backup:
    """What `backups.examine` says of a file, which tells one state of it from another.

    One that could not be opened is tried again the next time: that may have nothing to do with the file.
    """
    with _lock:
        known = _known.get(file)
    if known is not None:
        return known
    backup = backups.examine(file)
    if backup.sha256:
        with _lock:
            while len(_known) >= MOST:
                del _known[next(iter(_known))]
            _known[file] = backup
    return backup
