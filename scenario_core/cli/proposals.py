"""Proposals to production: authors propose and answer, content managers look, answer, publish and take back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from scenario_core import exports
from scenario_core.cli.context import Json, command_of, desk_of
from scenario_core.cli.output import show_json, show_lines, show_table
from scenario_core.custom import ScenarioBuilderService
from scenario_core.custom.proposal_records import Proposal, ProposalEvent, ProposalState
from scenario_core.custom.proposals import PAGE
from scenario_core.errors import ScenarioNotFoundError, StalePlanError
from scenario_core.integrity import Report
from scenario_core.integrity.diff import CatalogueDiff, render_text
from scenario_core.integrity.reports.text import details
from scenario_core.stewardship import proposal_findings
from scenario_core.stewardship import proposals as stewardship
from scenario_core.stewardship.proposals import PublishPlan, RevertPlan
from scenario_core.stewardship.steward import Steward

proposals = typer.Typer(
    no_args_is_help=True,
    help="Propose scenarios to production; list, read, answer and publish proposals, and take that back.",
)
Id = Annotated[str, typer.Argument(help="The proposal's id, as `proposals list` prints it.")]
ProductionId = Annotated[
    str | None,
    typer.Option("--as", help="The id in production: a new one, or that of what the scenario is a copy of."),
]
Text = Annotated[str, typer.Option(help="What you want to say.")]
Plan = Annotated[bool, typer.Option("--plan", help="Show what would be done, and do nothing.")]
Expect = Annotated[str | None, typer.Option(help="Only do it if this still is the plan: the mark that --plan prints.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(proposals, name="proposals")


@proposals.command(name="list")
def list_proposals(
    context: typer.Context,
    state: Annotated[list[ProposalState] | None, typer.Option(help="Only in this state. Repeatable.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = PAGE,
    skip: Annotated[int, typer.Option(min=0, help="How many to leave out before them.")] = 0,
    *,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody's, for content managers.")] = False,
    as_json: Json = False,
) -> None:
    """List your own proposals, or everybody's, the latest change first.

    Example: scenario-desk proposals list --all --state open
    """
    desk = desk_of(context)
    with desk.builder() as service:
        lists = service.proposals.list_all if everybody else service.proposals.list_own
        page = lists(desk.settings.user, states=state or (), limit=limit, skip=skip)
    if as_json:
        show_json({"proposals": [asdict(entry) for entry in page.entries], "total": page.total})
        return
    show_table(
        ("id", "state", "title", "author", "what it would do", "changed"),
        [
            (
                each.proposal_id,
                each.state.words,
                each.title,
                each.proposer_id,
                f"replace {each.replaces}" if each.replaces else "add",
                f"{each.updated_at:%Y-%m-%d %H:%M}",
            )
            for each in page.entries
        ],
    )
    if page.total > len(page.entries):
        show_lines([f"{len(page.entries)} of {page.total} proposals; --skip and --limit show others"])


@proposals.command()
def show(context: typer.Context, proposal_id: Id, production_id: ProductionId = None, *, as_json: Json = False) -> None:
    """Show a proposal: what it would change in production, what the checks find, and what was said.

    Example: scenario-desk proposals show 3f9a1c2e
    """
    steward = Steward.configured(desk_of(context))
    found = stewardship.get(steward, proposal_id)
    with steward.desk.builder() as service:
        said = service.proposals.events(proposal_id, steward.user_id)
    try:
        made = stewardship.preview(steward, found, production_id)
    except ScenarioNotFoundError as error:
        change, note, scenario = None, str(error), found.scenario
    else:
        change, note, scenario = made.change, "", made.scenario
    report = proposal_findings.assess(steward, scenario)
    if as_json:
        difference = change.to_json() if change else None
        findings = [finding.to_json() for finding in report.findings]
        told = {"change": difference, "note": note, "findings": findings, "said": [asdict(each) for each in said]}
        show_json({**_plain(found), "document": found.scenario.model_dump(mode="json"), **told})
        return
    show_lines(_sheet(found, change, note))
    show_lines(["", *_findings(report), "", *_said(said)])


@proposals.command()
def propose(
    context: typer.Context,
    scenario_id: Annotated[str, typer.Argument(help="A custom scenario of yours.")],
    text: Text = "",
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="In the place of the production scenario that it is a copy of.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Propose a scenario of yours for production. Content managers see it as it is now; it stays as private as it is.

    Example: scenario-desk proposals propose custom_travel_1795000000_0badcafe --text "For the airport unit"
    """
    desk = desk_of(context)
    user = desk.settings.user
    with desk.builder() as service:
        version = service.get_scenario(scenario_id, user).version
        made = service.proposals.propose(scenario_id, user, expected_version=version, replace=replace, text=text)
    _tell(made, as_json=as_json)


@proposals.command()
def update(context: typer.Context, proposal_id: Id, text: Text = "", *, as_json: Json = False) -> None:
    """Bring your proposal to the current version of its scenario; it is open again after that.

    Example: scenario-desk proposals update 3f9a1c2e --text "Two phrases more"
    """
    _answer(
        context,
        proposal_id,
        lambda it, user, version: it.proposals.update(proposal_id, user, expected_version=version, text=text),
        as_json=as_json,
    )


@proposals.command()
def withdraw(context: typer.Context, proposal_id: Id, *, as_json: Json = False) -> None:
    """Take your proposal back: content managers no longer see it.

    Example: scenario-desk proposals withdraw 3f9a1c2e
    """
    _answer(
        context,
        proposal_id,
        lambda it, user, version: it.proposals.withdraw(proposal_id, user, expected_version=version),
        as_json=as_json,
    )


@proposals.command()
def comment(
    context: typer.Context,
    proposal_id: Id,
    text: Annotated[str, typer.Argument(help="What you want to say.")],
    *,
    as_json: Json = False,
) -> None:
    """Say something about a proposal; its author and content managers read it.

    Example: scenario-desk proposals comment 3f9a1c2e "The second phase is my favourite."
    """
    desk = desk_of(context)
    with desk.builder() as service:
        said = service.proposals.comment(proposal_id, desk.settings.user, text)
    if as_json:
        show_json(asdict(said))
    else:
        show_lines([f"said about proposal {proposal_id}"])


@proposals.command()
def ask(
    context: typer.Context,
    proposal_id: Id,
    text: Annotated[str, typer.Option(help="Which changes.")],
    *,
    as_json: Json = False,
) -> None:
    """Ask the author of an open proposal for changes.

    Example: scenario-desk proposals ask 3f9a1c2e --text "The second phase needs more phrases."
    """
    _answer(
        context,
        proposal_id,
        lambda it, user, version: it.proposals.ask(proposal_id, user, text, expected_version=version),
        as_json=as_json,
    )


@proposals.command()
def decline(
    context: typer.Context,
    proposal_id: Id,
    text: Annotated[str, typer.Option(help="Why.")],
    *,
    as_json: Json = False,
) -> None:
    """Decline a proposal that is under review.

    Example: scenario-desk proposals decline 3f9a1c2e --text "We have three of these."
    """
    _answer(
        context,
        proposal_id,
        lambda it, user, version: it.proposals.decline(proposal_id, user, text, expected_version=version),
        as_json=as_json,
    )


@proposals.command()
def publish(
    context: typer.Context,
    proposal_id: Id,
    production_id: ProductionId = None,
    expect: Expect = None,
    *,
    plan: Plan = False,
    as_json: Json = False,
) -> None:
    """Publish an open proposal to production; what the file held before is kept, and the mirror follows.

    Example: scenario-desk proposals publish 3f9a1c2e --as late_bus --plan
    """
    steward = Steward.configured(desk_of(context))
    planned = stewardship.plan(steward, proposal_id, production_id)
    if plan:
        _show_plan(planned, as_json=as_json)
        return
    _require_expected(planned, expect)
    done = stewardship.publish(steward, planned)
    _tell(done, as_json=as_json)
    if not as_json:
        kept = done.publication.backup if done.publication else None
        show_lines([f"What the file held before is kept as {kept}."] if kept else [])
        show_lines([f"Note: {planned.miscounted}."] if planned.miscounted else [])
        show_lines([f"To take it back: {command_of(context, 'proposals', 'revert', proposal_id)}"])


@proposals.command()
def revert(
    context: typer.Context, proposal_id: Id, expect: Expect = None, *, plan: Plan = False, as_json: Json = False
) -> None:
    """Take a publication back, if its scenario has not been changed since: the former one stands there again, or none.

    Example: scenario-desk proposals revert 3f9a1c2e --plan
    """
    steward = Steward.configured(desk_of(context))
    planned = stewardship.plan_revert(steward, proposal_id)
    if plan:
        _show_plan(planned, as_json=as_json)
        return
    _require_expected(planned, expect)
    done = stewardship.revert(steward, planned)
    if not as_json:
        show_lines(planned.sentences())
    _tell(done, as_json=as_json)


def _answer(
    context: typer.Context,
    proposal_id: str,
    act: Callable[[ScenarioBuilderService, int, int], Proposal],
    *,
    as_json: bool,
) -> None:
    """Do something with a proposal at the version that it has now."""
    desk = desk_of(context)
    user = desk.settings.user
    with desk.builder() as service:
        version = service.proposals.get(proposal_id, user).version
        done = act(service, user, version)
    _tell(done, as_json=as_json)


def _tell(found: Proposal, *, as_json: bool) -> None:
    if as_json:
        show_json(_plain(found))
    else:
        where = f" as {found.entry.production_id}" if found.state is ProposalState.PUBLISHED else ""
        show_lines([f"proposal {found.proposal_id} ({found.entry.title}): {found.state.words}{where}"])


def _plain(found: Proposal) -> dict[str, Any]:
    publication = asdict(found.publication) if found.publication else {}
    publication.pop("former", None)
    return {
        **asdict(found.entry),
        "scenario_version": found.scenario_version,
        "frozen_at": found.frozen_at,
        "origin_id": found.origin_id,
        "publication": publication or None,
    }


def _sheet(found: Proposal, change: CatalogueDiff | None, note: str) -> Iterator[str]:
    entry = found.entry
    yield f"proposal {entry.proposal_id}: {entry.title}"
    yield f"state: {found.state.words}, version {found.version}"
    yield f"author: person {entry.proposer_id}, from {entry.scenario_id} at version {found.scenario_version}"
    yield f"as it stood: {found.frozen_at:%Y-%m-%d %H:%M} UTC"
    if found.state is ProposalState.PUBLISHED and found.publication:
        yield f"published as {found.publication.production_id}; backup {found.publication.backup or 'unknown'}"
    yield ""
    if change is None:
        yield note
    elif change.added:
        yield f"adds {next(iter(change.added))}:"
        yield exports.to_markdown(found.scenario)
    else:
        yield render_text(change, old_name="production", new_name="proposal")


def _findings(report: Report) -> Iterator[str]:
    found, waived = report.findings, report.waived_count
    yield f"{len(found)} finding{'' if len(found) == 1 else 's'}{f', {waived} waived' if waived else ''}"
    for finding in found:
        yield f"{finding.code} {finding.severity}: {finding.pointer or '/'}: {finding.message}"
        yield from (f"  {line}" for line in details(finding))
    for outcome in report.outcomes:
        for reason in (outcome.problem, *outcome.not_checked):
            if reason:
                yield f"{outcome.code} not checked: {reason}"


def _said(said: list[ProposalEvent]) -> Iterator[str]:
    for each in said:
        text = f": {each.text}" if each.text else ""
        yield f"{each.at:%Y-%m-%d %H:%M} person {each.actor_id} {each.kind.replace('_', ' ')}{text}"


def _show_plan(planned: PublishPlan | RevertPlan, *, as_json: bool) -> None:
    if as_json:
        show_json({"plan": planned.sentences(), "expect": planned.fingerprint})
        return
    show_lines(planned.sentences())
    show_lines([f"Nothing was changed. To do exactly this, add: --expect {planned.fingerprint}"])


def _require_expected(planned: PublishPlan | RevertPlan, expected: str | None) -> None:
    if expected is not None and expected != planned.fingerprint:
        raise StalePlanError("This is another plan than the one that was expected.", hint="Look at it with --plan.")
