"""Who is looking: in local mode anybody of this machine, chosen in the sidebar."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import state, wiring, words
from dashboard.widgets import notices
from dashboard.words import plain
from scenario_core.custom.directory import add_person
from scenario_core.people import Operation, Person, Role, may

__all__ = ["owner_name", "owner_names", "switch"]

_KEY = "person"


def owner_names() -> Callable[[int], str]:
    """What owners are called, by their numbers; looked up once for a whole page."""
    known = {person.user_id: person for person in wiring.people()}
    reader_id = state.user_id()
    return lambda number: words.person_name(known.get(number) or Person(number, frozenset()), reader_id)


def owner_name(user_id: int) -> str:
    """What one owner is called."""
    return owner_names()(user_id)


def switch() -> None:
    """Choose who is looking; the choice stays in the address."""
    me = state.me()
    people = {person.user_id: person for person in wiring.people()}
    people.setdefault(me.user_id, me)
    state.carry_user()
    if len(people) == 1:
        st.markdown(f":material/person: **{plain(_name(me))}**")
    else:
        _choice(me.user_id, people)
    st.caption(", ".join(words.ROLES[role] for role in Role if role in me.roles))
    if may(me, Operation.MANAGE_PEOPLE).allowed:
        popover = st.popover(
            "Add a person", icon=":material/person_add:", type="tertiary", on_change="rerun", key="add_a_person"
        )
        if popover.open:
            with popover:
                _add_form()


def _choice(number: int, people: dict[int, Person]) -> None:
    state.hold(_KEY, number)
    st.selectbox(
        "You are",
        list(people),
        key=_KEY,
        format_func=lambda each: _name(people[each]),
        on_change=_switched,
        icon=":material/person:",
    )


def _name(person: Person) -> str:
    return person.name or ("Local person" if person.user_id == local() else f"Person {person.user_id}")


def local() -> int:
    """The number of this machine's own person."""
    return wiring.settings().local_user


def _switched() -> None:
    state.become(st.session_state[_KEY])


def _add_form() -> None:
    with st.form("add_person", border=False):
        st.text_input("Name", key="new_person_name", max_chars=255)
        st.multiselect(
            "Roles", [role.value for role in Role], default=[Role.AUTHOR.value], key="new_person_roles",
            format_func=lambda role: words.ROLES[Role(role)],
        )  # fmt: skip
        st.form_submit_button("Add", type="primary", on_click=_add)


@notices.guarded
def _add() -> None:
    roles = {Role(role) for role in st.session_state.new_person_roles}
    person = add_person(wiring.desk().engine, state.me(), st.session_state.new_person_name, roles)
    wiring.people.clear()
    st.session_state.new_person_name = ""
    state.say(f"{plain(person.name)} can be chosen now.", ":material/person_add:")
