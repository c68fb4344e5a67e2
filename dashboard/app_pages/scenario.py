"""Everything about one scenario, as a learner and as an auditor would read it."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from dashboard import components, differences, navigate, rows, scenario_view, state, wiring, words
from dashboard.markup import render
from dashboard.widgets import (
    bulk,
    integrity_scenario,
    keeping,
    notices,
    ownership,
    person,
    proposal_origin,
    ratings,
    similar,
)
from dashboard.words import plain, plural
from scenario_core.catalogue import CatalogueScenario
from scenario_core.errors import DatabaseError, ScenarioDeskError, UsageError
from scenario_core.people import Operation, may
from scenario_core.stewardship.states import ORIGIN, REVISION, SCENARIO

LABELS = ("Scenario", "History", "Audit", "Reviews")


def facts(found: CatalogueScenario) -> list[tuple[str, str]]:
    """What is said of the scenario beside roles and length."""
    scenario, custom = found.scenario, found.custom
    said = [("Last change", words.moment(scenario.updated_at) or "unknown")]
    if custom is not None:
        owner = person.owner_name(custom.owner_id) if custom.owner_id is not None else "Nobody"
        said += [("Owner", owner), ("Visible to", "Everyone" if custom.is_public else "Only the owner")]
    elif not scenario.is_active:
        said.append(("State", "Inactive"))
    return [*said, ("Id", scenario.scenario_id)]


def usage(found: CatalogueScenario) -> str:
    """How it is used, in one line."""
    try:
        if wiring.usage().look() is None:
            return "How it is used is being read."
        used = wiring.analyst(state.me()).summary(found.scenario.scenario_id)
    except (DatabaseError, UsageError):
        return "How it is used can't be read at the moment."
    if used.is_withheld:
        least = wiring.settings().smallest_group
        return f"Fewer than {least} learners have started it, so that nothing is told of them."
    if not used.starts:
        return "Nobody has started it yet."
    starts, learners = plural(used.starts, "start"), plural(used.learners, "learner")
    return f"{starts} by {learners}, {used.completed:,} completed; last on {words.moment(used.last_started_at)}."


def history(found: CatalogueScenario) -> None:
    """Where it comes from, what was made of it, and its former versions."""
    scenario_id = found.scenario.scenario_id
    proposal_origin.draw(found)
    origin = found.custom.origin if found.custom else None
    if origin is not None:
        st.subheader("Copied from")
        navigate.link(
            navigate.SCENARIO, plain(origin.title or origin.scenario_id), ":material/forum:", id=origin.scenario_id
        )
        if may(state.me(), Operation.READ_REVISIONS, found.subject).allowed:
            navigate.link(
                navigate.ORIGIN, "What differs, and what changed in it since", ":material/fork_left:", id=scenario_id
            )
        else:
            navigate.link(
                navigate.COMPARE, "Compare with it", ":material/compare:",
                old=f"{ORIGIN}{scenario_id}", new=f"{SCENARIO}{scenario_id}",
            )  # fmt: skip
    st.subheader("Copies")
    copies = wiring.desk().catalogue.copies(state.user_id(), scenario_id)
    if copies.entries:
        look = rows.Look("Copies", ("store", "owner", "updated"), carried=state.link_params())
        components.listing(
            rows.listing_data(copies.entries, state.user_id(), person.owner_names(), look),
            key="copies",
            on_open=navigate.open_scenario,
        )
    else:
        st.caption("No copies that you may read.")
    if found.custom is not None:
        st.subheader("Former versions")
        revisions(found)


def revisions(found: CatalogueScenario) -> None:
    """Each former version against the current one, and the way back to it."""
    me, custom = state.me(), found.custom
    if custom is None or not may(me, Operation.READ_REVISIONS, found.subject).allowed:
        st.caption("Former versions are for the owner to see.")
        return
    with wiring.desk().builder() as service:
        former = service.revisions.list(custom.scenario_id, me.user_id)
    if not former:
        st.caption("This is the first version.")
        return
    by_version = {revision.version: revision for revision in former}
    chosen = st.selectbox(
        "Version", list(by_version), key="revision",
        format_func=lambda number: f"Version {number}, replaced {words.moment(by_version[number].replaced_at)} "
        f"by {person.owner_name(by_version[number].replaced_by)}",
    )  # fmt: skip
    changes = differences.between(by_version[chosen].document, found.scenario.model_dump(mode="json"))
    fields = differences.grouped(changes)
    st.html(render("changes", fields=fields, old_name=f"Version {chosen}", new_name="Now", level=4))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Restore version {chosen}", icon=":material/restore:", key="restore",
            on_click=restore, args=(custom.scenario_id, chosen, custom.version),
        )  # fmt: skip
        navigate.link(
            navigate.COMPARE, f"Compare with version {chosen}, and take parts over", ":material/compare:",
            old=f"{REVISION}{custom.scenario_id}@{chosen}", new=f"{SCENARIO}{custom.scenario_id}",
        )  # fmt: skip


@notices.guarded
def restore(scenario_id: str, version: int, expected: int) -> None:
    """Make a former version the current one."""
    with wiring.desk().builder() as service:
        service.revisions.restore(scenario_id, state.user_id(), version, expected_version=expected)
    state.say(f"Version {version} is the current one again; what it replaced is kept.", ":material/restore:")


def audit(found: CatalogueScenario) -> None:
    """What the checks found about this scenario, and how it is used."""
    if may(state.me(), Operation.READ_USAGE).allowed:
        st.subheader("Usage")
        st.text(usage(found))
        navigate.link(
            navigate.USAGE, "How it is used", ":material/insights:", scenario=found.scenario.scenario_id, period="52w"
        )
    st.subheader("Findings")
    if not may(state.me(), Operation.CHECK).allowed:
        st.caption("Findings are for content managers and analysts to see.")
        return
    integrity_scenario.listed(found.scenario)


try:
    found = wiring.desk().catalogue.resolve(state.user_id(), st.query_params.get("id", ""))
except ScenarioDeskError as error:
    st.title("Scenario")
    notices.failed(error)
    navigate.link(navigate.CATALOGUE, "Look for it in the catalogue", ":material/menu_book:")
    st.stop()
notices.missing_parts()
bulk.undo_bar()
store = words.store_of(found.entry, state.user_id())
document = found.scenario.model_dump(mode="json")
tags: tuple[str, ...] = ()
if found.custom is not None:
    with wiring.desk().builder() as service:
        tags = service.tags.of(found.scenario.scenario_id, state.user_id())
st.html(render("scenario_head", **scenario_view.head(document, store=store, store_label=words.store(store), tags=tags)))
base = urlsplit(st.context.url or "")
shown_at = f"{base.scheme}://{base.netloc}{base.path}?id={found.scenario.scenario_id}"
ownership.actions(found, state.me(), shown_at)
keeping.bar(found, state.me())
if may(state.me(), Operation.CHECK).allowed:
    integrity_scenario.asked_for(found.scenario)
tabs = st.tabs(LABELS, on_change="rerun", key="scenario_tab")
if tabs[0].open:
    with tabs[0]:
        st.html(render("scenario_body", **scenario_view.body(document, facts(found))))
        similar.draw(found.scenario.scenario_id)
if tabs[1].open:
    with tabs[1]:
        history(found)
if tabs[2].open:
    with tabs[2]:
        audit(found)
if tabs[3].open:
    with tabs[3]:
        ratings.draw(found)
components.typing(key="typing")
