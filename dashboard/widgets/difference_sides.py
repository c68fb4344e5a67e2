"""Choosing the two states that are compared: first their kind, then which one of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, cast

import streamlit as st

from dashboard import sides, state, state_names, wiring
from dashboard.compare_address import CompareView
from dashboard.state_names import FILE, KINDS, OF_ONE, Kind, kind_of, scenario_of, version_of
from dashboard.widgets import notices, person
from dashboard.words import moment, plain
from scenario_core.errors import ScenarioDeskError, ScenarioNotFoundError
from scenario_core.listing import CatalogueFilter, SortKey
from scenario_core.people import Operation, may
from scenario_core.production.backups import BackupFile
from scenario_core.stewardship.states import APPROVED, COPIED, MIRROR, ORIGIN, PRODUCTION, REVISION, SCENARIO

__all__ = ["choose", "default_view", "titles"]

MOST_FOUND: Final = 50
LARGEST_FILE_MB: Final = 200
Show = Callable[[CompareView], None]


def choose(view: CompareView, show: Show) -> None:
    """Both sides, and the button that swaps them."""
    left, middle, right = st.columns([10, 2, 10], vertical_alignment="top", gap="small")
    with left:
        _side("old", view, show)
    with middle, st.container(horizontal_alignment="center", key="swap_place"):
        if view.old and view.new:
            st.button(
                "Swap", icon=":material/swap_horiz:", key="swap", on_click=show, args=(view.swapped,),
                help="Compare the other way round", type="tertiary",
            )  # fmt: skip
    with right:
        _side("new", view, show)
    if FILE in {view.old, view.new}:
        _upload()


def default_view() -> CompareView:
    """What is compared where the address says nothing: the approved backup with production, for those who may."""
    if not may(state.me(), Operation.CHECK).allowed:
        return CompareView()
    files = wiring.desk().production.backup_files()
    approved = any(file.kind == "baseline" for file in files)
    return CompareView(APPROVED if approved else _newest_kept(files) or MIRROR, PRODUCTION)


def titles() -> Callable[[str], str]:
    """What states are called, with the titles of the scenarios that the person may read."""
    known: dict[str, str] = {}

    def scenario_title(scenario_id: str) -> str:
        if scenario_id not in known:
            try:
                found = wiring.desk().catalogue.resolve(state.user_id(), scenario_id)
                known[scenario_id] = found.scenario.name or scenario_id
            except ScenarioDeskError:
                known[scenario_id] = scenario_id
        return known[scenario_id]

    held = sides.held_file()
    return lambda name: state_names.title(name, scenario_title, held.name if held else "")


def _side(side: str, view: CompareView, show: Show) -> None:
    name = view.old if side == "old" else view.new
    kinds = _kinds(name)
    key = f"compare_{side}"
    state.hold(key, kind_of(name) if name else None)
    st.selectbox(
        side.capitalize(), kinds, index=0 if name else None, key=key, format_func=KINDS.__getitem__,
        placeholder="Choose a state", on_change=_chose_kind, args=(side, view, show),
    )  # fmt: skip
    if not name:
        return
    match kind_of(name):
        case "kept":
            _kept(side, name, view, show)
        case "scenario" | "origin" | "copied" | "revision":
            _scenario(side, name, view, show)
        case _:
            return


def _kinds(name: str) -> list[Kind]:
    """What there is to choose from, and what is chosen."""
    files = wiring.desk().production.backup_files()
    audits = may(state.me(), Operation.CHECK).allowed
    offered = {
        "production": audits,
        "backup": audits and any(file.kind == "baseline" for file in files),
        "kept": audits and any(file.kind != "baseline" for file in files),
        "mirror": audits,
    }
    chosen = kind_of(name) if name else None
    return [kind for kind in KINDS if offered.get(kind, True) or kind == chosen]


def _chose_kind(side: str, view: CompareView, show: Show) -> None:
    kind = cast("Kind | None", st.session_state[f"compare_{side}"])
    if kind is None:
        return
    other = view.new if side == "old" else view.old
    _chose(side, _first_of(kind, scenario_of(other)), view, show)


def _chose(side: str, name: str, view: CompareView, show: Show) -> None:
    show(view.between(name, view.new) if side == "old" else view.between(view.old, name))


def _first_of(kind: Kind, scenario_id: str) -> str:
    """The likeliest state of a kind, beside a side that is about this scenario."""
    match kind:
        case "production" | "backup" | "mirror":
            return {"production": PRODUCTION, "backup": APPROVED, "mirror": MIRROR}[kind]
        case "kept":
            return _newest_kept(wiring.desk().production.backup_files()) or APPROVED
        case "file":
            return FILE
        case "scenario":
            return f"{SCENARIO}{scenario_id or _first_scenario('scenario')}"
        case "origin":
            return f"{ORIGIN}{scenario_id or _first_scenario('origin')}"
        case "copied":
            return f"{COPIED}{scenario_id or _first_scenario('copied')}"
        case _:
            wanted = scenario_id or _first_scenario("revision")
            return f"{REVISION}{wanted}@{next(iter(_versions(wanted)), 1)}"


def _newest_kept(files: list[BackupFile]) -> str | None:
    return next((file.name for file in files if file.kind != "baseline"), None)


def _first_scenario(kind: Kind) -> str:
    return next(iter(_found(kind, "")), "")


def _found(kind: Kind, text: str) -> dict[str, str]:
    """The scenarios that a text finds, id -> title: those that can have an origin or versions, where that is asked."""
    stores = {"scenario": frozenset[str](), "origin": frozenset({"mine", "shared"})}.get(kind, frozenset({"mine"}))
    sort = SortKey.RELEVANCE if text.strip() else SortKey.TITLE
    wanted = CatalogueFilter(text=text, stores=stores)
    page = wiring.desk().catalogue.page(state.user_id(), wanted, sort=sort, limit=MOST_FOUND)
    return {entry.scenario_id: entry.title or entry.scenario_id for entry in page.entries}


def _kept(side: str, name: str, view: CompareView, show: Show) -> None:
    files = [file.name for file in wiring.desk().production.backup_files() if file.kind != "baseline"]
    key = f"compare_{side}_backup"
    state.hold(key, name)
    title = titles()

    def label(each: str) -> str:
        told = state_names.short_hash(each)
        return f"{title(each)}{f' · {told}' if told else ''}"

    st.selectbox(
        f"{side.capitalize()} backup", files if name in files else [name, *files], key=key, format_func=label,
        on_change=lambda: _chose(side, st.session_state[key], view, show), label_visibility="collapsed",
    )  # fmt: skip


def _scenario(side: str, name: str, view: CompareView, show: Show) -> None:
    kind, chosen = kind_of(name), scenario_of(name)
    text = st.text_input(
        f"Find the {side} scenario", key=f"compare_{side}_find", type="search", live="300ms",
        placeholder="Find by title or words", label_visibility="collapsed", max_chars=200, icon=":material/search:",
    )  # fmt: skip
    with notices.or_stop():
        found = _found(kind, text or "")
    title = titles()
    options = list(found) if chosen in found or not chosen else [chosen, *found]
    names = {chosen: title(f"{SCENARIO}{chosen}")} | found
    key = f"compare_{side}_scenario"
    state.hold(key, chosen or None)
    st.selectbox(
        f"{side.capitalize()} scenario", options, key=key, format_func=lambda each: f"{names[each]} · {each}",
        on_change=partial(_chose_scenario, side, kind, view, show), label_visibility="collapsed",
        placeholder="Choose a scenario", index=0 if chosen else None,
    )  # fmt: skip
    if kind == "revision":
        _version(side, name, view, show)


def _chose_scenario(side: str, kind: Kind, view: CompareView, show: Show) -> None:
    scenario_id = st.session_state[f"compare_{side}_scenario"]
    if scenario_id and kind in OF_ONE:
        _chose(side, _first_of(kind, scenario_id), view, show)


def _version(side: str, name: str, view: CompareView, show: Show) -> None:
    chosen, versions = version_of(name), _versions(scenario_of(name))
    if not versions:
        st.caption("There are no former versions, or they are not yours to see.")
        return
    key = f"compare_{side}_version"
    state.hold(key, chosen)
    st.selectbox(
        f"{side.capitalize()} version", list(versions) if chosen in versions else [chosen, *versions], key=key,
        format_func=lambda number: f"Version {number}{versions.get(number, '')}", label_visibility="collapsed",
        on_change=lambda: _chose(
            side, f"{REVISION}{scenario_of(name)}@{st.session_state[key]}", view, show
        ),
    )  # fmt: skip


def _versions(scenario_id: str) -> dict[int | None, str]:
    """The former versions of a scenario of the person who looks: number -> who replaced it, and when."""
    if not scenario_id:
        return {}
    try:
        with wiring.desk().builder() as service:
            former = service.revisions.list(scenario_id, state.user_id())
    except (ScenarioNotFoundError, ScenarioDeskError):
        return {}
    name = person.owner_names()
    return {each.version: f", replaced {moment(each.replaced_at)} UTC by {name(each.replaced_by)}" for each in former}


def _upload() -> None:
    held = sides.held_file()
    st.file_uploader(
        "A production file, or one scenario, as JSON", type="json", key="compare_file", on_change=_uploaded,
        max_upload_size=LARGEST_FILE_MB,
    )  # fmt: skip
    said = f"{plain(held.name)} is held" if held else "It is held"
    st.caption(f"{said} in this session only: nobody else sees it, and it is gone when you reload the page.")


@notices.guarded
def _uploaded() -> None:
    file = st.session_state.compare_file
    if file is not None:
        sides.hold_file(file.name, file.getvalue())
