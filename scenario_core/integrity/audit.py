"""Running the checks over one snapshot."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from scenario_core.integrity import content_pass, privacy
from scenario_core.integrity.checks import CHECKS, Check, ContentCheck, StructuralCheck
from scenario_core.integrity.checks.trail import WaiversInUse
from scenario_core.integrity.findings import Finding, Outcome, Report, Waiver
from scenario_core.integrity.results import NoResults, Results
from scenario_core.integrity.snapshot import CouldNotRunError, Snapshot
from scenario_core.progress import Progress, silent

Select = Callable[[type[Check]], bool]


def everything(check: type[Check]) -> bool:
    """Select every check."""
    del check
    return True


def selection(*, only: Collection[str] = (), skip: Collection[str] = (), database: bool = True) -> Select:
    """Select by codes or beginnings of codes, such as `CQ`; without a database only what needs none."""
    wanted, unwanted = (tuple(code.upper() for code in codes) for codes in (only, skip))

    def selected(check: type[Check]) -> bool:
        if wanted and not check.code.startswith(wanted):
            return False
        return (database or not check.needs_database) and not (unwanted and check.code.startswith(unwanted))

    return selected


def run(
    snapshot: Snapshot,
    *,
    select: Select = everything,
    waivers: Sequence[Waiver] = (),
    results: Results | None = None,
    progress: Progress = silent,
) -> Report:
    """Ask the checks; one that fails to run is reported as such, never as passed.

    What a structural check finds in a custom scenario that is not shared is reported by the number of its row alone.

    Args:
        snapshot: what to look at.
        select: which checks to ask.
        waivers: what somebody has decided to leave as it is.
        results: where what content checks found in a scenario is kept until the scenario changes.
        progress: told how many steps of how many are done. What it raises ends the run: that is how to stop it.
    """
    chosen = [check() for check in CHECKS if select(check)]
    structural = [check for check in chosen if isinstance(check, StructuralCheck) and type(check) is not WaiversInUse]
    content = [check for check in chosen if isinstance(check, ContentCheck)]
    with snapshot, _uncollected():
        outcomes = {}
        for done, check in enumerate(structural, start=1):
            outcomes[check.code] = _outcome(check, partial(check.run, snapshot))
            progress(done, len(structural))
        found = content_pass.run(snapshot, content, results or NoResults(), progress)
        outcomes |= {outcome.code: outcome for outcome in found.outcomes}
        outcomes |= _judged_waivers(chosen, outcomes, waivers, snapshot)
        outcomes |= _without_private([outcomes[check.code] for check in chosen if not check.waivable], snapshot)
        everything_found = [finding for outcome in outcomes.values() for finding in outcome.findings]
        return Report(
            tuple(outcomes[check.code] for check in chosen),
            production_count=len(snapshot.scenarios),
            revision=snapshot.production.loaded.revision,
            custom_count=found.custom_count,
            waived=_waived(everything_found, waivers, snapshot),
            about=snapshot.about(finding.scenario_id for finding in everything_found if finding.scenario_id),
        )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collection, a third of the time of a run that makes many objects and hardly any garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _outcome(check: Check, found: Callable[[], Iterator[Finding]]) -> Outcome:
    try:
        return Outcome(check.code, check.name, findings=tuple(found()))
    except CouldNotRunError as error:
        return Outcome(check.code, check.name, problem=str(error))
    except Exception as error:  # noqa: BLE001 - a check that crashes must not hide what the others find
        return Outcome(check.code, check.name, problem=f"the check failed: {type(error).__name__}: {error}")


def _without_private(structural: Sequence[Outcome], snapshot: Snapshot) -> dict[str, Outcome]:
    """What the structural checks came to, without what private scenarios are and say. Content checks never see them."""
    rows = snapshot.custom_rows(privacy.subjects(each for outcome in structural for each in outcome.findings))
    return {outcome.code: privacy.redacted(outcome, rows) for outcome in structural}


def _waived(found: Sequence[Finding], waivers: Sequence[Waiver], snapshot: Snapshot) -> dict[str, Waiver]:
    """The waivers that hold, by fingerprint: structural findings can't be waived, and an expired waiver is none."""
    waivable = {check.code for check in CHECKS if check.waivable}
    flagged = {finding.fingerprint for finding in found if finding.code in waivable}
    today = snapshot.now.date()
    return {
        waiver.fingerprint: waiver
        for waiver in waivers
        if waiver.fingerprint in flagged and not waiver.has_expired(today)
    }


def _judged_waivers(
    chosen: Sequence[Check], outcomes: Mapping[str, Outcome], waivers: Sequence[Waiver], snapshot: Snapshot
) -> dict[str, Outcome]:
    """The outcome of the check that looks at the waivers themselves, once everything else is known.

    A waiver of a check that was not asked, or could not run, is not called unused; nor is one of a scenario that can't
    be looked at without the database.
    """

    def asked(waiver: Waiver) -> bool:
        reached = snapshot.engine is not None or waiver.scenario_id is None or waiver.scenario_id in snapshot.scenarios
        return waiver.code in ran and reached

    judges = [check for check in chosen if isinstance(check, WaiversInUse)]
    ran = {code for code, outcome in outcomes.items() if not outcome.problem}
    found = {finding.fingerprint for outcome in outcomes.values() for finding in outcome.findings}
    return {
        judge.code: _outcome(
            judge,
            partial(judge.judge, [each for each in waivers if asked(each)], found, snapshot.now.date()),
        )
        for judge in judges
    }
