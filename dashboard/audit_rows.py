"""Entries of the audit log as the list component draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from dashboard import audit_words, words
from dashboard.audit_address import AuditView, params
from scenario_core.stewardship.audit_log import AuditEntry

__all__ = ["STORES", "listing_data"]

STORES = {"production": "Production", "custom": "Custom"}


def listing_data(
    entries: Iterable[AuditEntry],
    view: Callable[[int], AuditView],
    person: Callable[[int], str],
    scenario: Callable[[str], str],
    carried: Mapping[str, str],
) -> dict[str, Any]:
    """The data of `components.listing`.

    Args:
        entries: what to list.
        view: the view in which an entry is open.
        person: what a person is called.
        scenario: the title of a scenario, or its id where there is none.
        carried: parameters that every link carries.
    """
    columns = {"at": "When (UTC)", "person": "Who", "store": "Store", "scenario": "Scenario"}
    drawn = [{"key": key, "label": label, "sortable": False, "numeric": False} for key, label in columns.items()]
    return {
        "label": "Entries of the audit log",
        "heading": "What happened",
        "layout": "table",
        "selectable": False,
        "sortable": False,
        "sort": None,
        "descending": False,
        "columns": drawn,
        "rows": [
            {
                "id": str(entry.id),
                "href": f"audit_log?{urlencode(params(view(entry.id)) | dict(carried))}",
                "title": audit_words.sentence(entry, scenario(entry.scenario_id) if entry.scenario_id else ""),
                "lang": None,
                "ticked": False,
                "tags": [],
                "at": words.moment(entry.at),
                "person": person(entry.actor_id),
                "store": entry.store.value,
                "store_label": STORES[entry.store.value],
                "scenario": entry.scenario_id or "",
            }
            for entry in entries
        ],
    }
