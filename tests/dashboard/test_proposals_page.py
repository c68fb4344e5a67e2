"""The page Proposals: who sees what on it, what it does to the stores, and what it says where something is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import wiring
from dashboard.widgets import paging
from scenario_core import mirror
from scenario_core.bootstrap import Desk
from scenario_core.custom.directory import add_person
from scenario_core.custom.proposal_records import Proposal, ProposalState
from scenario_core.errors import DatabaseUnavailableError
from scenario_core.people import Role
from scenario_core.stewardship import proposal_findings, proposals
from scenario_core.stewardship.states import named_by_hash
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import SECRET, bytes_of, copy_proposed, proposed, publish
from tests.core.steward_examples import HOTEL, make_intact
from tests.core.test_exports import HOSTILE
from tests.factories import ADMIN, OWNER, ROOT, STRANGER, phase_document, scenario_document

MAIN = str(ROOT / "dashboard" / "main.py")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The shipped catalogue, intact, and the dashboard over it."""
    monkeypatch.setenv("SCENARIO_DESK_PRODUCTION", str(tmp_path / "scenarios.json"))
    monkeypatch.setenv("SCENARIO_DESK_DATABASE", f"sqlite:///{tmp_path / 'desk.db'}")
    monkeypatch.setenv("SCENARIO_DESK_USAGE", str(tmp_path / "usage"))
    made = make_intact(tmp_path)
    clear_caches()
    yield made
    made.close()
    wiring.checks().close()
    wiring.desk().close()
    clear_caches()


def clear_caches() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()


def opened(page: str = "proposals", /, **params: str) -> AppTest:
    test = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in params.items():
        test.query_params[name] = value
    test.switch_page(f"app_pages/{page}.py")
    test.run()
    assert not test.exception
    return test


def said(page: AppTest) -> str:
    """Everything that stands on the page, with the data of its components."""
    kinds = [page.markdown, page.caption, page.warning, page.error, page.info, page.subheader]
    texts = [element.value for kind in kinds for element in kind]
    html = [element.proto.body for element in page.get("html")]
    return "\n".join([*texts, *html, *(str(element.proto) for element in page.get("bidi_component"))]).replace("\\", "")


def labels(page: AppTest) -> set[str]:
    return {button.label for button in page.button} | {element.proto.popover.label for element in page.get("popover")}


def get(desk: Desk, found: Proposal) -> Proposal:
    return proposals.get(Steward.configured(desk), found.proposal_id)


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_somebody_elses_proposal(desk: Desk, role: Role) -> None:
    found = proposed(desk, name=f"About a {SECRET}")
    person = add_person(desk.engine, desk.directory.person(ADMIN), "Somebody", {role})
    shown = opened(id=found.proposal_id, **{"as": str(person.user_id)})
    listed = opened(**{"as": str(person.user_id)})
    if role in {Role.CONTENT_MANAGER, Role.ADMIN}:
        assert SECRET in said(shown)
        assert SECRET in said(listed)
        assert "Publish" in labels(shown)
    else:
        assert SECRET not in said(shown) + said(listed)
        assert "There is no proposal" in shown.error[0].value
        assert "Publish" not in labels(shown)


def test_a_withdrawn_proposal_is_gone_for_content_managers(desk: Desk) -> None:
    found = proposed(desk, name=f"About a {SECRET}")
    with desk.builder() as service:
        service.proposals.withdraw(found.proposal_id, OWNER, expected_version=1)
    assert SECRET not in said(opened(id=found.proposal_id)) + said(opened(state="all")) + said(
        opened(state="withdrawn")
    )
    assert SECRET in said(opened(id=found.proposal_id, **{"as": str(OWNER)}))


def test_its_author_reads_and_answers_but_does_not_publish(desk: Desk) -> None:
    found = proposed(desk)
    shown = opened(id=found.proposal_id, step="publish", **{"as": str(OWNER)})
    assert {"Open the scenario", "Bring it up to date", "Withdraw"} <= labels(shown)
    assert not {"Publish", "Show the plan", "Publish now"} & labels(shown)


def test_publishing_shows_the_plan_first_and_does_exactly_that(desk: Desk) -> None:
    steward = Steward.configured(desk)
    before = bytes_of(steward)
    found = copy_proposed(desk, HOTEL)
    page = opened(id=found.proposal_id)
    page.button(key="publish").click().run()
    page.button(key="publish_show_plan").click().run()
    assert "2 fields would differ" not in said(page)
    assert "1 field would differ" in said(page)
    assert bytes_of(steward) == before
    page.button(key="publish_do").click().run()
    assert get(desk, found).state is ProposalState.PUBLISHED
    assert json.loads(bytes_of(steward))[HOTEL]["setting"] == "By the window"
    assert "Publish" not in labels(page)
    assert "Published as" in said(page)


def test_the_id_that_is_typed_is_the_id_that_is_published(desk: Desk) -> None:
    found = proposed(desk)
    page = opened(id=found.proposal_id, step="publish")
    assert page.text_input(key="publish_id").value == "a_table_by_the_window"
    page.text_input(key="publish_id").set_value("Not An Id")
    page.button(key="publish_show_plan").click().run()
    assert "lower case ASCII words" in page.error[0].value.replace("\\", "")
    page.text_input(key="publish_id").set_value("the_window").run()
    page.button(key="publish_show_plan").click().run()
    page.button(key="publish_do").click().run()
    assert get(desk, found).entry.production_id == "the_window"


def test_a_copy_can_be_added_beside_what_it_is_a_copy_of(desk: Desk) -> None:
    found = copy_proposed(desk, HOTEL, name="At the Inn")
    page = opened(id=found.proposal_id, step="publish")
    page.radio(key="publish_aim").set_value("add").run()
    assert page.query_params["into"] == "at_the_inn"
    page.button(key="publish_show_plan").click().run()
    page.button(key="publish_do").click().run()
    assert {HOTEL, "at_the_inn"} <= json.loads(bytes_of(Steward.configured(desk))).keys()


def test_a_plan_that_no_longer_holds_is_refused_and_said(desk: Desk) -> None:
    found = proposed(desk)
    page = opened(id=found.proposal_id, step="publish")
    page.button(key="publish_show_plan").click().run()
    document = json.loads(desk.production.path.read_bytes())
    document[HOTEL]["setting"] = "Elsewhere"
    desk.production.path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    page.button(key="publish_do").click().run()
    assert "Changed meanwhile" in page.error[0].value
    assert get(desk, found).state is ProposalState.OPEN


def test_an_interrupted_publication_is_finished_from_the_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError("The connection is lost.")

    found = proposed(desk)
    page = opened(id=found.proposal_id, step="publish")
    page.button(key="publish_show_plan").click().run()
    with monkeypatch.context() as patch:
        patch.setattr(mirror, "follow", fail)
        page.button(key="publish_do").click().run()
    assert "The connection is lost" in page.error[0].value.replace("\\", "")
    assert "Publishing was interrupted" in page.warning[0].value
    page.button(key="publish_show_plan").click().run()
    page.button(key="publish_do").click().run()
    assert get(desk, found).state is ProposalState.PUBLISHED


def test_what_was_asked_for_stands_on_the_page(desk: Desk) -> None:
    found = proposed(desk)
    with desk.builder() as service:
        service.proposals.ask(found.proposal_id, ADMIN, "Two phrases more, please.", expected_version=1)
    page = opened(id=found.proposal_id, **{"as": str(OWNER)})
    assert "Two phrases more, please." in said(page)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_people_wrote_is_no_markup(desk: Desk, text: str) -> None:
    found = proposed(desk, name=f"{text} x", setting=text)
    with desk.builder() as service:
        service.proposals.ask(found.proposal_id, ADMIN, f"{text} y", expected_version=1)
    for page in (opened(id=found.proposal_id), opened(state="all"), opened(id=found.proposal_id, into=text)):
        html = [element.proto.body for element in page.get("html")]
        assert not any("<img" in body or "<script" in body for body in html)
        read = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info]
        assert not any(text.strip() in element.value for element in read if text.strip())


def test_lists_are_filtered_by_their_address_and_paged(desk: Desk) -> None:
    made = [proposed(desk, STRANGER, name=f"No {number}") for number in range(52)]
    with desk.builder() as service:
        service.proposals.decline(made[0].proposal_id, ADMIN, "No.", expected_version=1)
    assert "No 51" in said(opened())
    assert 'No 1"' not in said(opened())
    assert 'No 1"' in said(opened(page="2"))
    assert 'No 1"' in said(opened(page="99"))
    declined = said(opened(state="declined"))
    assert "No 0" in declined
    assert "No 51" not in declined
    assert "You have proposed nothing" in said(opened(whose="mine"))
    assert "No 51" in said(opened(state="nonsense", page="x", whose="?"))


def test_the_way_from_a_scenario_to_its_proposal(desk: Desk) -> None:
    with desk.builder() as service:
        mine = service.create_scenario(OWNER, scenario_document())
        other = service.create_scenario(STRANGER, scenario_document())
        service.set_visibility(other.scenario_id, STRANGER, is_public=True, expected_version=1)
    who = {"as": str(OWNER)}
    assert "Propose to production" in labels(opened("scenario", id=mine.scenario_id, **who))
    assert "Propose to production" not in labels(opened("scenario", id=other.scenario_id, **who))
    assert "Propose to production" not in labels(opened("scenario", id=HOTEL))
    with desk.builder() as service:
        service.proposals.propose(mine.scenario_id, OWNER, expected_version=1)
    found = labels(opened("scenario", id=mine.scenario_id, **who))
    assert "Its proposal" in found
    assert "Propose to production" not in found


def test_the_first_page_says_what_waits(desk: Desk) -> None:
    def links(**params: str) -> str:
        return "\n".join(element.proto.label for element in opened("home", **params).get("page_link"))

    who = {"as": str(OWNER)}
    assert "No open proposals" in links()
    assert "proposal" not in links(**who)
    first = proposed(desk)
    proposed(desk)
    assert "2 open proposals" in links()
    with desk.builder() as service:
        service.proposals.ask(first.proposal_id, ADMIN, "Why?", expected_version=1)
    assert "1 open proposal" in links()
    assert "Changes are asked for in 1 proposal" in links(**who)


def test_a_published_proposal_leads_to_what_it_has_become(desk: Desk) -> None:
    steward = Steward.configured(desk)
    done = publish(steward, copy_proposed(desk, HOTEL))
    page = opened(id=done.proposal_id)
    assert "Take it back" in labels(page)
    links = {element.proto.label for element in page.get("page_link")}
    assert {"Open it in production", "What it changed"} <= links


def difference_link(page: AppTest) -> tuple[str, str] | None:
    """The label and the address of the way to what differs."""
    found = [each.proto for each in page.get("page_link") if each.proto.label.startswith("What ")]
    return (found[0].label, found[0].query_string) if found else None


def test_what_it_changed_is_what_it_left_and_not_what_stands_there_by_now(desk: Desk) -> None:
    steward = Steward.configured(desk)
    done = publish(steward, copy_proposed(desk, HOTEL))
    after = desk.production.revision
    publish(steward, proposed(desk))
    label, address = difference_link(opened(id=done.proposal_id)) or ("", "")
    left = named_by_hash(steward, after)
    assert (label, left is not None and left in address) == ("What it changed", True)
    for file in desk.production.backup_files():
        if file.name == left:
            file.path.unlink()
    label, address = difference_link(opened(id=done.proposal_id)) or ("", "")
    assert (label, "new=production" in address) == ("What changed since", True)
    for file in desk.production.backup_files():
        file.path.unlink()
    assert difference_link(opened(id=done.proposal_id)) is None


def test_the_change_stands_there_before_findings_are_looked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise DatabaseUnavailableError("Not now.")

    found = copy_proposed(desk, HOTEL)
    monkeypatch.setattr(proposal_findings, "assess", fail)
    page = opened(id=found.proposal_id)
    assert "By the window" in said(page)
    assert "Publish" in labels(page)
    assert "Not now" in page.error[0].value


def test_without_a_database_the_page_says_so(desk: Desk, tmp_path: Path) -> None:
    desk.engine.dispose()
    for name in ("desk.db", "desk.db-wal", "desk.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    for page in (opened(), opened(id="0badcafe")):
        assert "The database can't be used now" in page.error[0].value


def test_every_finding_is_within_reach(desk: Desk) -> None:
    phases = [
        phase_document(f"p{place}", essential_phrases=[f"TODO number {place} {number}" for number in range(20)])
        for place in range(3)
    ]
    found = proposed(desk, phases=phases)
    report = proposal_findings.assess(Steward.configured(desk), found.scenario)
    total = len(report.findings)
    assert total > paging.SIZE

    def page_of(number: int) -> str:
        page = opened(id=found.proposal_id, findings=str(number))
        page.session_state["proposal_part"] = "Findings"
        return said(page.run())

    assert f"1 to 50 of {total} findings" in page_of(1)
    last = -(-total // paging.SIZE)
    assert f"{(last - 1) * paging.SIZE + 1} to {total} of {total} findings" in page_of(last)
