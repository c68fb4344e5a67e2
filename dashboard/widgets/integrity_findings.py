"""The findings of the audit: search, facets, groups, and the ticks by which they are waived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from dashboard import components, navigate, state
from dashboard.address import LONGEST_TEXT
from dashboard.integrity import wording
from dashboard.integrity.drawing import facet_groups, findings_data, tickable
from dashboard.integrity.listing import Line, Listing, listing, page_of
from dashboard.integrity.view import NONE, By, IntegrityView, Show, params
from dashboard.markup import render
from dashboard.widgets import integrity_state, integrity_waive
from dashboard.widgets.integrity_state import Audit
from dashboard.words import plain, plural

__all__ = ["draw", "follow"]

_BYS: Final[dict[By, str]] = {"check": ":material/rule: By check", "scenario": ":material/forum: By scenario"}
_SHOWS: Final[dict[Show, str]] = {"open": "Open", "waived": "Waived", "all": "All"}
_PAGES: Final = {
    "scenario": navigate.SCENARIO,
    "author": navigate.AUTHOR,
    "compare": navigate.COMPARE,
    "repairs": navigate.REPAIRS,
}
Current = Callable[[], IntegrityView]
Go = Callable[[IntegrityView], None]


def draw(audit: Audit, view: IntegrityView, current: Current, show: Go) -> None:
    """What was found, as the view asks for it."""
    key = urlencode(params(replace(view, page=1)), doseq=True)
    found = _found(audit.checked.number, audit.checked.at, key, view, audit.lines)
    gaps = {"not_run": wording.not_run(audit.report), "not_judged": wording.not_judged(audit.report)}
    if any(gaps.values()):
        st.html(render("audit_gaps", **gaps))
    _toolbar(view, found, current, show)
    components.facets(
        facet_groups(found.counts, view),
        key="integrity_facets",
        on_toggle=lambda name, value, on: show(current().toggled(name, value, on=on)),
    )
    _summary(view, found, show)
    if not found.groups:
        _nothing(audit, view)
        return
    page = page_of(found, view.page)
    lines = tuple(line for group in page.groups for line in group.lines)
    ticked = integrity_waive.ticked() if integrity_waive.is_allowed() else None
    by_key = {group.key: group for group in found.groups}

    def tick(prints: Sequence[str], on: bool) -> None:  # noqa: FBT001 - called by a component, by position
        integrity_waive.tick(prints, on=on)

    def tick_group(key: str, on: bool) -> None:  # noqa: FBT001 - likewise
        """All of a group as they stand now: their fingerprints are kept, never the filter that found them."""
        members = by_key[key].lines if key in by_key else ()
        integrity_waive.tick([line.finding.fingerprint for line in members if tickable(line)], on=on)

    def more(key: str) -> None:
        wanted = current()
        one = {"checks": frozenset({key})} if wanted.by == "check" else {"scenario": key or NONE}
        show(replace(wanted, **one, page=1))

    components.findings(
        findings_data(page, integrity_state.look(lines, "Findings", view.by, ticked=ticked)),
        key="integrity_findings",
        on_go=follow,
        on_tick=tick,
        on_tick_group=tick_group,
        on_more=more,
        on_withdraw=integrity_waive.withdraw,
    )
    if page.pages > 1:
        state.hold("integrity_page", page.number)
        st.pagination(
            page.pages, key="integrity_page",
            on_change=lambda: show(replace(current(), page=int(st.session_state.integrity_page))),
        )  # fmt: skip
    integrity_waive.bar(audit)


def follow(page: str, params: dict[str, str]) -> None:
    """A link of a finding was followed."""
    if page in _PAGES:
        navigate.go(_PAGES[page], **params)


@st.cache_resource(max_entries=16, show_spinner=False)
def _found(number: int, at: datetime, key: str, _view: IntegrityView, _lines: tuple[Line, ...]) -> Listing:
    """What a view finds: ticks and pages don't make it look again."""
    del number, at, key
    return listing(_lines, _view)


def _toolbar(view: IntegrityView, found: Listing, current: Current, show: Go) -> None:
    state.hold("integrity_text", view.text)
    state.hold("integrity_by", view.by)
    state.hold("integrity_show", view.show)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Search", key="integrity_text", type="search", live="300ms", icon=":material/search:", width=280,
            placeholder="Scenario, word, code, …", label_visibility="collapsed", max_chars=LONGEST_TEXT,
            on_change=lambda: show(replace(current(), text=st.session_state.integrity_text, page=1)),
        )  # fmt: skip
        st.segmented_control(
            "Group", list(_BYS), key="integrity_by", required=True, label_visibility="collapsed",
            format_func=_BYS.__getitem__,
            on_change=lambda: show(replace(current(), by=st.session_state.integrity_by, page=1)),
        )  # fmt: skip
        st.segmented_control(
            "Waived or not", list(_SHOWS), key="integrity_show", required=True, label_visibility="collapsed",
            format_func=lambda name: f"{_SHOWS[name]} {found.shown[name]:,}",
            on_change=lambda: show(replace(current(), show=st.session_state.integrity_show, page=1)),
        )  # fmt: skip


def _summary(view: IntegrityView, found: Listing, show: Go) -> None:
    noun = plural(len(found.groups), view.by)
    with st.container(horizontal=True, vertical_alignment="center", key="integrity_summary"):
        st.markdown(f"**{plural(found.total, 'finding')}**" + (f" of {noun}" if found.total else ""), width="content")
        if view.scenario:
            about = "about no single scenario" if view.scenario == NONE else f"in {plain(view.scenario)}"
            st.markdown(about, width="content")
        if view.is_narrowed:
            st.button(
                "Clear filters", icon=":material/filter_alt_off:", type="tertiary", key="integrity_clear",
                on_click=show, args=(view.cleared,),
            )  # fmt: skip


def _nothing(audit: Audit, view: IntegrityView) -> None:
    if view.is_narrowed:
        st.html(render("empty", title="No finding matches.", text="Take a filter away, or search for fewer words."))
    elif view.show == "waived":
        st.html(render("empty", title="Nothing is waived.", text="Findings about content can be waived with a reason."))
    elif audit.report.not_run:
        text = "What could not be checked is named above: it may hide something."
        st.html(render("empty", title="Nothing was found by the checks that ran.", text=text))
    else:
        text = "Every check has run over every scenario."
        st.html(render("empty", title="Nothing to mend.", text=text))
