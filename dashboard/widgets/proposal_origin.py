"""From a production scenario to the proposal that it comes from, for those who see it."""

from __future__ import annotations

import streamlit as st

from dashboard import navigate, state, wiring, words
from dashboard.widgets import person
from dashboard.words import plain
from scenario_core.catalogue import CatalogueScenario
from scenario_core.errors import DatabaseError
from scenario_core.scenario import Store

__all__ = ["draw"]


def draw(found: CatalogueScenario) -> None:
    """Who proposed it and when it was published; nothing where that is not known, or not for the person."""
    if found.store is not Store.PRODUCTION:
        return
    try:
        with wiring.desk().builder() as service:
            entry = service.proposals.published_as(found.scenario.scenario_id, state.user_id())
    except DatabaseError:
        return
    if entry is None:
        return
    st.subheader("Proposed by")
    said = f"{person.owner_name(entry.proposer_id)}, published {words.moment(entry.updated_at)} UTC"
    navigate.link(navigate.PROPOSALS, plain(said), ":material/rate_review:", id=entry.proposal_id)
