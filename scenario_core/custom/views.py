"""Saved views: a name for an address of a page, private or shared with everyone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from scenario_core.custom.access import Access
from scenario_core.custom.columns import now
from scenario_core.custom.tables import VIEWS
from scenario_core.errors import Fault, InvalidScenarioError, ScenarioNotFoundError

LONGEST_NAME: Final = 100
LONGEST_QUERY: Final = 4_000
CATALOGUE: Final = "catalogue"
USAGE: Final = "usage"
"""The pages whose addresses can be kept."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view; `query` is the query string of its address."""

    view_id: str
    owner_id: int
    name: str
    query: str
    is_shared: bool
    updated_at: datetime
    page: str = CATALOGUE


class Views:
    """The views of people, through `ScenarioBuilderService.views`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def list(self, user_id: int, page: str = CATALOGUE) -> list[SavedView]:
        """The person's own views of a page, then those that others share, each by name."""
        seen = sa.or_(VIEWS.c.owner_id == user_id, VIEWS.c.is_shared)
        query = sa.select(VIEWS).where(seen, VIEWS.c.page == page)
        with self._access.reading() as connection:
            found = [SavedView(**row) for row in connection.execute(query).mappings()]
        return sorted(found, key=lambda view: (view.owner_id != user_id, view.name.casefold(), view.view_id))

    def save(self, user_id: int, name: str, query: str, *, is_shared: bool = False, page: str = CATALOGUE) -> SavedView:
        """Keep a view under a name; the person's view of the same name is replaced, whatever page it was of.

        Raises:
            InvalidScenarioError: the name is empty or too long, or the address is too long.
        """
        name = " ".join(name.split())
        _require_fitting(name, query)
        with self._access.writing() as connection:
            mine = sa.and_(VIEWS.c.owner_id == user_id, VIEWS.c.name == name)
            held = connection.execute(sa.select(VIEWS.c.view_id).where(mine).with_for_update()).scalar()
            view = SavedView(held or str(uuid.uuid4()), user_id, name, query, is_shared, now(), page)
            values = {field: getattr(view, field) for field in SavedView.__slots__}
            write = sa.update(VIEWS).where(mine).values(**values) if held else sa.insert(VIEWS).values(**values)
            connection.execute(write)
        return view

    def delete(self, view_id: str, user_id: int) -> SavedView:
        """Delete a view and return it, so that `save` can bring it back.

        Raises:
            ScenarioNotFoundError: the person has no such view.
        """
        with self._access.writing() as connection:
            query = sa.select(VIEWS).where(VIEWS.c.view_id == view_id, VIEWS.c.owner_id == user_id)
            row = connection.execute(query.with_for_update()).mappings().first()
            if row is None:
                raise ScenarioNotFoundError(view_id, hint="The view may have been deleted in another tab.")
            connection.execute(sa.delete(VIEWS).where(VIEWS.c.view_id == view_id))
            return SavedView(**row)


def _require_fitting(name: str, query: str) -> None:
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidScenarioError([Fault("/name", f"1 to {LONGEST_NAME} characters", repr(name))])
    if len(query) > LONGEST_QUERY:
        raise InvalidScenarioError([Fault("/query", f"at most {LONGEST_QUERY} characters", f"{len(query)}")])
