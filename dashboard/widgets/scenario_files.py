"""Scenarios from a JSON file: one becomes a draft, several become scenarios of one's own, all or none."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import navigate, state, wiring
from dashboard.widgets import notices
from dashboard.words import plain, plural
from scenario_core.custom.import_file import documents_in
from scenario_core.errors import InvalidScenarioError, ScenarioDeskError

__all__ = ["take_in"]

FILE: Final = "scenario_file"
LARGEST_MB: Final = 20
MOST_FAULTS: Final = 20
_REFUSED: Final = "scenario_file_refused"
_GIVEN_BY_THE_STORE: Final = frozenset({"scenario_id", "created_at", "updated_at"})
Records = dict[str, dict[str, Any]]


def take_in() -> None:
    """The place for a file, and what can be done with what it holds."""
    with st.expander("From a JSON file", icon=":material/upload_file:"):
        st.caption("As Export writes it here or in another Scenario Desk: one scenario or many.")
        given = st.file_uploader("Scenarios as JSON", type="json", key=FILE, max_upload_size=LARGEST_MB)
        if given is None:
            return
        data = given.getvalue()
        try:
            records = documents_in(data, given.name)
        except ScenarioDeskError as error:
            notices.failed(error)
            return
        digest = hashlib.sha256(data).hexdigest()
        if len(records) == 1:
            _one(next(iter(records.values())), digest)
        elif records:
            _many(records, digest)
        else:
            st.info("The file holds no scenario.", icon=":material/draft:")


def _one(record: dict[str, Any], digest: str) -> None:
    name = record.get("name")
    st.markdown(f"**{plain(name) if isinstance(name, str) and name.strip() else 'A scenario without a title'}**")
    st.button(
        "Open as a draft", icon=":material/edit_note:", type="primary", key="open_file", on_click=_open,
        args=(record, digest), help="What is missing or out of limits is shown beside its field.",
    )  # fmt: skip


def _many(records: Records, digest: str) -> None:
    number = plural(len(records), "scenario")
    st.button(
        f"Import {number}", icon=":material/download_done:", type="primary", key="import_file",
        on_click=partial(_import, records, digest),
    )  # fmt: skip
    refused_of, refused = st.session_state.get(_REFUSED, ("", None))
    if refused_of == digest and refused is not None:
        st.error(
            f"**Nothing was imported.** {plural(len(refused.faults), 'fault')} in {number}:", icon=":material/error:"
        )
        st.text("\n".join(str(fault) for fault in refused.faults[:MOST_FAULTS]))
        if len(refused.faults) > MOST_FAULTS:
            st.caption(f"And {len(refused.faults) - MOST_FAULTS:,} more.")


@notices.guarded
def _open(record: dict[str, Any], digest: str) -> None:
    document = {key: value for key, value in record.items() if key not in _GIVEN_BY_THE_STORE}
    draft_id = state.steady(f"draft of {digest}", lambda: str(uuid.uuid4()))
    with wiring.desk().builder() as service:
        draft = service.drafts.open(state.user_id(), document, draft_id=draft_id)
    navigate.go(navigate.AUTHOR, draft=draft.draft_id)


@notices.guarded
def _import(records: Records, digest: str) -> None:
    try:
        with wiring.desk().builder() as service:
            ids = service.import_scenarios(state.user_id(), list(records.values()))
    except InvalidScenarioError as error:
        names = list(records)
        st.session_state[_REFUSED] = (digest, InvalidScenarioError(_named(error, names), hint=error.hint))
        return
    st.session_state.pop(_REFUSED, None)
    state.say(f"Imported {plural(len(ids), 'scenario')}, private until you share them.", ":material/download_done:")
    navigate.go(navigate.MINE)


def _named(error: InvalidScenarioError, names: list[str]) -> list[Any]:
    """The faults with the key of their record in the place of its number."""
    split = ((fault, fault.pointer.split("/", 2)) for fault in error.faults)
    return [replace(fault, pointer="/".join(["", names[int(parts[1])], *parts[2:]])) for fault, parts in split]
