"""The audit log: who changed what and when, and which difference it made. The address says which entries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import audit_address, audit_words, components, navigate, sides, state
from dashboard.audit_address import AuditView
from dashboard.audit_rows import STORES, listing_data
from dashboard.markup import render
from dashboard.widgets import difference_sides, notices, person
from dashboard.words import plain, plural
from scenario_core import exports
from scenario_core.errors import ScenarioDeskError
from scenario_core.people import Operation, may
from scenario_core.scenario import Store
from scenario_core.stewardship import audit_log
from scenario_core.stewardship.audit_log import MOST_EXPORTED, PAGE, AuditEntry
from scenario_core.stewardship.states import SCENARIO

LEADS_SOMEWHERE = {
    "restore_backup", "approve_baseline", "edited_outside", "update", "restore_revision", "publish_proposal",
    "revert_proposal",
}  # fmt: skip


def current() -> AuditView:
    """The view that the address names."""
    return audit_address.parse({name: st.query_params.get_all(name) for name in st.query_params})


def show(view: AuditView) -> None:
    """Go to another view."""
    st.query_params.from_dict(audit_address.params(view) | state.link_params())


def scenario_titles() -> Callable[[str], str]:
    """The titles of scenarios that can be read, and the ids of all others."""
    title = difference_sides.titles()
    return lambda scenario_id: title(f"{SCENARIO}{scenario_id}")


def narrow(name: str, key: str) -> Callable[[], None]:
    """A callback that puts the value of a widget into the filter."""
    return lambda: show(current().narrowed(**{name: st.session_state[key]}))


def filters(view: AuditView) -> None:
    """Which entries are wanted; only what the entries name can be chosen."""
    operations, people = audit_log.choices(sides.steward())
    name = person.owner_names()
    state.hold("audit_person", view.person)
    state.hold("audit_operation", view.operation or None)
    state.hold("audit_store", view.store)
    state.hold("audit_scenario", view.scenario)
    state.hold("audit_since", view.since)
    state.hold("audit_until", view.until)
    with st.grid(6, min_column_width=130):
        st.selectbox(
            "Who", _with(people, view.person), key="audit_person", format_func=name,
            placeholder="Everyone", index=None, on_change=narrow("person", "audit_person"),
        )  # fmt: skip
        st.selectbox(
            "What", _with(operations, view.operation or None), index=None, key="audit_operation",
            placeholder="Everything", format_func=audit_words.operation, on_change=chose_operation,
        )  # fmt: skip
        st.selectbox(
            "Store", list(Store), index=None, key="audit_store", placeholder="Both",
            format_func=lambda each: STORES[each.value], on_change=narrow("store", "audit_store"),
        )  # fmt: skip
        st.text_input(
            "Scenario", key="audit_scenario", placeholder="Its id", on_change=narrow("scenario", "audit_scenario"),
            max_chars=200,
        )  # fmt: skip
        st.date_input(
            "From (UTC)", None, key="audit_since", format="YYYY-MM-DD", on_change=narrow("since", "audit_since")
        )
        st.date_input(
            "To (UTC)", None, key="audit_until", format="YYYY-MM-DD", on_change=narrow("until", "audit_until")
        )


def _with(options: list[Any], chosen: Any) -> list[Any]:
    return options if chosen is None or chosen in options else [*options, chosen]


def chose_operation() -> None:
    """Another operation, or all."""
    show(current().narrowed(operation=st.session_state.audit_operation or ""))


def summary(view: AuditView) -> None:
    """How many entries pass, the way back to all, and the export."""
    number = audit_log.count(sides.steward(), view.wanted)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plural(number, 'entry', 'entries')}**", width="content")
        if view.is_narrowed:
            st.button(
                "Clear filters", icon=":material/filter_alt_off:", type="tertiary", key="audit_clear",
                on_click=show, args=(AuditView(),),
            )  # fmt: skip
        if number:
            popover = st.popover(
                "Export", icon=":material/download:", type="tertiary", on_change="rerun", key="audit_export"
            )
            if popover.open:
                with popover:
                    export(view, number)


def export(view: AuditView, number: int) -> None:
    """Everything that passes the filter, as a table or as JSON."""
    if number > MOST_EXPORTED:
        st.caption(f"The latest {MOST_EXPORTED:,} of {number:,} entries.")
    by = sides.steward()

    def found() -> list[AuditEntry]:
        return audit_log.entries(by, view.wanted, limit=MOST_EXPORTED)

    def as_json() -> str:
        return json.dumps([audit_log.to_json(entry) for entry in found()], ensure_ascii=False, indent=2) + "\n"

    for label, suffix, mime, make in (
        ("CSV table", "csv", "text/csv", lambda: audit_log.to_csv(found())),
        ("JSON", "json", "application/json", as_json),
    ):
        st.download_button(
            label, make, exports.file_name("audit log", suffix), mime, on_click="ignore", key=f"audit_{suffix}",
            icon=":material/download:", width="stretch", type="tertiary",
        )  # fmt: skip


def results(view: AuditView) -> None:
    """The entries, the latest first, and the one that is open above them."""
    by, titled = sides.steward(), scenario_titles()
    found = audit_log.entries(by, view.wanted, before=view.before, limit=PAGE + 1)
    if view.entry is not None:
        opened = next(iter(audit_log.entries(by, before=view.entry + 1, limit=1)), None)
        if opened is not None and opened.id == view.entry:
            one(view, opened, titled)
        else:
            st.info("There is no such entry, or it is about somebody's private scenario.", icon=":material/search_off:")
    if not found:
        st.html(
            render("empty", title="No entry matches.", text="Take a filter away, or choose a longer period.")
            if view.is_narrowed or view.before
            else render("empty", title="Nothing has been changed yet.", text="Every change from now on stands here.")
        )
    else:
        components.listing(
            listing_data(
                found[:PAGE],
                lambda number: replace(view, entry=number),
                person.owner_names(),
                titled,
                state.link_params(),
            ),
            key="audit_entries",
            on_open=lambda number: show(replace(current(), entry=int(number))),
        )
    paging(view, found)


def paging(view: AuditView, found: list[AuditEntry]) -> None:
    """On to older entries, and back to the latest."""
    with st.container(horizontal=True, key="audit_paging"):
        if view.before is not None:
            st.button(
                "Latest", icon=":material/first_page:", key="audit_latest", type="tertiary",
                on_click=show, args=(replace(view, before=None, entry=None),),
            )  # fmt: skip
        if len(found) > PAGE:
            st.button(
                "Older", icon=":material/chevron_right:", icon_position="right", key="audit_older", type="tertiary",
                on_click=show, args=(replace(view, before=found[PAGE - 1].id, entry=None),),
            )  # fmt: skip


def one(view: AuditView, entry: AuditEntry, titled: Callable[[str], str]) -> None:
    """One entry: everything that it keeps, the scenario, and the difference that it made."""
    name = person.owner_names()
    facts = [
        ("When", f"{entry.at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Who", name(entry.actor_id)),
        ("Store", STORES[entry.store.value]),
        *([("Scenario", entry.scenario_id)] if entry.scenario_id else []),
        *audit_words.details(entry),
        ("Operation", entry.operation),
    ]
    title = titled(entry.scenario_id) if entry.scenario_id else ""
    with st.container(border=True, key="one_entry"):
        st.html(render("audit_entry", sentence=audit_words.sentence(entry, title), facts=facts))
        with st.container(horizontal=True, vertical_alignment="center"):
            links(entry)
            st.button("Close", type="tertiary", key="close_entry", on_click=show, args=(replace(view, entry=None),))


def links(entry: AuditEntry) -> None:
    """To the difference, and to the scenario where there still is one."""
    try:
        made = audit_log.difference(sides.steward(), entry)
    except ScenarioDeskError:
        made = None
    scenario_id = entry.scenario_id
    if made is not None:
        before, after = made
        more = {"scenario": scenario_id} if scenario_id and entry.store is Store.PRODUCTION else {}
        navigate.link(navigate.COMPARE, "What it changed", ":material/difference:", old=before, new=after, **more)
    elif entry.operation in LEADS_SOMEWHERE:
        st.caption("What stood there before or after is not kept any more, or not yours to see.", width="content")
    if proposal_id := entry.detail.get("proposal"):
        navigate.link(navigate.PROPOSALS, "The proposal", ":material/rate_review:", id=str(proposal_id))
    if scenario_id:
        navigate.link(navigate.SCENARIO, "Open the scenario", ":material/forum:", id=scenario_id)
        st.button(
            "All about this scenario", icon=":material/filter_alt:", type="tertiary", key="audit_of_scenario",
            on_click=show, args=(AuditView(scenario=scenario_id),),
        )  # fmt: skip


@st.fragment
def log() -> None:
    """Everything below the title: it runs again without the rest of the page."""
    notices.said()
    view = current()
    with notices.or_stop():
        filters(view)
        summary(view)
        results(view)


st.title("Audit log")
decision = may(state.me(), Operation.READ_AUDIT)
if not decision.allowed:
    st.info(f"The audit log is for content managers to read: {plain(decision.rule)}.", icon=":material/lock:")
    st.stop()
log()
