"""Repairs: what mends the structural findings. The address says which; each is a plan first, then applied as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import streamlit as st

from dashboard import navigate, state, wiring
from dashboard.integrity.places import phase_names
from dashboard.integrity.repair_plans import GONE_FROM, NEEDS, capped, gone, told
from dashboard.markup import render
from dashboard.state_names import title as state_title
from dashboard.taking import Naming, plan_parts, plan_title
from dashboard.widgets import notices
from dashboard.words import plain, plural
from scenario_core.errors import (
    DatabaseError,
    NotConfirmedError,
    ProductionChangedError,
    ProductionError,
    ScenarioDeskError,
    StalePlanError,
    StaleVersionError,
)
from scenario_core.people import Operation, may
from scenario_core.stewardship import repairs
from scenario_core.stewardship.repairs import REPAIRS, Repair, RepairPlan
from scenario_core.stewardship.restoring import RestorePlan
from scenario_core.stewardship.states import APPROVED, PRODUCTION
from scenario_core.stewardship.steward import Steward

RESTORE: Final = "restore_backup"
DONE: Final = "repair_done"
REFUSED: Final = "repair_refused"
COUNT: Final = "repair_count"


@dataclass(frozen=True, slots=True)
class Done:
    """What a repair has done, for the person who asked for it."""

    user_id: int
    repair: str
    sentences: tuple[str, ...]


def steward() -> Steward:
    """The person who looks, at the desk."""
    return Steward(wiring.desk(), state.me())


def show(repair: str = "") -> None:
    """Go to a repair, or to all of them."""
    st.query_params.from_dict(({"repair": repair} if repair else {}) | state.link_params())


def scenario_title(scenario_id: str) -> str:
    """What production calls a scenario, or its id."""
    found = wiring.desk().production.get(scenario_id)
    return found.name if found else scenario_id


def state_name(name: str) -> str:
    """What a backup is called."""
    return state_title(name, scenario_title)


def card(repair: Repair) -> None:
    """One of the repairs: whether there is something to do, or why that can't be told."""
    decision = may(state.me(), NEEDS[repair.name])
    kind, said, more = "unknown", "Not for you", decision.rule
    if decision.allowed:
        try:
            planned = repairs.plan(steward(), repair.name)
        except ScenarioDeskError as error:
            kind, said, more = "bad", "Can't be planned", str(error)
        else:
            more = ""
            kind, said = ("good", "Nothing to do") if planned.is_empty else ("warn", "Something to do")
    with st.container(border=True):
        st.html(render("repair", title=repair.title, summary=repair.summary, kind=kind, state=said, more=more))
        if decision.allowed:
            st.button(
                f"{repair.title}: look at the plan", icon=":material/arrow_forward:", type="tertiary",
                key=f"plan_{repair.name}", on_click=show, args=(repair.name,),
            )  # fmt: skip


def everything() -> None:
    """All repairs."""
    st.markdown("What mends the structural findings. Each shows its plan first; nothing happens before you apply it.")
    for repair in REPAIRS.values():
        card(repair)


def choose_source() -> str:
    """The backup that production is restored from, kept in the address."""
    found = [APPROVED, *(file.name for file in wiring.desk().production.backup_files() if file.kind != "baseline")]
    named = st.query_params.get("source", APPROVED)
    chosen = named if named in found else APPROVED
    state.hold("repair_source", chosen)

    def chose() -> None:
        st.query_params["source"] = st.session_state.repair_source

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("From", found, key="repair_source", format_func=state_name, on_change=chose, width=360)
        navigate.link(navigate.COMPARE, "See the difference first", ":material/compare:", old=PRODUCTION, new=chosen)
    return chosen


def one(repair: Repair) -> None:
    """The plan of one repair, and what the last try has come to."""
    st.button("All repairs", icon=":material/arrow_back:", type="tertiary", key="all_repairs", on_click=show)
    st.header(repair.title)
    st.markdown(repair.summary)
    decision = may(state.me(), NEEDS[repair.name])
    if not decision.allowed:
        st.info(f"This repair is not for you to make: {plain(decision.rule)}.", icon=":material/lock:")
        return
    result(repair)
    source = choose_source() if repair.name == RESTORE else APPROVED
    try:
        planned = repairs.plan(steward(), repair.name, source)
    except ScenarioDeskError as error:
        notices.failed(error)
        return
    plan(repair, planned)


def result(repair: Repair) -> None:
    """What was done, with the way to the audit log; or why nothing was."""
    done: Done | None = st.session_state.get(DONE)
    if done is not None and (done.user_id, done.repair) == (state.user_id(), repair.name):
        with st.container(border=True, key="repair_done_box"):
            st.html(render("repair_plan", heading="Done", **asdict(capped(done.sentences))))
            with st.container(horizontal=True):
                navigate.link(navigate.INTEGRITY, "What is left to mend", ":material/fact_check:")
                if may(state.me(), Operation.READ_AUDIT).allowed:
                    navigate.link(navigate.AUDIT_LOG, "Audit log", ":material/history:")
    owner, name, error = st.session_state.pop(REFUSED, (None, "", None))
    if error is not None and (owner, name) == (state.user_id(), repair.name):
        notices.failed(error)
        if isinstance(error, StalePlanError | StaleVersionError | ProductionChangedError):
            st.info("Nothing was changed. Below is the plan as things stand now.", icon=":material/sync:")


def drawn(planned: RepairPlan) -> str:
    """The plan: what a restore would change field by field, anything else in sentences."""
    if isinstance(planned.inner, RestorePlan) and planned.inner.change and not planned.is_empty:
        naming = Naming(state_name, scenario_title, lambda name: phase_names(wiring.desk().production.get(name)))
        parts, more = plan_parts(planned.inner, naming)
        return render("plan", heading="The plan", title=plan_title(planned.inner, naming), parts=parts, more=more)
    heading = "Nothing to do" if planned.is_empty else "The plan"
    return render("repair_plan", heading=heading, **asdict(told(planned)))


def plan(repair: Repair, planned: RepairPlan) -> None:
    """What would be done; what would be deleted is named, and has to be counted."""
    with st.container(border=True, key="repair_plan_box"):
        st.html(drawn(planned))
        if planned.deletions:
            names, more = gone(planned, scenario_title)
            where = GONE_FROM[repair.name]
            st.html(render("repair_gone", names=names, number=planned.deletions, more=more, where=where))
        if planned.is_empty:
            return
        with st.form("repair_apply", border=False):
            if planned.deletions:
                st.text_input(
                    f"{plural(planned.deletions, 'scenario')} would be deleted. Type {planned.deletions} to confirm",
                    key=COUNT, width=360, max_chars=9,
                )  # fmt: skip
            st.form_submit_button(
                "Apply this plan", icon=":material/build:", type="primary", key="repair_do", on_click=apply,
                args=(repair, planned),
            )  # fmt: skip


def apply(repair: Repair, planned: RepairPlan) -> None:
    """Do exactly what the page showed; whatever comes of it is said in place."""
    typed = str(st.session_state.get(COUNT, "")).strip()
    deletions = int(typed) if typed.isascii() and typed.isdigit() else 0
    st.session_state.pop(DONE, None)
    try:
        sentences = repairs.apply(steward(), planned, deletions=deletions)
    except (NotConfirmedError, ProductionError, DatabaseError, StaleVersionError) as error:
        st.session_state[REFUSED] = (state.user_id(), repair.name, error)
        return
    wiring.desk()
    wiring.forget_report()
    st.session_state[DONE] = Done(state.user_id(), repair.name, sentences)


st.title("Repairs")
wanted = REPAIRS.get(st.query_params.get("repair", ""))
if wanted is None:
    everything()
else:
    one(wanted)
