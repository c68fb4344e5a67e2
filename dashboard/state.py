"""Who is looking, and every key of the session's state in one place. What must survive a reload is in the address."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import wiring
from dashboard.address import is_number
from scenario_core.custom.batch import Outcome
from scenario_core.people import Person

__all__ = [
    "USER_PARAM",
    "become",
    "carry_user",
    "forget_batch",
    "hold",
    "is_repeated",
    "last_batch",
    "link_params",
    "me",
    "remember",
    "said",
    "say",
    "steady",
    "ticked",
    "user_id",
]

USER_PARAM: Final = "as"
TICKED: Final = "ticked"
LAST_BATCH: Final = "last_batch"
DOUBLE_CLICK_SECONDS: Final = 3.0
_SAID: Final = "said"
_USER: Final = "user"


def user_id() -> int:
    """The number of the person who is looking: in local mode the one that the address names, or named before."""
    named = st.query_params.get(USER_PARAM, "")
    if is_number(named):
        st.session_state[_USER] = int(named)
    number: int = st.session_state.get(_USER, wiring.settings().user)
    return number


def become(number: int) -> None:
    """Somebody else is looking now; the address says so, if it is not the usual person."""
    st.session_state[_USER] = number
    st.session_state.pop(TICKED, None)
    forget_batch()
    carry_user()


def carry_user() -> None:
    """Put who is looking into the address, or out of it for the usual person."""
    number = st.session_state.get(_USER, wiring.settings().user)
    if number == wiring.settings().user:
        st.query_params.pop(USER_PARAM, None)
    elif st.query_params.get(USER_PARAM) != str(number):
        st.query_params[USER_PARAM] = str(number)


def me() -> Person:
    """The person who is looking."""
    return wiring.desk().directory.person(user_id())


def link_params() -> dict[str, str]:
    """What every link must carry so that the same person goes on looking."""
    number = user_id()
    return {} if number == wiring.settings().user else {USER_PARAM: str(number)}


def ticked() -> dict[str, str]:
    """The scenarios that are ticked, id -> title; they stay ticked from page to page."""
    found: dict[str, str] = st.session_state.setdefault(TICKED, {})
    return found


def remember(outcome: Outcome) -> None:
    """Keep what a batch has done, so that one click can undo it."""
    st.session_state[LAST_BATCH] = (user_id(), outcome)


def last_batch() -> Outcome | None:
    """The last batch of the person who is looking."""
    owner, outcome = st.session_state.get(LAST_BATCH) or (None, None)
    return outcome if owner == user_id() else None


def forget_batch() -> None:
    """There is nothing to undo any more."""
    st.session_state.pop(LAST_BATCH, None)


def say(sentence: str, icon: str = ":material/check:") -> None:
    """Show a sentence once the page is drawn again; it must be free of markup or escaped by `words.plain`."""
    st.session_state.setdefault(_SAID, []).append((sentence, icon))


def said() -> list[tuple[str, str]]:
    """The sentences that wait to be shown, each once."""
    found: list[tuple[str, str]] = st.session_state.pop(_SAID, [])
    return found


def hold(key: str, value: object) -> None:
    """Make a widget show a value that is decided elsewhere, such as by the address; to be called before it is drawn."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def is_repeated(key: str, value: str) -> bool:
    """Whether the same was asked for within the seconds of a double click; it is remembered from now on."""
    former: str | None
    at: float
    former, at = st.session_state.get(key, (None, 0.0))
    moment = time.monotonic()
    st.session_state[key] = (value, moment)
    return former == value and moment - at <= DOUBLE_CLICK_SECONDS


def steady(key: str, make: Callable[[], str]) -> str:
    """The same new value for some seconds: the two clicks of a double click ask for one thing, not for two."""
    value: str
    value, made_at = st.session_state.get(key, ("", 0.0))
    if time.monotonic() - made_at > DOUBLE_CLICK_SECONDS:
        value = make()
    st.session_state[key] = (value, time.monotonic())
    return value
