"""The scenarios with differences, as the list component draws them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from dashboard.comparison import Row

__all__ = ["KINDS", "listing_data"]

KINDS: Final = {"added": "Added", "removed": "Removed", "changed": "Changed", "moved": "Moved"}
_SIGNS: Final = {"added": "+", "removed": "\N{MINUS SIGN}", "changed": "~", "moved": "↕"}


def listing_data(
    rows: Iterable[Row],
    address: Callable[[str], Mapping[str, Sequence[str]]],
    *,
    ticked: Collection[str] | None,
    carried: Mapping[str, str],
) -> dict[str, Any]:
    """The data of `components.listing`.

    Args:
        rows: what to list.
        address: the parameters of the address that shows one scenario.
        ticked: the ids that are ticked; None makes a list without boxes.
        carried: parameters that every link carries.
    """
    return {
        "label": "Scenarios with differences",
        "layout": "table",
        "selectable": ticked is not None,
        "sortable": False,
        "sort": None,
        "descending": False,
        "columns": [
            {"key": "what", "label": "What happened", "sortable": False, "numeric": False},
            {"key": "fact", "label": "Changes", "sortable": False, "numeric": False},
            {"key": "id", "label": "Id", "sortable": False, "numeric": False},
        ],
        "rows": [
            {
                "id": row.scenario_id,
                "href": f"compare?{urlencode({**address(row.scenario_id), **carried}, doseq=True)}",
                "title": row.title,
                "lang": None,
                "ticked": row.scenario_id in (ticked or ()),
                "what": ", ".join(f"{_SIGNS[kind.value]} {KINDS[kind.value]}" for kind in row.kinds),
                "fact": row.fact,
                "tags": [],
            }
            for row in rows
        ],
    }
