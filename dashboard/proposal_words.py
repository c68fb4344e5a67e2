"""Proposals in words, and as the list component draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from dashboard import words
from scenario_core.custom.proposal_records import EventKind, ProposalEntry, ProposalEvent, ProposalState
from scenario_core.stewardship.proposals import PublishPlan

__all__ = ["BADGES", "STATES", "aim", "event", "listing_data", "plan_sentences"]

STATES: Final = {each: each.words.capitalize() for each in ProposalState}
BADGES: Final = {
    ProposalState.OPEN: "notice",
    ProposalState.CHANGES_ASKED_FOR: "warn",
    ProposalState.PUBLISHED: "good",
    ProposalState.TAKEN_BACK: "unknown",
    ProposalState.DECLINED: "bad",
    ProposalState.WITHDRAWN: "unknown",
}
_EVENTS: Final = {
    EventKind.PROPOSED: "proposed it",
    EventKind.UPDATED: "brought it to the current version",
    EventKind.COMMENTED: "said",
    EventKind.CHANGES_ASKED_FOR: "asked for changes",
    EventKind.PUBLISHED: "published it",
    EventKind.TAKEN_BACK: "took the publication back",
    EventKind.DECLINED: "declined it",
    EventKind.WITHDRAWN: "withdrew it",
}
_WITH_ID: Final = {EventKind.PUBLISHED: "as", EventKind.TAKEN_BACK: "of"}
_OF_MANAGERS: Final = frozenset({EventKind.CHANGES_ASKED_FOR, EventKind.DECLINED})


def aim(entry: ProposalEntry, title: Callable[[str], str]) -> str:
    """What a proposal is for: `Replaces Dinner`, or what it has become."""
    if entry.state is ProposalState.PUBLISHED and entry.production_id:
        return f"Published as {entry.production_id}"
    return f"Replaces {title(entry.replaces)}" if entry.replaces else "A new scenario"


def event(found: ProposalEvent, person: Callable[[int], str]) -> dict[str, Any]:
    """One line of the conversation, for the template `proposal_talk`."""
    joined = _WITH_ID.get(found.kind)
    return {
        "who": person(found.actor_id),
        "what": f"{_EVENTS[found.kind]} {joined}" if joined else _EVENTS[found.kind],
        "name": found.text if joined else "",
        "text": "" if joined else found.text,
        "when": words.moment(found.at),
        "kind": "asked" if found.kind in _OF_MANAGERS else "said" if found.kind is EventKind.COMMENTED else "done",
    }


def plan_sentences(planned: PublishPlan, title: str, author: str) -> list[str]:
    """What publishing would do, for the template `repair_plan`."""
    made, proposal = planned.candidate, planned.proposal
    version = f"version {proposal.scenario_version}"
    if planned.is_written:
        return [
            f"Production already holds {title} as {made.production_id}: publishing was interrupted after that.",
            "The proposal is marked as published; the mirror and the audit log are brought along.",
        ]
    if made.former is None:
        what = f"Add {title} to production as {made.production_id}."
    else:
        fields = words.plural(sum(len(each.fields) for each in made.change.changed.values()), "field")
        what = f"Replace {made.former.name} ({made.production_id}) in production: {fields} would differ."
    return [
        what,
        f"The file as it is now (hash {planned.served.loaded.revision[:8]}) is kept as a new backup.",
        "The mirror in the database follows.",
        f"The audit log records that it comes from {author}: {proposal.entry.scenario_id}, {version}.",
        *([f"{planned.miscounted[:1].upper()}{planned.miscounted[1:]}."] if planned.miscounted else []),
        "It can be taken back as long as nobody changes the scenario in production after that.",
    ]


def listing_data(
    entries: Iterable[ProposalEntry],
    person: Callable[[int], str],
    title: Callable[[str], str],
    address: Mapping[str, str],
    *,
    with_author: bool,
) -> dict[str, Any]:
    """The data of `components.listing`.

    Args:
        entries: what to list.
        person: what a person is called.
        title: what a production scenario is called.
        address: the parameters that every link carries.
        with_author: whether the list is of more people than one.
    """
    columns = {"store": "State", "author": "Author", "aim": "What for", "updated": "Last change (UTC)"}
    if not with_author:
        del columns["author"]
    return {
        "label": "Proposals",
        "heading": "Scenario",
        "layout": "table",
        "selectable": False,
        "sortable": False,
        "sort": None,
        "descending": False,
        "columns": [
            {"key": key, "label": label, "sortable": False, "numeric": False} for key, label in columns.items()
        ],
        "rows": [
            {
                "id": each.proposal_id,
                "href": f"proposals?{urlencode({**address, 'id': each.proposal_id})}",
                "title": each.title,
                "lang": None,
                "ticked": False,
                "tags": [],
                "store": BADGES[each.state],
                "store_label": STATES[each.state],
                "author": person(each.proposer_id),
                "aim": aim(each, title),
                "updated": words.moment(each.updated_at),
            }
            for each in entries
        ],
    }
