"""Importing runs: a dialog that checks what was chosen before anything changes, and how far the import is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, Literal

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile

from dashboard import state, wiring
from dashboard.backup_rows import size
from dashboard.usage.chosen import OWN_DATABASE, Chosen, has_app_records
from dashboard.usage.import_words import (
    FORMS,
    details,
    fault_table,
    faults_csv,
    faults_said,
    history,
    taken_for,
    ways_to_read,
)
from dashboard.usage.importing import Import, Step
from dashboard.widgets import notices, person
from dashboard.words import plain, plural
from scenario_core.errors import Fault, InvalidRunsError, ScenarioDeskError
from scenario_core.people import Operation, may
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.imports import Form, ImportPlan

__all__ = ["button", "draw"]

QUICK_SECONDS: Final = 0.7
"""For so long the dialog waits for what it has begun, so that a small file needs no progress bar."""
MOST_FORMER: Final = 50
MOST_FAULTS: Final = 100
"""So many faults are listed; the download has all that were kept."""
FEW_ROWS: Final = 5
_OPEN: Final = "usage_import_open"
_FILE: Final = "usage_import_file"
_DOING: Final = {Step.CHECKING: "Checking", Step.IMPORTING: "Importing"}


def button(*, primary: bool = False, popover: str = "") -> None:
    """Opens the dialog; nothing for those who may not import. `popover` is the key of the one that it closes."""
    if _is_allowed():
        st.button(
            "Import runs", key="usage_import", icon=":material/upload_file:", on_click=_open, args=(popover,),
            type="primary" if primary else "secondary",
        )  # fmt: skip


def draw() -> None:
    """The dialog while it is open, otherwise what has become of the person's import; nothing where there is none."""
    # Always there: what draws itself again may be sent after what stands behind it on the page.
    place = st.container()
    if not _is_allowed():
        return
    if st.session_state.get(_OPEN):
        _dialog()
    elif (held := wiring.imports().of(state.user_id())) is not None:
        with place:
            _bar(held)


def _is_allowed() -> bool:
    return may(state.me(), Operation.MANAGE_RUNS).allowed


def _open(popover: str = "") -> None:
    st.session_state[_OPEN] = True
    if popover:
        st.session_state[popover] = False


def _closed() -> None:
    """Whoever closes the dialog keeps what works and what waits to be imported."""
    st.session_state[_OPEN] = False
    held = wiring.imports().of(state.user_id())
    if held is not None and held.step in {Step.CHOSEN, Step.IMPORTED}:
        wiring.imports().forget(state.user_id())


def _bar(held: Import) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="usage_import_bar"):
        if held.is_running:
            _progress("bar")
        else:
            st.markdown(_told(held), width="stretch")
            dismiss = "Dismiss" if held.step is Step.IMPORTED else "Discard"
            st.button(dismiss, key="usage_import_discard", type="tertiary", on_click=_forget)
        label = {Step.CHECKED: "Continue", Step.IMPORTED: "Details"}.get(held.step, "Show")
        st.button(label, key="usage_import_show", icon=":material/open_in_full:", on_click=_open)


def _told(held: Import) -> str:
    name = plain(held.chosen.name)
    if held.step is Step.IMPORTED:
        return f"**Imported {plural(held.wanted, 'run')}** from {name}."
    if held.problem is not None:
        return f"**{name}** could not be {'imported' if held.step is Step.CHECKED else 'read'}."
    if held.step is Step.CHECKED:
        return f"**{name}** is checked: {plural(held.wanted, 'run')} can be imported."
    return f"**{name}** waits to be checked."


@st.dialog("Import runs", width="medium", on_dismiss=_closed)
def _dialog() -> None:
    if not st.session_state.get(_OPEN):
        st.rerun()
    held = wiring.imports().of(state.user_id())
    try:
        if held is None:
            _choice()
        elif held.is_running:
            _heading(held.chosen)
            _progress("dialog")
            st.caption("This goes on when you close the dialog or leave the page.")
        elif held.step is Step.CHOSEN:
            _way_to_read(held)
        elif held.step is Step.CHECKED and held.plan is not None:
            _plan(held, held.plan)
        elif held.plan is not None:
            _done(held, held.plan)
    except ScenarioDeskError as error:
        notices.failed(error)


def _choice() -> None:
    st.markdown(
        "CSV, JSON Lines, Parquet, xAPI statements as JSON Lines, or the SQLite file of the existing app. "
        "You see what is in it before anything is imported."
    )
    st.file_uploader("A file of runs", key=_FILE, on_change=_uploaded)
    largest = st.get_option("server.maxUploadSize")
    st.caption(f"Files above {largest:,} MB are imported by the command `scenario-desk usage import FILE`.")
    if has_app_records(wiring.desk().engine):
        st.button(OWN_DATABASE, key="usage_import_own", icon=":material/database:", on_click=_chose_own)
    _history()


def _history() -> None:
    former = run_imports.applied(_steward())
    if not former:
        return
    st.markdown("**Former imports**")
    number = st.column_config.NumberColumn
    text = st.column_config.TextColumn
    st.dataframe(
        history(former[:MOST_FORMER], person.owner_names()),
        hide_index=True,
        height=_height(len(former)),
        column_config={
            "at": text("When (UTC)"),
            "by": text("By"),
            "name": text("From"),
            "form": text("Form"),
            "added": number("Added", format="localized"),
            "known": number("Known", format="localized", help="In already"),
            "faulty": number("Left out", format="localized", help="Records with faults"),
        },
        key="usage_import_history",
    )
    if len(former) > MOST_FORMER:
        st.caption(f"The latest {MOST_FORMER} of {len(former):,}; the command `usage imports` lists all.")


def _heading(chosen: Chosen) -> None:
    facts = [FORMS[chosen.form], *([size(chosen.size)] if chosen.path else [])]
    st.markdown(f"**{plain(chosen.name)}** · {' · '.join(facts)}")


@st.fragment(run_every="1s")
def _progress(place: str) -> None:
    """Draws itself again until the work has ended, and then the page.

    `place` tells the one in the dialog from the one on the page: that of a closed dialog may be drawn once more.
    """
    held = wiring.imports().of(state.user_id())
    if held is None or not held.is_running:
        st.rerun()
    doing = "Stopping" if held.is_stopping else _DOING[held.step]
    with st.container(horizontal=True, vertical_alignment="center", key=f"usage_import_progress_{place}"):
        st.progress(held.share, text=f"{doing} {plain(held.chosen.name)}: {held.share:.0%}")
        st.button(
            "Stop", key=f"usage_import_stop_{place}", icon=":material/stop_circle:", on_click=_stop,
            disabled=held.is_stopping,
        )  # fmt: skip


def _way_to_read(held: Import) -> None:
    """The file could not be read, or is to be read in another way."""
    chosen = held.chosen
    _heading(chosen)
    _stopped(held)
    if held.problem is not None:
        _problem(held.problem, chosen)
    is_app_file = chosen.path is not None and chosen.form is Form.APP
    if chosen.path is not None and not is_app_file:
        st.selectbox(
            "Read it as", ways_to_read(chosen.form), key="usage_import_form", format_func=FORMS.__getitem__,
            index=ways_to_read(chosen.form).index(chosen.form), width=220,
        )  # fmt: skip
        st.checkbox("Pass over columns that a run does not have", key="usage_import_ignore")
    is_hopeless = is_app_file and isinstance(held.problem, InvalidRunsError)
    with st.container(horizontal=True):
        if not is_hopeless:
            st.button("Check it again", key="usage_import_check", type="primary", on_click=_check_again)
        _another(primary=is_hopeless)


def _problem(problem: ScenarioDeskError, chosen: Chosen) -> None:
    if not isinstance(problem, InvalidRunsError):
        notices.failed(problem)
        return
    st.error(f"**This can't be read as {taken_for(chosen.form)}.** {plain(problem.hint)}", icon=":material/error:")
    _fault_list(problem.faults[:MOST_FAULTS])


def _plan(held: Import, plan: ImportPlan) -> None:
    _heading(held.chosen)
    _stopped(held)
    if held.problem is not None:
        notices.failed(held.problem)
    if plan.imported_at is not None:
        st.info(
            f"Exactly this was imported on {plan.imported_at:%Y-%m-%d at %H:%M} UTC: there is nothing to do.",
            icon=":material/task_alt:",
        )
        _another(primary=True)
        return
    _counts(plan)
    if plan.fault_count:
        _faults(held.chosen, plan)
    if plan.is_empty:
        st.info("There is nothing new in it.", icon=":material/task_alt:")
    with st.container(horizontal=True):
        if not plan.is_empty:
            blocked = bool(plan.fault_count) and not st.session_state.get("usage_import_leave_out")
            st.button(
                f"Import {plural(held.wanted, 'run')}", key="usage_import_apply", type="primary", on_click=_apply,
                disabled=blocked, icon=":material/upload:",
            )  # fmt: skip
        _another(primary=plan.is_empty)
        if held.chosen.form is not Form.APP:
            st.button("Read it differently", key="usage_import_back", type="tertiary", on_click=_back)


def _counts(plan: ImportPlan) -> None:
    with st.grid(3, min_column_width=90):
        st.metric("New runs", f"{plan.new + plan.closed:,}", border=True)
        st.metric("In already", f"{plan.known:,}", border=True)
        st.metric("With faults", f"{plan.faulty:,}", border=True)
    if said := details(plan):
        st.markdown("\n".join(f"- {plain(each)}" for each in said))


def _faults(chosen: Chosen, plan: ImportPlan) -> None:
    st.warning(
        f"**{faults_said(plan.faulty)}.** Mend them and choose the file again, or leave them out.",
        icon=":material/rule:",
    )
    _fault_list(plan.faults[:MOST_FAULTS])
    table = partial(faults_csv, chosen.name, plan.faults, plan.fault_count)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download the faults", table, "faults.csv", "text/csv",
            on_click="ignore", key="usage_import_faults_csv", icon=":material/download:",
        )  # fmt: skip
        if plan.fault_count > MOST_FAULTS:
            st.caption(
                f"The first {MOST_FAULTS:,} of {plan.fault_count:,} faults; the download lists {len(plan.faults):,}."
            )
    if not plan.is_empty:
        st.checkbox(f"Leave out {plural(plan.faulty, 'record')} and import the rest", key="usage_import_leave_out")


def _height(rows: int) -> int | Literal["content"]:
    """As high as a few rows need, and no higher where there are more."""
    return "content" if rows <= FEW_ROWS else 250


def _fault_list(faults: Sequence[Fault]) -> None:
    st.table(
        fault_table(faults), border="horizontal", height=_height(len(faults)), hide_index=True,
        alt="Faults, in the order of the records",
    )  # fmt: skip


def _done(held: Import, plan: ImportPlan) -> None:
    _heading(held.chosen)
    st.success(f"**Imported {plural(held.wanted, 'run')}.**", icon=":material/task_alt:")
    said = [*([plural(plan.known, "run was in already", "runs were in already")] if plan.known else []),
            *([f"{plural(plan.faulty, 'record')} with faults left out"] if plan.faulty else []),
            *details(plan)]  # fmt: skip
    if said:
        st.markdown("\n".join(f"- {plain(each)}" for each in said))
    with st.container(horizontal=True):
        st.button("Done", key="usage_import_done", type="primary", on_click=_closed)
        _another("Import another file")
    _history()


def _stopped(held: Import) -> None:
    if held.was_stopped:
        st.info("Stopped: nothing was imported.", icon=":material/stop_circle:")


def _another(label: str = "Choose another file", *, primary: bool = False) -> None:
    st.button(label, key="usage_import_another", type="primary" if primary else "secondary", on_click=_forget)


def _steward() -> Steward:
    return Steward(wiring.desk(), state.me())


@notices.guarded
def _uploaded() -> None:
    file = st.session_state[_FILE]
    if file is not None:
        wiring.imports().choose(_steward(), file.name, file)
        _let_go(file)
        _check(_steward())


def _let_go(file: UploadedFile) -> None:
    """Free the memory that holds the bytes; Streamlit would hold them for as long as the page is open."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


@notices.guarded
def _chose_own() -> None:
    wiring.imports().choose_own(_steward())
    _check(_steward())


@notices.guarded
def _check_again() -> None:
    form = st.session_state.get("usage_import_form")
    _check(_steward(), form, ignore_unknown=bool(st.session_state.get("usage_import_ignore")))


def _check(steward: Steward, form: Form | None = None, *, ignore_unknown: bool = False) -> None:
    wiring.imports().check(steward, form, ignore_unknown=ignore_unknown)
    wiring.imports().wait(steward.user_id, QUICK_SECONDS)


@notices.guarded
def _apply() -> None:
    steward = _steward()
    wiring.imports().apply(steward, leave_out_faulty=bool(st.session_state.get("usage_import_leave_out")))
    wiring.imports().wait(steward.user_id, QUICK_SECONDS)


def _stop() -> None:
    wiring.imports().stop(state.user_id())


def _back() -> None:
    wiring.imports().back(state.user_id())


@notices.guarded
def _forget() -> None:
    wiring.imports().forget(state.user_id())
