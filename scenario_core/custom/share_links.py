"""Links by which anybody reads one private scenario, and nothing else, until its owner takes the link back.

Only a hash of what stands in the link is stored: whoever reads the database can't open it.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from scenario_core.custom import audit, records
from scenario_core.custom.access import Access
from scenario_core.custom.columns import now
from scenario_core.custom.share_link_tables import SHARE_LINKS
from scenario_core.errors import Fault, InvalidScenarioError, ScenarioNotFoundError
from scenario_core.people import Operation
from scenario_core.scenario import ConversationScenario, Store

MOST_LINKS: Final = 20
LONGEST_DAYS: Final = 3_650
_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link. `expires_at` is None for one that stays until it is taken back."""

    link_id: str
    scenario_id: str
    owner_id: int
    created_at: datetime
    expires_at: datetime | None


class ShareLinks:
    """The read-only links of owners, through `ScenarioBuilderService.share_links`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def create(self, scenario_id: str, user_id: int, *, days: int | None = None) -> tuple[ShareLink, str]:
        """(a new link, the token that stands in it); the token is never told again.

        Raises:
            InvalidScenarioError: the days are not 1 to 3,650, or the scenario has 20 links already.
        """
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise InvalidScenarioError([Fault("/days", f"1 to {LONGEST_DAYS:,} days", f"{days}")])
        with self._access.writing() as connection:
            self._access.scenario(connection, scenario_id, user_id, Operation.SHARE, lock=True)
            held = sa.select(sa.func.count()).where(SHARE_LINKS.c.scenario_id == scenario_id)
            if (connection.scalar(held) or 0) >= MOST_LINKS:
                fault = Fault("/links", f"at most {MOST_LINKS} links to a scenario", f"{MOST_LINKS}")
                raise InvalidScenarioError([fault], hint="Take one back first.")
            token, moment = secrets.token_urlsafe(_BYTES), now()
            until = None if days is None else moment + timedelta(days=days)
            made = ShareLink(str(uuid.uuid4()), scenario_id, user_id, moment, until)
            values = {name: getattr(made, name) for name in ShareLink.__slots__}
            connection.execute(sa.insert(SHARE_LINKS).values(**values, token_hash=_hash(token)))
            audit.write(connection, user_id, "create_link", Store.CUSTOM, scenario_id)
        return made, token

    def list(self, scenario_id: str, user_id: int) -> list[ShareLink]:
        """The links to a scenario, the latest first; those that have expired are among them."""
        columns = [SHARE_LINKS.c[name] for name in ShareLink.__slots__]
        query = sa.select(*columns).where(SHARE_LINKS.c.scenario_id == scenario_id)
        with self._access.reading() as connection:
            self._access.scenario(connection, scenario_id, user_id, Operation.SHARE)
            rows = connection.execute(query.order_by(SHARE_LINKS.c.created_at.desc())).mappings()
            return [ShareLink(**row) for row in rows]

    def revoke(self, link_id: str, user_id: int) -> None:
        """Take a link back; it opens nothing from now on.

        Raises:
            ScenarioNotFoundError: the person has no such link.
        """
        with self._access.writing() as connection:
            query = sa.select(SHARE_LINKS.c.scenario_id).where(SHARE_LINKS.c.link_id == link_id)
            scenario_id = connection.scalar(query)
            if scenario_id is None:
                raise ScenarioNotFoundError(link_id, hint="The link may have been taken back in another tab.")
            self._access.scenario(connection, scenario_id, user_id, Operation.SHARE)
            connection.execute(sa.delete(SHARE_LINKS).where(SHARE_LINKS.c.link_id == link_id))
            audit.write(connection, user_id, "revoke_link", Store.CUSTOM, scenario_id)

    def open(self, token: str) -> ConversationScenario:
        """What a link shows, whoever asks: the scenario as it is now.

        Raises:
            ScenarioNotFoundError: there is no such link any more, or its scenario is gone or somebody else's by now.
        """
        with self._access.reading() as connection:
            query = sa.select(SHARE_LINKS).where(SHARE_LINKS.c.token_hash == _hash(token))
            row = connection.execute(query).mappings().first()
            is_open = row is not None and (row["expires_at"] is None or row["expires_at"] > now())
            found = records.find(connection, row["scenario_id"]) if row is not None and is_open else None
            if row is None or found is None or found[1].owner_id != row["owner_id"]:
                raise ScenarioNotFoundError("of this link", hint="Its owner may have taken it back.")
            return found[1].scenario


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
