"""What every file of a figure says of itself: which runs it is of, and when it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from dashboard.charts.figure import Figure
from scenario_core.usage.filters import Mark, UsageFilter
from scenario_core.usage.measures import Measure
from scenario_core.usage.wording import about_filter, mark_words

__all__ = ["About"]


@dataclass(frozen=True, slots=True)
class About:
    """The filter in sentences, and when and of how much a figure was made.

    Attributes:
        filters: Period, comparison, sources, filters and time zone: what each is called, and what it is.
        picked: What is picked in a chart, in words; empty where nothing is.
        made_at: When it was made, in the time zone.
        counted: How many runs, or learners where it counts those.
        notes: What must be known to read it, in sentences.
        is_sample: Whether the runs are made up.
    """

    filters: tuple[tuple[str, str], ...]
    picked: str
    made_at: datetime
    counted: int
    notes: tuple[str, ...] = ()
    is_sample: bool = False

    @classmethod
    def of(
        cls,
        figure: Figure,
        measure: Measure,
        chosen: UsageFilter,
        moment: datetime,
        zone: str,
        *,
        picked: Mark | None = None,
        titles: Mapping[str, str] | None = None,
    ) -> Self:
        """What the files of a figure say, where `chosen` is the filter that its measure was asked with.

        `titles` name scenarios for people, as `View.titles` does.
        """
        return cls(
            tuple(about_filter(chosen, zone, titles)),
            mark_words(picked, titles),
            moment.astimezone(ZoneInfo(zone)).replace(microsecond=0),
            measure.n,
            figure.notes,
            chosen.is_sample,
        )

    def pairs(self, figure: Figure) -> list[tuple[str, str]]:
        """What there is to say of the rows of a figure: what it is called, and what it is."""
        return [
            ("Figure", figure.title),
            *self.filters,
            *([("Picked", self.picked)] if self.picked else []),
            ("Made at", self.made_at.isoformat(" ")),
            ("Counted", f"{self.counted:,}"),
            *(("Note", note) for note in self.notes),
        ]
