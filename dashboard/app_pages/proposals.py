"""Proposals to production: the list, and one with its change, findings, conversation. The address says which."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import components, navigate, proposal_words, sides, state, wiring, words
from dashboard.address import is_number
from dashboard.markup import render
from dashboard.proposal_words import BADGES, STATES
from dashboard.state_names import title as state_title
from dashboard.widgets import notices, person, proposal_answers, proposal_parts, proposal_publish
from dashboard.words import plain, plural
from scenario_core.custom.proposal_records import EventKind, Proposal, ProposalEntry, ProposalState
from scenario_core.custom.proposals import PAGE, ProposalPage
from scenario_core.errors import ProposalNotFoundError, ScenarioNotFoundError
from scenario_core.people import Operation, may
from scenario_core.stewardship import proposals
from scenario_core.stewardship.proposed import Candidate
from scenario_core.stewardship.states import PRODUCTION, named_by_hash

ALL: Final = "all"
EVERYBODY, MINE = "everybody", "mine"
WHOSE: Final = {EVERYBODY: "Everybody's", MINE: "Mine"}
PUBLISH: Final = "publish"
PARTS: Final = ("Change", "Findings", "Conversation")


def show(**params: str) -> None:
    """Another list, or one proposal."""
    st.query_params.from_dict({name: value for name, value in params.items() if value} | state.link_params())


def scenario_title(scenario_id: str) -> str:
    """What production calls a scenario, or its id."""
    found = wiring.desk().production.get(scenario_id)
    return found.name if found else scenario_id


def whose() -> str:
    """Whose proposals the address asks for: everybody's where the person may see them, else one's own."""
    if not may(state.me(), Operation.REVIEW).allowed:
        return MINE
    return MINE if st.query_params.get("whose") == MINE else EVERYBODY


def wanted_state(owner: str) -> str:
    """The state that the address asks for, or the usual one: content managers look for what is open."""
    named = st.query_params.get("state", "")
    usual = ProposalState.OPEN.value if owner == EVERYBODY else ALL
    return named if named in {ALL, *ProposalState} else usual


def page_of(owner: str, chosen: str) -> tuple[int, ProposalPage]:
    """The page that the address names, and its number."""
    named = st.query_params.get("page", "1")
    number = max(int(named), 1) if is_number(named) else 1
    states = () if chosen == ALL else (ProposalState(chosen),)
    with wiring.desk().builder() as service:
        lists = service.proposals.list_all if owner == EVERYBODY else service.proposals.list_own
        found = lists(state.user_id(), states=states, skip=(number - 1) * PAGE)
        if found.entries or not found.total:
            return number, found
        number = -(-found.total // PAGE)
        return number, lists(state.user_id(), states=states, skip=(number - 1) * PAGE)


def filters(owner: str, chosen: str, counts: dict[ProposalState, int]) -> None:
    """Whose, and in which state."""
    box = st.container(horizontal=True, vertical_alignment="center", key="proposals_filters")
    if may(state.me(), Operation.REVIEW).allowed:
        state.hold("proposals_whose", owner)
        box.segmented_control(
            "Whose", list(WHOSE), key="proposals_whose", required=True, label_visibility="collapsed",
            format_func=WHOSE.__getitem__, on_change=lambda: show(whose=st.session_state.proposals_whose),
        )  # fmt: skip
    options = [each.value for each in ProposalState if counts.get(each) or each == chosen]
    total = sum(counts.values())
    labels = {each.value: f"{STATES[each]} {counts.get(each, 0):,}" for each in ProposalState} | {ALL: f"All {total:,}"}
    state.hold("proposals_state", chosen)
    box.pills(
        "State", [*options, ALL], key="proposals_state", required=True, label_visibility="collapsed",
        format_func=labels.__getitem__, on_change=lambda: show(whose=owner, state=st.session_state.proposals_state),
    )  # fmt: skip


def everything() -> None:
    """The list."""
    owner = whose()
    chosen = wanted_state(owner)
    with notices.or_stop():
        number, found = page_of(owner, chosen)
    filters(owner, chosen, found.counts)
    if not found.entries:
        nothing(owner)
        return
    address = {"whose": owner, "state": chosen} | state.link_params()
    components.listing(
        proposal_words.listing_data(
            found.entries, person.owner_names(), scenario_title, address, with_author=owner == EVERYBODY
        ),
        key="proposals",
        on_open=lambda proposal_id: show(whose=owner, state=chosen, id=proposal_id),
    )
    pages = -(-found.total // PAGE)
    if pages > 1:
        state.hold("proposals_page", number)
        st.pagination(
            pages, key="proposals_page",
            on_change=lambda: show(whose=owner, state=chosen, page=str(st.session_state.proposals_page)),
        )  # fmt: skip


def nothing(owner: str) -> None:
    """Why the list is empty, and what to do."""
    if owner == EVERYBODY:
        text = "What authors propose for production stands here. Other states are a click away."
        st.html(render("empty", title="Nothing waits for you here.", text=text))
        return
    text = "Open a scenario of yours and choose Propose to production: content managers see it then and answer."
    st.html(render("empty", title="You have proposed nothing here.", text=text))
    navigate.link(navigate.MINE, "My scenarios", ":material/edit_note:")


def facts(found: Proposal, made: Candidate | None) -> list[tuple[str, str]]:
    """What is known of a proposal."""
    entry, done = found.entry, found.publication
    said = [
        ("Author", person.owner_name(entry.proposer_id)),
        ("As it stood (UTC)", f"{words.moment(found.frozen_at)}, version {found.scenario_version}"),
        ("Last change (UTC)", words.moment(entry.updated_at)),
    ]
    if made is not None and found.is_under_review:
        fields = sum(len(each.fields) for each in made.change.changed.values())
        said.append(("Change", "A new scenario" if made.former is None else f"{plural(fields, 'field')} differing"))
    if found.state in {ProposalState.PUBLISHED, ProposalState.TAKEN_BACK} and done is not None:
        said.append(("Id in production", done.production_id))
        said.append(("Backup before that", state_title(done.backup, scenario_title) if done.backup else "Not known"))
    return said


def head(found: Proposal, made: Candidate | None) -> None:
    """Which proposal it is, where it stands, and what was asked for."""
    entry = found.entry
    st.html(
        render(
            "proposal_head",
            title=entry.title,
            lang=found.scenario.language or "en",
            state=STATES[entry.state],
            kind=BADGES[entry.state],
            aim=proposal_words.aim(entry, scenario_title),
            facts=facts(found, made),
        )
    )


def answer(found: Proposal) -> None:
    """What content managers have asked for, or why they declined: the first thing that its author wants to know."""
    wanted = {ProposalState.CHANGES_ASKED_FOR: EventKind.CHANGES_ASKED_FOR, ProposalState.DECLINED: EventKind.DECLINED}
    kind = wanted.get(found.state)
    if kind is None:
        return
    with wiring.desk().builder() as service:
        said = service.proposals.events(found.proposal_id, state.user_id())
    last = next((each for each in reversed(said) if each.kind is kind), None)
    if last is not None:
        shown = proposal_words.event(last, person.owner_names())
        st.html(render("proposal_talk", events=[shown]))


def links(entry: ProposalEntry, found: Proposal) -> None:
    """From a published proposal to what it has become."""
    done = found.publication
    if entry.state is not ProposalState.PUBLISHED or done is None:
        return
    if wiring.desk().production.get(done.production_id) is not None:
        navigate.link(navigate.SCENARIO, "Open it in production", ":material/forum:", id=done.production_id)
    if not may(state.me(), Operation.CHECK).allowed or not is_kept(done.backup):
        return
    after = named_by_hash(sides.steward(), done.after_sha256) if done.after_sha256 else None
    navigate.link(
        navigate.COMPARE, "What changed since" if after is None else "What it changed", ":material/difference:",
        old=done.backup or "", new=after or PRODUCTION, scenario=done.production_id,
    )  # fmt: skip


def is_kept(backup: str | None) -> bool:
    """Whether a backup is still there."""
    return backup == PRODUCTION or backup in {file.name for file in wiring.desk().production.backup_files()}


def looked_at(proposal_id: str, into: str) -> tuple[Proposal, Candidate | None, str]:
    """A proposal, what it would make of production, and why that can't be told where it can't."""
    by = sides.steward()
    found = proposals.get(by, proposal_id)
    try:
        return found, proposals.preview(by, found, into or None), ""
    except ScenarioNotFoundError as error:
        return found, None, error.hint


def one(proposal_id: str) -> None:
    """One proposal."""
    into = st.query_params.get("into", "").strip()[:255]
    back = {name: st.query_params.get(name, "") for name in ("whose", "state")}
    publishing = st.query_params.get("step") == PUBLISH

    def at(name: str = "", *, step: str = PUBLISH) -> None:
        show(**back, id=proposal_id, into=name, step=step)

    st.button(
        "All proposals", icon=":material/arrow_back:", type="tertiary", key="all_proposals", on_click=show,
        kwargs=back,
    )  # fmt: skip
    with notices.or_stop(but=ProposalNotFoundError):
        found, made, problem = looked_at(proposal_id, into)
    head(found, made)
    number_of_findings = st.empty()
    if problem:
        st.warning(plain(f"It is to replace {found.origin_id}. {problem}"), icon=":material/help:")
    answer(found)
    with st.container(horizontal=True, vertical_alignment="center", key="proposal_actions"):
        links(found.entry, found)
        if proposal_publish.is_offered(found) and not publishing:
            st.button("Publish", icon=":material/publish:", type="primary", key="publish", on_click=at, args=(into,))
        proposal_answers.manager(found)
        if found.entry.proposer_id == state.user_id():
            proposal_answers.author(found)
    if publishing and proposal_publish.is_offered(found):
        with notices.or_stop():
            proposal_publish.box(found, made, into, proposal_publish.Going(at, lambda: at(into, step="")))
    tabs = st.tabs(PARTS, on_change="rerun", key="proposal_part")
    if tabs[0].open:
        with tabs[0]:
            proposal_parts.change(found, made)
    if tabs[1].open:
        with tabs[1]:
            findings = st.container()
    if tabs[2].open:
        with tabs[2]:
            proposal_parts.conversation(found)
    components.typing(key="typing")
    scenario = made.scenario if made else found.scenario
    with notices.or_stop():  # last, since it can take seconds
        report = proposal_parts.report_on(found, scenario)
    number_of_findings.caption(f"{plural(len(report.findings), 'finding')}." if report.findings else "No findings.")
    if tabs[1].open:
        with findings:
            proposal_parts.findings(report, scenario)


st.title("Proposals")
wanted = st.query_params.get("id", "")
if not wanted:
    everything()
else:
    try:
        one(wanted)
    except ProposalNotFoundError as error:
        notices.failed(error)
