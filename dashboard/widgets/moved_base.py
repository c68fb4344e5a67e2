"""A draft whose scenario has moved on: base, theirs and mine side by side, and nothing applied until it is decided."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import streamlit as st

from dashboard import state, wiring
from dashboard.authoring.document import tidied
from dashboard.differences import field_name, readable
from dashboard.markup import render
from dashboard.widgets import notices
from dashboard.words import plain, plural
from scenario_core.custom.drafts import Draft
from scenario_core.three_way import MISSING, FieldChoice, Side, resolve, three_way

__all__ = ["draw"]

_LABELS: Final = {Side.THEIRS: "Saved meanwhile", Side.MINE: "My draft", Side.BASE: "As it was before"}


def draw(draft: Draft, newer: int) -> None:
    """Every field that differs, with a choice for each, and one button that puts the draft on the newer version."""
    versions = _versions(draft)
    merge = three_way(*versions)
    st.warning(
        f"This scenario was saved as version {newer} after you began this draft of version {draft.base_version}. "
        "Decide what to keep; until then nothing of your draft is applied.",
        icon=":material/sync_problem:",
    )
    names = {
        str(phase.get("phase_id")): str(phase.get("name") or "")
        for document in versions
        for phase in document.get("phases") or ()
        if isinstance(phase, dict)
    }
    for choice in merge.choices:
        _choose(choice, names)
    st.button(
        "Take over these choices", icon=":material/merge:", type="primary", key="rebase",
        on_click=_rebase, args=(draft, newer, versions, [choice.pointer for choice in merge.choices]),
    )  # fmt: skip
    if merge.conflicts:
        st.caption(f"{plural(len(merge.conflicts), 'field')} changed on both sides; your text is suggested there.")


def _versions(draft: Draft) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(base, theirs, mine)."""
    scenario_id, me = draft.scenario_id or "", state.user_id()
    with notices.or_stop(), wiring.desk().builder() as service:
        base = service.revisions.get(scenario_id, me, draft.base_version or 1).document
        theirs = service.get_scenario(scenario_id, me).scenario.model_dump(mode="json")
    return base, theirs, tidied(draft.document)


def _choose(choice: FieldChoice, names: dict[str, str]) -> None:
    where = field_name(_field_of(choice), names)
    with st.container(border=True):
        st.html(
            render(
                "three_way",
                where=where,
                conflict=choice.conflict,
                sides=[
                    (_LABELS[side], _text(value))
                    for side, value in (
                        (Side.BASE, choice.base),
                        (Side.THEIRS, choice.theirs),
                        (Side.MINE, choice.mine),
                    )
                ],
            )
        )
        options = [Side.THEIRS, Side.MINE, Side.BASE]
        st.radio(
            f"Keep for {plain(where)}", options, key=_key(choice.pointer), horizontal=True,
            index=options.index(choice.suggestion), format_func=_LABELS.__getitem__,
        )  # fmt: skip


@notices.guarded
def _rebase(draft: Draft, newer: int, versions: tuple[dict[str, Any], ...], pointers: list[str]) -> None:
    base, theirs, mine = versions
    decisions = {pointer: Side(st.session_state[_key(pointer)]) for pointer in pointers}
    merged = resolve(base, theirs, mine, decisions)
    with wiring.desk().builder() as service:
        service.drafts.rebase(
            draft.draft_id, state.user_id(), merged, base_version=newer, expected_version=draft.version
        )
    state.say("Your draft stands on the newer version now. Look it over, then save.", ":material/merge:")


def _field_of(choice: FieldChoice) -> str:
    if choice.phase_id is None:
        return "Order of the phases" if choice.field == "order" else choice.field
    return f"phases[{choice.phase_id}]" + ("" if choice.field == "phase" else f".{choice.field}")


def _text(value: Any) -> str:
    return "" if value is MISSING else readable(value)


def _key(pointer: str) -> str:
    return f"keep-{hashlib.sha256(pointer.encode()).hexdigest()[:12]}"
