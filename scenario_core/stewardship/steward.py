"""Who acts, on what: every function of this package starts from it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Self

from scenario_core.bootstrap import Desk
from scenario_core.custom import audit
from scenario_core.custom.engine import translated_errors
from scenario_core.errors import DatabaseError
from scenario_core.people import Operation, Person, require
from scenario_core.scenario import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Steward:
    """A person at the desk."""

    desk: Desk
    person: Person

    @classmethod
    def configured(cls, desk: Desk) -> Self:
        """The person whom the settings name."""
        return cls(desk, desk.directory.person(desk.settings.user))

    @property
    def user_id(self) -> int:
        """The person's number."""
        return self.person.user_id

    def require(self, operation: Operation) -> None:
        """Ask the policy; see `people.require` for what it raises."""
        require(self.person, operation)

    def log(self, operation: str, scenario_id: str | None = None, **detail: Any) -> None:
        """Add one entry to the audit log; see `log_all`."""
        self.log_all(operation, [(scenario_id, detail)])

    def log_all(self, operation: str, subjects: list[tuple[str | None, dict[str, Any] | None]]) -> None:
        """Add to the audit log what was done to production: (scenario id, detail) of each entry.

        Production works without a database, so an entry that can't be written is logged and not an error.
        """
        try:
            with translated_errors(), self.desk.engine.begin() as connection:
                audit.write_all(connection, self.user_id, operation, Store.PRODUCTION, subjects)
        except DatabaseError as error:
            logger.warning("not in the audit log: %s by user %s: %s", operation, self.user_id, error)
