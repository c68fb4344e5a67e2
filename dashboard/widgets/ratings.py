"""What people think of a scenario, and the form for one's own rating."""

from __future__ import annotations

import streamlit as st

from dashboard import discovery, state, wiring
from dashboard.markup import render
from dashboard.widgets import notices, person
from scenario_core.catalogue import CatalogueScenario
from scenario_core.custom.ratings import LONGEST_REVIEW, MOST_STARS, PAGE, Rating
from scenario_core.errors import DatabaseError
from scenario_core.people import Operation, may

__all__ = ["draw"]

_SHOWN = "reviews_shown"


def draw(found: CatalogueScenario) -> None:
    """The average with its number, one's own rating, and the reviews of others."""
    scenario_id, me = found.scenario.scenario_id, state.me()
    if not found.subject.is_open:
        st.caption("Only shared scenarios are rated. Ratings from before it was private are kept, and back with it.")
        return
    of, many = st.session_state.get(_SHOWN, (scenario_id, PAGE))
    limit = many if of == scenario_id else PAGE
    try:
        with wiring.desk().builder() as service:
            sums = service.ratings.sums([scenario_id], me.user_id).get(scenario_id)
            mine = service.ratings.mine(scenario_id, me.user_id)
            is_author = service.ratings.is_author(scenario_id, me.user_id)
            reviews = service.ratings.reviews(scenario_id, me.user_id, limit=limit + 1)
    except DatabaseError:
        st.caption("Ratings can't be read at the moment.")
        return
    st.subheader(discovery.average(sums) if sums is not None else "Nobody has rated it yet")
    if is_author or found.subject.owned_by(me):
        st.caption("You have proposed it: others rate it." if is_author else "It is yours: others rate it.")
    elif may(me, Operation.RATE, found.subject).allowed:
        _form(scenario_id, mine)
    if reviews:
        st.html(render("reviews", reviews=discovery.reviews(reviews[:limit], person.owner_names())))
    elif sums is not None:
        st.caption("No review among the ratings.")
    if len(reviews) > limit:
        st.button("More reviews", key="more_reviews", on_click=_more, args=(scenario_id, limit + PAGE))


def _form(scenario_id: str, mine: Rating | None) -> None:
    stars, review = (f"{name}_{scenario_id}_{state.user_id()}" for name in ("stars", "review"))
    if stars not in st.session_state:
        st.session_state[stars] = mine.stars if mine else None
        st.session_state[review] = mine.review if mine else ""
    with st.container(border=True):
        st.radio(
            "My rating" if mine is None else f"My rating, given {mine.updated_at:%Y-%m-%d}",
            range(1, MOST_STARS + 1), key=stars, horizontal=True, format_func=lambda number: f"{number} ★",
            persist_state="session",
        )  # fmt: skip
        st.text_area(
            "Review (optional)", key=review, max_chars=LONGEST_REVIEW, height=110, persist_state="session",
            placeholder="What worked, what did not, and for whom it is. Everyone who may read the scenario sees it.",
        )  # fmt: skip
        st.button(
            "Rate" if mine is None else "Save my rating", type="primary", icon=":material/star:", key="rate",
            on_click=_rate, args=(scenario_id, stars, review),
        )  # fmt: skip
    if mine is not None:
        st.button(
            "Take my rating back", key="withdraw_rating", type="tertiary", icon=":material/undo:",
            on_click=_withdraw, args=(scenario_id,),
        )  # fmt: skip


def _more(scenario_id: str, number: int) -> None:
    st.session_state[_SHOWN] = (scenario_id, number)


@notices.guarded
def _rate(scenario_id: str, stars: str, review: str) -> None:
    number = st.session_state[stars]
    if number is None:
        state.say("Choose from one to five stars first.", ":material/star_half:")
        return
    with wiring.desk().builder() as service:
        service.ratings.rate(scenario_id, state.user_id(), number, st.session_state[review])
    state.say("Your rating is saved.", ":material/star:")


@notices.guarded
def _withdraw(scenario_id: str) -> None:
    """What was written stays in the form, so that one click gives it again."""
    with wiring.desk().builder() as service:
        service.ratings.withdraw(scenario_id, state.user_id())
    state.say("Your rating is taken back; what you wrote is still in the form.", ":material/undo:")
