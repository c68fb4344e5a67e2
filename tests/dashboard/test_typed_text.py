"""What is typed and not yet sent: it survives another tab, a closed popover and another page, and is one person's."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from scenario_core.custom.proposal_records import EventKind
from scenario_core.custom.service import ScenarioBuilderService
from tests.dashboard.test_discover_pages import HOTEL, Serve, folder, open_page, reviews_of, service
from tests.dashboard.test_pages import Open
from tests.factories import ADMIN, OWNER, STRANGER, scenario_document

__all__ = ["folder", "open_page", "service"]

TEXT = "Half a sentence"


def propose(it: ScenarioBuilderService) -> str:
    made = it.create_scenario(OWNER, scenario_document())
    return it.proposals.propose(made.scenario_id, OWNER, expected_version=1).proposal_id


def away_and_back(page: AppTest, **params: str) -> AppTest:
    """Type, look at another page, and come back."""
    page.run()
    page.switch_page("app_pages/catalogue.py").run()
    for name, value in params.items():
        page.query_params[name] = value
    return page


@pytest.mark.parametrize(("name", "who"), [("ask", ADMIN), ("decline", ADMIN), ("update", OWNER)])
def test_an_answer_survives_a_closed_popover_and_another_page(
    service: Serve, open_page: Open, name: str, who: int
) -> None:
    with service() as it:
        proposal_id = propose(it)
    page = open_page("proposals", id=proposal_id, **{"as": str(who)})
    page.session_state[f"proposal_{name}"] = True
    page.run()
    key = f"proposal_{name}_{proposal_id}_{who}"
    page.text_area(key=key).set_value(TEXT).run()
    page.session_state[f"proposal_{name}"] = False
    page.run()
    page = away_and_back(page, id=proposal_id)
    page.switch_page("app_pages/proposals.py").run()
    page.session_state[f"proposal_{name}"] = True
    assert page.run().text_area(key=key).value == TEXT


def test_a_comment_survives_another_tab(service: Serve, open_page: Open) -> None:
    with service() as it:
        proposal_id = propose(it)
    page = open_page("proposals", id=proposal_id)
    key = f"proposal_comment_{proposal_id}_{ADMIN}"
    for tab in ("Conversation", "Findings", "Conversation"):
        page.session_state["proposal_part"] = tab
        page.run()
        if tab == "Conversation" and not page.text_area(key=key).value:
            page.text_area(key=key).set_value(TEXT).run()
    assert page.text_area(key=key).value == TEXT


def test_the_second_click_of_a_double_click_says_nothing_more(service: Serve, open_page: Open) -> None:
    with service() as it:
        proposal_id = propose(it)
        page = open_page("proposals", id=proposal_id)
        page.session_state["proposal_part"] = "Conversation"
        page.run()
        for _ in range(2):  # the browser sends the second click before it knows that the field is empty
            page.text_area(key=f"proposal_comment_{proposal_id}_{ADMIN}").set_value(TEXT)
            page.button(key="proposal_say_do").click().run()
        kinds = [each.kind for each in it.proposals.events(proposal_id, ADMIN)]
    assert kinds.count(EventKind.COMMENTED) == 1
    assert page.text_area(key=f"proposal_comment_{proposal_id}_{ADMIN}").value == ""


def test_a_review_survives_another_tab_and_is_not_the_next_persons(service: Serve, open_page: Open) -> None:
    with service() as it:
        page = reviews_of(open_page, HOTEL)
        page.radio(key=f"stars_{HOTEL}_{ADMIN}").set_value(4)
        page.text_area(key=f"review_{HOTEL}_{ADMIN}").set_value(TEXT).run()
        for tab in ("Scenario", "Reviews"):
            page.session_state["scenario_tab"] = tab
            page.run()
        assert page.radio(key=f"stars_{HOTEL}_{ADMIN}").value == 4
        assert page.text_area(key=f"review_{HOTEL}_{ADMIN}").value == TEXT
        page.query_params["as"] = str(STRANGER)
        page.run()
        assert page.text_area(key=f"review_{HOTEL}_{STRANGER}").value == ""
        page.button(key="rate").click().run()
        assert it.ratings.mine(HOTEL, STRANGER) is None


def test_what_is_proposed_for_is_kept_for_each_scenario(service: Serve, open_page: Open) -> None:
    with service() as it:
        made = it.create_scenario(OWNER, scenario_document()).scenario_id
    page = open_page("scenario", id=made, **{"as": str(OWNER)})
    page.session_state["propose_to_production"] = True
    page.run()
    key = f"propose_text_{made}_{OWNER}"
    page.text_area(key=key).set_value(TEXT).run()
    for is_open in (False, True):
        page.session_state["propose_to_production"] = is_open
        page.run()
    assert page.text_area(key=key).value == TEXT
