"""Taking over what one side has into the other: choose, look at the plan, apply exactly that plan."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from dashboard import sides, state, taking, wiring
from dashboard.compare_address import CompareView
from dashboard.comparison import Comparison
from dashboard.markup import render
from dashboard.state_names import FILE, kind_of, scenario_of
from dashboard.taking import Naming
from dashboard.widgets import notices, restore_result
from dashboard.words import plain, plural
from scenario_core.errors import ScenarioDeskError, StalePlanError, StaleVersionError
from scenario_core.integrity.diff import WHOLE, CatalogueDiff, Unit
from scenario_core.people import Operation, may
from scenario_core.stewardship import restoring, states
from scenario_core.stewardship.restoring import RestorePlan
from scenario_core.stewardship.states import APPROVED, PRODUCTION

__all__ = ["Scope", "panel", "targets"]

_PLAN: Final = "restore_plan"
_REFUSED: Final = "restore_refused"
_FIELDS: Final = "restore_fields"
_WHAT: Final = "restore_what"
_COUNT: Final = "restore_count"
Show = Callable[[CompareView], None]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the page shows, and so what can be chosen: one scenario, or all with those that are ticked."""

    comparison: Comparison
    naming: Naming
    scenario_id: str = ""
    ticked: Collection[str] = ()


def targets(view: CompareView) -> tuple[list[str], list[str]]:
    """Which of the two sides the person may change, and why the others can't be, each in one sentence."""
    allowed, reasons = [], []
    for name in dict.fromkeys((view.new, view.old)):
        reason = _why_not(name)
        if reason is None:
            allowed.append(name)
        else:
            reasons.append(reason)
    allowed.sort(key=lambda name: name == APPROVED)
    return allowed, [reason for reason in dict.fromkeys(reasons) if reason]


def panel(view: CompareView, scope: Scope, show: Show) -> None:
    """The choice, the plan once it is made, and why nothing can be changed where nothing can."""
    allowed, reasons = targets(view)
    if not allowed:
        for reason in reasons:
            st.caption(f":material/lock: {plain(reason)}")
        return
    target = view.into if view.into in allowed else allowed[0]
    box = st.expander(
        "Take over or restore",
        icon=":material/restore:",
        expanded=bool(view.into),
        on_change="rerun",
        key="restore_box",
    )
    box.caption("Nothing is changed before you have seen the plan and applied it; what is replaced is kept.")
    if box.open:
        with box:
            _choose(view, scope, show, target, allowed)
    _plan(view, scope)


def _why_not(name: str) -> str | None:
    """Why a side can't be changed by this person; None where it can, and nothing where that needs no words."""
    me = state.me()
    if name in {PRODUCTION, APPROVED}:
        decision = may(me, Operation.MANAGE_BACKUPS)
        return None if decision.allowed else f"Read only for you: {decision.rule}."
    if kind_of(name) != "scenario":
        return ""
    try:
        found = wiring.desk().catalogue.resolve(me.user_id, scenario_of(name))
    except ScenarioDeskError:
        return ""
    if found.custom is None:
        return "A production scenario is changed by comparing production as a whole with what holds the other text."
    decision = may(me, Operation.UPDATE, found.subject)
    return None if decision.allowed else f"{found.scenario.name} is read only for you: {decision.rule}."


def _other(view: CompareView, target: str) -> str:
    return view.old if target == view.new else view.new


def _choose(view: CompareView, scope: Scope, show: Show, target: str, allowed: list[str]) -> None:
    naming = scope.naming
    if len(allowed) > 1:
        state.hold("restore_target", target)
        st.radio(
            "Which side is to change?", allowed, key="restore_target", horizontal=True,
            format_func=lambda name: plain(f"{naming.state(name)}, from {naming.state(_other(view, name))}"),
            on_change=lambda: show(replace(view, into=st.session_state.restore_target)),
        )  # fmt: skip
    else:
        st.markdown(f"Into **{plain(naming.state(target))}**, from **{plain(naming.state(_other(view, target)))}**.")
    source = _other(view, target)
    chosen = _chosen_fields(scope, target, source) if scope.scenario_id else _chosen_scenarios(scope)
    st.button(
        "Show the plan", icon=":material/fact_check:", key="restore_show_plan",
        on_click=_make_plan, args=(view, target, source, chosen),
    )  # fmt: skip


def _chosen_fields(scope: Scope, target: str, source: str) -> Callable[[], Collection[Unit] | None]:
    with notices.or_stop():
        offered = _offered(scope.comparison, target, source)
    only = next(iter(offered.changed), scope.scenario_id) if scope.comparison.is_of_one else scope.scenario_id
    options = {
        choice.label: choice.units for choice in taking.choices(offered, only, scope.naming.phases(scope.scenario_id))
    }
    labels = list(options)
    key = f"{_FIELDS}_{hashlib.sha256(repr((target, source, only, labels)).encode()).hexdigest()[:12]}"
    st.multiselect(
        "What to take over", labels, default=labels if len(labels) == 1 else None, key=key,
        placeholder="Choose fields, phases, or everything",
    )  # fmt: skip

    def chosen() -> Collection[Unit]:
        return tuple(dict.fromkeys(unit for label in st.session_state[key] for unit in options[label]))

    return chosen


def _offered(comparison: Comparison, target: str, source: str) -> CatalogueDiff:
    """What can be taken over; what the page already shows the right way round is not compared again."""
    if comparison.is_of_one:
        return restoring.offered(sides.steward(), target, sides.read(source))
    return sides.compared(target, source).diff


def _chosen_scenarios(scope: Scope) -> Callable[[], Collection[Unit] | None]:
    ticked = list(scope.ticked)
    number = len(scope.comparison.rows)
    options = {"ticked": f"The {plural(len(ticked), 'ticked scenario')}"} if ticked else {}
    options["all"] = f"Everything: {plural(number, 'scenario')}"
    if len(options) > 1:
        st.radio("What to take over", list(options), key=_WHAT, format_func=options.__getitem__, horizontal=True)
    else:
        st.markdown(f"{options['all']}. Tick scenarios in the list, or open one, to take over less.")

    def chosen() -> Collection[Unit] | None:
        if not ticked or st.session_state.get(_WHAT) == "all":
            return None
        diff = scope.comparison.diff
        whole = {*diff.added, *diff.removed, *diff.changed}
        return tuple(Unit(name, WHOLE) for name in ticked if name in whole)

    return chosen


def _make_plan(view: CompareView, target: str, source: str, chosen: Callable[[], Collection[Unit] | None]) -> None:
    """Plan, and keep the plan for as long as the page shows these sides."""
    st.session_state.pop(_PLAN, None)
    st.session_state.pop(_REFUSED, None)
    wanted = chosen()
    if wanted is not None and not wanted:
        state.say("Choose what to take over first.", ":material/checklist:")
        return
    try:
        found = sides.read(source) if source == FILE else source
        planned = restoring.plan(sides.steward(), target, found, wanted)
    except ScenarioDeskError as error:
        st.session_state[_REFUSED] = (_place(view), error)
        return
    st.session_state[_PLAN] = (_place(view), planned)


def _place(view: CompareView) -> tuple[object, ...]:
    """Whose plan it is, and where it is shown."""
    return state.user_id(), frozenset({view.old, view.new}), view.scenario


def _plan(view: CompareView, scope: Scope) -> None:
    """The plan as it was made; nothing of it is computed again."""
    where, refused = st.session_state.get(_REFUSED) or (None, None)
    if refused is not None and where == _place(view):
        notices.failed(refused)
    where, planned = st.session_state.get(_PLAN) or (None, None)
    if planned is None or where != _place(view):
        return
    parts, more = taking.plan_parts(planned, scope.naming)
    with st.container(border=True, key="restore_plan_box"):
        title = taking.plan_title(planned, scope.naming)
        if planned.is_empty:
            title = f"{scope.naming.state(planned.target)} already is like that: there is nothing to do."
        st.html(render("plan", heading="The plan", title=title, parts=parts, more=more))
        if planned.is_empty:
            st.button("Close", key="restore_close", on_click=_forget)
            return
        with st.form("restore_apply", border=False):
            if planned.deletions:
                number = len(planned.deletions)
                st.text_input(
                    f"{plural(number, 'scenario')} would be removed. Type {number} to confirm", key=_COUNT, width=320,
                    max_chars=9,
                )  # fmt: skip
            with st.container(horizontal=True):
                st.form_submit_button(
                    "Apply this plan", icon=":material/check:", type="primary", on_click=_apply,
                    args=(planned, _place(view)),
                    key="restore_do",
                )  # fmt: skip
                st.form_submit_button("Leave it", type="tertiary", on_click=_forget, key="restore_leave")


def _forget() -> None:
    st.session_state.pop(_PLAN, None)
    st.session_state.pop(_REFUSED, None)


def _apply(planned: RestorePlan, place: tuple[object, ...]) -> None:
    """Do it; what was refused is said where the plan stood, and a stale plan is thrown away."""
    st.session_state.pop(_REFUSED, None)
    by = sides.steward()
    typed = str(st.session_state.get(_COUNT, "")).strip()
    deletions = int(typed) if typed.isascii() and typed.isdigit() else 0
    try:
        done = restoring.apply(by, planned, deletions=deletions)
    except ScenarioDeskError as error:
        st.session_state[_REFUSED] = (place, error)
        if isinstance(error, StalePlanError | StaleVersionError):
            st.session_state.pop(_PLAN, None)
        return
    _forget()
    wiring.forget_report()
    made = hashlib.sha256(planned.data).hexdigest()
    after = states.read(by, planned.target).revision if kind_of(planned.target) == "scenario" else made
    summary = planned.change.summary() if planned.change else "the whole file"
    restore_result.keep(done, after, summary)
