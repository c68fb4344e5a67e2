"""A copy beside its origin: what changed in the origin since, and what differs, each to be taken over on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import streamlit as st

from dashboard import sides, wiring
from dashboard.differences import grouped, lines
from dashboard.keys import key_for
from dashboard.markup import render
from dashboard.widgets import notices, restore_result
from dashboard.words import plural
from scenario_core.integrity.diff import Change, Unit
from scenario_core.stewardship import parentage, restoring, states
from scenario_core.stewardship.parentage import Difference, OriginChange, Parentage

__all__ = ["differences", "since"]

MOST_SHOWN: Final = 100


def since(found: Parentage, names: Mapping[str, str]) -> None:
    """What changed in the origin since the copy was made."""
    st.subheader("Changed in the origin since you made the copy", anchor=False)
    if found.since is None:
        st.caption("What the origin was like then was not kept: this copy is older than that.")
        return
    if not found.since:
        st.html(render("light", kind="good", title="Nothing has changed in it.", text=""))
        return
    open_units = tuple(each.taking for each in found.open_changes if each.taking is not None)
    if len(open_units) > 1:
        st.button(
            f"Take over {plural(len(open_units), 'change')} that touch nothing of yours", type="primary",
            icon=":material/download_done:", key="take_all", on_click=partial(_take, found.scenario_id, open_units),
        )  # fmt: skip
    for each in found.since[:MOST_SHOWN]:
        _origin_change(found.scenario_id, each, names, key_for(each.field))


def differences(found: Parentage, names: Mapping[str, str]) -> None:
    """In what the copy differs from its origin as it is now."""
    st.subheader("What differs now", anchor=False)
    if not found.differences:
        st.html(render("light", kind="good", title="The copy is as its origin is.", text=""))
        return
    st.caption("From your copy to the origin. Restore what you want to have as the origin has it.")
    for each in found.differences[:MOST_SHOWN]:
        _difference(found.scenario_id, each, names, key_for(each.unit.field))
    if len(found.differences) > MOST_SHOWN:
        st.caption(f"And {len(found.differences) - MOST_SHOWN:,} more: Compare shows all of them.")


def _origin_change(scenario_id: str, change: OriginChange, names: Mapping[str, str], key: str) -> None:
    with st.container(border=True, gap="xsmall", key=f"since_{key}"):
        _drawn(change.changes, names)
        if change.taking is None:
            st.caption("Your copy has this already.")
            return
        if change.is_conflict:
            st.caption("You have changed this too: taking it over replaces yours, which stays in the history.")
        st.button(
            "Take over", icon=":material/download_done:", key=f"take_{key}",
            on_click=partial(_take, scenario_id, (change.taking,)),
        )  # fmt: skip


def _difference(scenario_id: str, difference: Difference, names: Mapping[str, str], key: str) -> None:
    whose = {True: "Changed by you", False: "Changed in the origin", None: ""}[difference.is_own]
    with st.container(border=True, gap="xsmall", key=f"differs_{key}"):
        _drawn(difference.changes, names)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Restore from the origin", icon=":material/restore:", key=f"restore_{key}", type="tertiary",
                on_click=partial(_take, scenario_id, (difference.unit,)),
            )  # fmt: skip
            if whose:
                st.caption(whose, width="content")


def _drawn(changes: Sequence[Change], names: Mapping[str, str]) -> None:
    fields = grouped(lines(changes, names))
    st.html(render("scenario_difference", kind="changed", record=None, fields=fields, more=0))


@notices.guarded
def _take(scenario_id: str, taking: tuple[Unit, ...]) -> None:
    """Take it over at once; the bar above undoes it."""
    by = sides.steward()
    planned = parentage.plan_taking(by, scenario_id, taking)
    done = restoring.apply(by, planned)
    wiring.forget_report()
    summary = planned.change.summary() if planned.change else ""
    restore_result.keep(done, states.read(by, planned.target).revision, summary)
