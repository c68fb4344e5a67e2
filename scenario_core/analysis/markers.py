"""What happened to scenarios on the days that usage is looked at: edits, shares, and notes of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.custom.tables import AUDIT
from scenario_core.people import Person
from scenario_core.usage.notes import notes
from scenario_core.usage.period import Period, start_of
from scenario_core.usage.view import View

Kind = Literal["Edit", "Share", "Note"]
MOST: Final = 200
"""How many markers there are at most, the latest; more would cover the chart."""
_AT_ONCE: Final = 10_000
"""How many scenarios one question names; databases allow some ten thousand."""
_ROWS: Final = 500
_KINDS: Final[dict[str, Kind]] = {
    "update": "Edit",
    "restore_revision": "Edit",
    "restore": "Edit",
    "edited_outside": "Edit",
    "restore_backup": "Edit",
    "share": "Share",
    "unshare": "Share",
}
_WORDS: Final = {"share": "shared", "unshare": "made private"}


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened on a day in the settings' time zone."""

    day: date
    kind: Kind
    text: str


def markers(desk: Desk, person: Person, view: View) -> list[Marker]:
    """The edits and shares of the scenarios that the view shows, and the person's notes, in the chosen period.

    Raises:
        DatabaseError: the database does not answer.
    """
    listed = view.scenarios[view.scenarios["listed"]]
    titles = dict(zip(listed["scenario"], listed["title"], strict=True))
    period = view.chosen.period
    found = [Marker(note.on_day, "Note", note.text) for note in notes(desk.engine, person, period)]
    found += _changes(desk, period, titles, view.zone)
    return sorted(found, key=lambda marker: (marker.day, marker.kind, marker.text))[-MOST:]


def _changes(desk: Desk, period: Period, titles: dict[str, str], zone: str) -> list[Marker]:
    """One marker for each day, scenario and kind of change, however often it was changed that day; the latest ones."""
    query = sa.select(AUDIT.c.at, AUDIT.c.operation, AUDIT.c.scenario_id).where(
        AUDIT.c.at >= start_of(period.first, zone),
        AUDIT.c.at < start_of(period.last + timedelta(days=1), zone),
        AUDIT.c.operation.in_(_KINDS),
    )
    names, found = sorted(titles), set[tuple[date, Kind, str]]()
    with translated_errors(), desk.engine.connect().execution_options(**READ_ONLY) as connection:
        for start in range(0, len(names), _AT_ONCE):
            part = query.where(AUDIT.c.scenario_id.in_(names[start : start + _AT_ONCE]))
            found |= _latest(connection, part.order_by(AUDIT.c.id.desc()), titles, zone)
    return [Marker(*each) for each in found]


def _latest(
    connection: sa.Connection,
    query: sa.Select[datetime | None, str, str | None],
    titles: dict[str, str],
    zone: str,
) -> set[tuple[date, Kind, str]]:
    """What the latest changes are told as, until there is as much as a chart can show."""
    found: set[tuple[date, Kind, str]] = set()
    with connection.execute(query.execution_options(yield_per=_ROWS)) as rows:
        for at, operation, name in rows:
            if at is None:  # another program wrote what is no moment
                continue
            said = f"{titles[name or '']}: {_WORDS.get(operation, 'changed')}"
            found.add((at.astimezone(ZoneInfo(zone)).date(), _KINDS[operation], said))
            if len(found) >= MOST:
                break
    return found
