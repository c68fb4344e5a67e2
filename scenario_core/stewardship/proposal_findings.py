"""What the content checks say of a proposal as it would stand in production, among the scenarios that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from scenario_core.errors import DatabaseError
from scenario_core.integrity import CHECKS, Finding, Outcome, Report, StoredResults, Waiver, content_pass, waivers
from scenario_core.integrity.checks import ContentCheck
from scenario_core.integrity.findings import About
from scenario_core.integrity.reading import Reading
from scenario_core.integrity.results import Result
from scenario_core.integrity.snapshot import Snapshot, Unread
from scenario_core.progress import silent
from scenario_core.scenario import ConversationScenario, Store
from scenario_core.stewardship.steward import Steward


def assess(steward: Steward, scenario: ConversationScenario) -> Report:
    """Ask every content check about a scenario as if it stood in production under its id, and about nothing else.

    What is alike among scenarios is looked for in production, without the record that has the id now. What the checks
    have found in the others before is not looked for again. Waivers that hold for that record hold here too.
    """
    checks = [check() for check in CHECKS if issubclass(check, ContentCheck)]
    snapshot = _WithProposed.of(steward.desk.snapshot(database=False), scenario)
    with snapshot:
        found = content_pass.run(snapshot, checks, _Known(StoredResults(steward.desk.engine)), silent)
        reading = Reading(scenario, Store.PRODUCTION)
        outcomes = tuple(
            _about(outcome, scenario.scenario_id, check.not_checked(reading))
            for outcome, check in zip(found.outcomes, checks, strict=True)
        )
        return Report(
            outcomes,
            production_count=len(snapshot.scenarios),
            revision=snapshot.production.loaded.revision,
            waived=_waived(steward, [each for outcome in outcomes for each in outcome.findings], snapshot),
            about={scenario.scenario_id: About(scenario.name, scenario.category, Store.PRODUCTION)},
        )


class _WithProposed(Snapshot):
    """Production with the proposed scenario behind all others, and without the record in whose place it would come."""

    proposed: ConversationScenario

    @classmethod
    def of(cls, snapshot: Snapshot, scenario: ConversationScenario) -> _WithProposed:
        made = cls(snapshot.manager, None, snapshot.expected_count)
        made.proposed = scenario
        return made

    def unread_production(self) -> Iterator[Unread]:
        scenario_id = self.proposed.scenario_id
        yield from (each for each in super().unread_production() if each.scenario_id != scenario_id)
        yield Unread(scenario_id, Store.PRODUCTION, "", partial(Reading, self.proposed, Store.PRODUCTION))


class _Known:
    """What is known of the scenarios of both stores: what was not known of one is kept, and nothing is forgotten."""

    def __init__(self, stored: StoredResults) -> None:
        self._stored = stored

    def read(self) -> Mapping[str, Result]:
        """Everything that is kept and still holds."""
        return self._stored.read()

    def keep(self, fresh: Mapping[str, Result], gone: set[str]) -> None:
        """Keep what was found in others; the scenarios that are not looked at here are not gone."""
        del gone
        self._stored.keep(fresh, set())


def _about(outcome: Outcome, scenario_id: str, not_checked: str) -> Outcome:
    """The outcome as far as it is about this scenario; that others could not be judged does not matter here."""
    found = tuple(finding for finding in outcome.findings if finding.scenario_id == scenario_id)
    return Outcome(outcome.code, outcome.name, found, outcome.problem, {not_checked: 1} if not_checked else {})


def _waived(steward: Steward, found: Sequence[Finding], snapshot: Snapshot) -> dict[str, Waiver]:
    prints = {finding.fingerprint for finding in found}
    try:
        listed = waivers.listed(steward.desk.engine)
    except DatabaseError:
        return {}
    today = snapshot.now.date()
    return {each.fingerprint: each for each in listed if each.fingerprint in prints and not each.has_expired(today)}
