"""A figure: one measure as a chart, with the same in words, and what to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from scenario_core.usage.filters import Mark

__all__ = ["NOTHING", "Figure", "percent", "records", "said", "unlike"]

NOTHING: Final = "\N{EN DASH}"
"""Stands where there is no figure."""


@dataclass(frozen=True)
class Figure:
    """What one figure shows.

    Attributes:
        name: Names it in addresses and files.
        title: Names it for people.
        frame: The rows that are drawn: what its files hold.
        chart: The chart of exactly these rows; None where there is nothing to draw.
        text: What it shows, in words.
        notes: What must be known to read it, in sentences: how many were counted, what was left out and why.
        marks: What can be picked in it, by what people call it.
        picks: The columns by which a mark is told.
    """

    name: str
    title: str
    frame: pd.DataFrame
    chart: Any
    text: str
    notes: tuple[str, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)
    picks: tuple[str, ...] = ()

    def mark_of(self, picked: Mapping[str, Any]) -> Mark | None:
        """The mark whose row holds these values, as a browser sends them; None if there is none."""
        for label, mark in self.marks.items():
            row = self.rows.get(label, {})
            if all(str(row.get(name)) == str(value) for name, value in picked.items() if name in self.picks):
                return mark
        return None

    @property
    def rows(self) -> Mapping[str, Mapping[str, Any]]:
        """The values by which each mark is told, by what people call it."""
        if not self.picks:
            return {}
        return dict(zip(self.marks, records(self.frame[list(self.picks)]), strict=False))


def percent(share: Any, digits: int = 0) -> str:
    """A share as people read it; a dash where there is none."""
    return NOTHING if pd.isna(share) else f"{100 * float(share):.{digits}f} %"


def said(left_out: Mapping[str, int]) -> tuple[str, ...]:
    """What was left out, in sentences."""
    return tuple(f"Left out: {count:,} {reason}." for reason, count in left_out.items())


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, each by the names of its columns."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def unlike(frame: pd.DataFrame, title: str, key: str) -> list[str]:
    """The titles of rows, and behind those that are not the only one of their kind what tells them apart."""
    more = frame[title].duplicated(keep=False)
    return [
        f"{name} ({own})" if twice else str(name)
        for name, own, twice in zip(frame[title], frame[key], more, strict=True)
    ]
