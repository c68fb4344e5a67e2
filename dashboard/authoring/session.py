"""Saving a draft from a form that other tabs may be writing too: what others wrote meanwhile is merged, never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dashboard.authoring.document import tidied
from scenario_core.custom import ScenarioBuilderService
from scenario_core.custom.drafts import Draft
from scenario_core.errors import StaleVersionError
from scenario_core.three_way import three_way

__all__ = ["Kept", "keep"]

TRIES: Final = 5
Edit = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kept:
    """The draft as it is stored now, and the pointers of fields in which another tab's text was replaced by this one's.

    What was replaced stays one step back in the draft's history.
    """

    draft: Draft
    merged: bool = False
    replaced: tuple[str, ...] = ()


def keep(service: ScenarioBuilderService, seen: Draft, edit: Edit) -> Kept:
    """Apply an edit to what the form has seen and save it, on top of whatever other tabs have saved since.

    Raises:
        ScenarioNotFoundError: the draft has been published or discarded meanwhile.
        StaleVersionError: other tabs were faster every time.
    """
    base = tidied(seen.document)
    mine = edit(base)
    draft, merged, document = seen, False, mine
    replaced: tuple[str, ...] = ()
    for _ in range(TRIES):
        try:
            saved = service.drafts.save(draft.draft_id, draft.owner_id, document, expected_version=draft.version)
        except StaleVersionError:
            draft = service.drafts.get(draft.draft_id, draft.owner_id)
            merge = three_way(base, tidied(draft.document), mine)
            document, merged = merge.document, True
            replaced = tuple(choice.pointer for choice in merge.conflicts)
        else:
            return Kept(saved, merged, replaced)
    raise StaleVersionError(draft.draft_id, expected=seen.version, current=draft.version)
