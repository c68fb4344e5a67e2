"""Waivers, and the history of runs: what is new, mended and still there."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from scenario_core import integrity
from scenario_core.bootstrap import Desk
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import InvalidScenarioError, PermissionDeniedError
from scenario_core.integrity import Finding, history, waivers
from scenario_core.people import Person, Role
from scenario_core.stewardship import audit_log
from scenario_core.stewardship.checking import check
from scenario_core.stewardship.steward import Steward
from tests.core.checking_examples import MANAGER, Rude, rewrite
from tests.factories import OWNER, catalogue_document, write_production


@pytest.fixture
def steward(desk: Desk) -> Steward:
    return Steward.configured(desk)


@pytest.mark.usefixtures("rude")
def test_a_waiver_holds_while_the_flagged_value_stays_whatever_the_message_says(steward: Steward) -> None:
    rewrite(steward.desk, "two", name="rude")
    (found,) = check(steward).findings
    waivers.waive(steward.desk.engine, MANAGER, [found], "it is a film's title")
    rewrite(steward.desk, "two", setting="A place with another number of letters")
    report = check(steward)
    assert (report.findings, report.waived_count, report.light) == ((), 1, "green")
    assert report.everything[0].message != found.message
    assert report.summary().endswith("1 waived")


@pytest.mark.usefixtures("rude")
def test_changing_the_flagged_value_opens_the_finding_again_and_the_waiver_is_called_unused(steward: Steward) -> None:
    rewrite(steward.desk, "two", name="rude")
    waivers.waive(steward.desk.engine, MANAGER, check(steward).findings, "it is a film's title")
    rewrite(steward.desk, "two", name="ruder than rude")
    report = check(steward)
    assert [each.code for each in report.findings] == ["CQ999", "IC121"] or [each.code for each in report.findings] == [
        "IC121",
        "CQ999",
    ]
    assert "waives nothing any more" in next(each.message for each in report.findings if each.code == "IC121")


@pytest.mark.usefixtures("rude")
def test_an_expired_waiver_waives_nothing_and_is_named(steward: Steward) -> None:
    rewrite(steward.desk, "two", name="rude")
    today = datetime.now(UTC).date()
    waivers.waive(steward.desk.engine, MANAGER, check(steward).findings, "until it is rewritten", expires_on=today)
    assert check(steward).findings == ()
    later = steward.desk.snapshot()
    later.now += timedelta(days=1)
    report = integrity.run(later, waivers=waivers.listed(steward.desk.engine))
    assert {each.code for each in report.findings} == {"CQ999", "IC121"}
    assert f"expired on {today}" in next(each.message for each in report.findings if each.code == "IC121")


@pytest.mark.usefixtures("rude")
def test_many_findings_are_waived_for_one_reason_and_each_can_be_withdrawn(steward: Steward) -> None:
    for scenario_id in ("one", "two"):
        rewrite(steward.desk, scenario_id, name=f"rude {scenario_id}")
    made = waivers.waive(steward.desk.engine, MANAGER, check(steward).findings, "both are quotations")
    assert {each.reason for each in made} == {"both are quotations"}
    waivers.withdraw(steward.desk.engine, MANAGER, [made[0].waiver_id])
    assert (len(check(steward).findings), check(steward).waived_count) == (1, 1)
    with steward.desk.engine.connect() as connection:
        logged = connection.scalars(sa.select(AUDIT.c.operation).order_by(AUDIT.c.id)).all()
    assert logged[-3:] == ["waive", "waive", "withdraw_waiver"]


@pytest.mark.usefixtures("rude")
@pytest.mark.parametrize(
    ("reason", "days", "pointer"), [("", 1, "/reason"), ("x" * 1001, 1, "/reason"), ("a reason", -1, "/expires_on")]
)
def test_a_waiver_needs_a_reason_and_a_day_to_come(steward: Steward, reason: str, days: int, pointer: str) -> None:
    rewrite(steward.desk, "two", name="rude")
    last_day = datetime.now(UTC).date() + timedelta(days=days)
    with pytest.raises(InvalidScenarioError) as caught:
        waivers.waive(steward.desk.engine, MANAGER, check(steward).findings, reason, last_day)
    assert [fault.pointer for fault in caught.value.faults] == [pointer]
    assert waivers.listed(steward.desk.engine) == []


def test_structural_findings_cannot_be_waived(steward: Steward) -> None:
    (found,) = [each for each in check(steward, expected_count=9).findings if each.code == "IC104"]
    with pytest.raises(InvalidScenarioError, match="structural ones can't be waived"):
        waivers.waive(steward.desk.engine, MANAGER, [found], "we like nine")
    smuggled = integrity.Waiver("w", found.fingerprint, "IC104", None, "", "", "smuggled", 1, datetime.now(UTC))
    assert found in check(steward, expected_count=9, given_waivers=[smuggled]).findings


def test_an_author_may_neither_check_nor_waive(desk: Desk) -> None:
    author = Person(OWNER, frozenset({Role.AUTHOR}))
    with pytest.raises(PermissionDeniedError):
        check(Steward(desk, author))
    with pytest.raises(PermissionDeniedError):
        waivers.waive(desk.engine, author, [], "a reason")
    with pytest.raises(PermissionDeniedError):
        waivers.withdraw(desk.engine, author, ["w"])


@pytest.mark.usefixtures("rude")
def test_the_history_tells_what_is_new_mended_and_still_there(steward: Steward) -> None:
    desk = steward.desk
    check(steward)
    rewrite(desk, "one", name="rude one")
    rewrite(desk, "two", name="rude two")
    check(steward)
    rewrite(desk, "one", name="mended")
    rewrite(desk, "three", name="rude three")
    check(steward)
    found = history.runs(desk.engine)
    assert [(run.new, run.mended, run.still, run.warnings) for run in found] == [
        (1, 1, 1, 2),
        (2, 0, 0, 2),
        (0, 0, 0, 0),
    ]
    assert [each.scenario_id for each in history.new_in(desk.engine, found[0].run_id)] == ["three"]
    assert [each.scenario_id for each in history.mended_in(desk.engine, found[0].run_id)] == ["one"]
    assert len(history.found_since(desk.engine)) == 2


def test_what_a_check_that_could_not_run_had_found_is_not_called_mended(
    steward: Steward, rude: type[Rude], monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(steward.desk, "two", name="rude")
    check(steward)

    def crash(*_: object) -> Iterator[Finding]:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(rude, "conclude", crash)
        patched.setattr(rude, "read", crash)
        rewrite(steward.desk, "two", setting="Elsewhere")
        check(steward)
    latest = history.runs(steward.desk.engine)[0]
    assert (latest.new, latest.mended, latest.still, latest.light) == (0, 0, 1, "grey")


@pytest.mark.usefixtures("rude")
def test_the_history_keeps_the_latest_runs_only(steward: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT_RUNS", 2)
    for name in ("rude", "mended", "mended well", "mended better"):
        rewrite(steward.desk, "two", name=name)
        check(steward)
    assert [run.run_id for run in history.runs(steward.desk.engine)] == [4, 3]
    assert history.mended_in(steward.desk.engine, 2) == []


@pytest.mark.usefixtures("rude")
def test_a_waived_finding_is_neither_mended_nor_new_where_the_waiver_ends(steward: Steward) -> None:
    desk = steward.desk
    rewrite(desk, "two", name="rude")
    (found,) = check(steward).findings
    (waiver,) = waivers.waive(desk.engine, MANAGER, [found], "it is a film's title")
    check(steward)
    waivers.withdraw(desk.engine, MANAGER, [waiver.waiver_id])
    check(steward)
    counted = [(run.new, run.mended, run.still, run.waived) for run in history.runs(desk.engine)]
    assert counted == [(0, 0, 1, 0), (0, 0, 0, 1), (1, 0, 0, 0)]
    assert found.fingerprint in history.found_since(desk.engine)


@pytest.mark.usefixtures("rude")
def test_what_was_waived_from_the_first_is_new_once_the_waiver_is_gone(steward: Steward) -> None:
    desk = steward.desk
    rewrite(desk, "two", name="rude")
    (found,) = check(steward, record=False).findings
    (waiver,) = waivers.waive(desk.engine, MANAGER, [found], "it is a film's title")
    check(steward)
    waivers.withdraw(desk.engine, MANAGER, [waiver.waiver_id])
    check(steward)
    assert [(run.new, run.mended, run.still) for run in history.runs(desk.engine)] == [(1, 0, 0), (0, 0, 0)]


@pytest.mark.usefixtures("rude")
@pytest.mark.parametrize("scenario_id", ["bad\x00id", "x" * 300], ids=["with NUL", "of 300 characters"])
def test_a_check_keeps_its_place_in_the_history_whatever_stands_as_an_id_in_the_file(
    steward: Steward, scenario_id: str
) -> None:
    desk = steward.desk
    document = {**catalogue_document("one", "two", "three"), **catalogue_document(scenario_id)}
    document[scenario_id]["name"] = "rude"
    write_production(desk.production.path, document)
    report = check(steward)
    kept = scenario_id.replace("\x00", "")[:255]
    (run,) = history.runs(desk.engine)
    assert {each.scenario_id for each in report.findings if each.code in {"CQ999", "IC112"}} == {scenario_id}
    assert kept in {each.scenario_id for each in history.new_in(desk.engine, run.run_id)}
    rude = [each for each in report.findings if each.code == "CQ999"]
    assert [each.scenario_id for each in waivers.waive(desk.engine, MANAGER, rude, "a\x00 reason")] == [kept]
    assert [(each.scenario_id, each.reason) for each in waivers.listed(desk.engine)] == [(kept, "a reason")]
    steward.log("restore_backup", scenario_id, summary="1 \x00 changed")
    wanted = audit_log.AuditFilter(operation="restore_backup", scenario_id=scenario_id)
    assert [each.scenario_id for each in audit_log.entries(steward, wanted)] == [kept]


@pytest.mark.usefixtures("rude")
def test_several_people_waive_the_same_findings_at_once(steward: Steward) -> None:
    for scenario_id in ("one", "two", "three"):
        rewrite(steward.desk, scenario_id, name=f"rude {scenario_id}")
    found = check(steward).findings
    engine = steward.desk.engine
    start = Barrier(6)

    def waive(number: int) -> int:
        start.wait()
        return len(waivers.waive(engine, MANAGER, found[:: 1 if number % 2 else -1], f"reason {number}"))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(waive, range(6))) == [3] * 6
    assert len(waivers.listed(engine)) == 3
    assert len({each.reason for each in waivers.listed(engine)}) == 1


@pytest.mark.usefixtures("rude")
def test_any_number_of_waivers_is_withdrawn_at_once(steward: Steward) -> None:
    rewrite(steward.desk, "two", name="rude")
    (made,) = waivers.waive(steward.desk.engine, MANAGER, check(steward).findings, "it is a film's title")
    unknown = [str(number) for number in range(70_000)]
    assert waivers.withdraw(steward.desk.engine, MANAGER, [*unknown, made.waiver_id, made.waiver_id]) == [made]
    assert waivers.listed(steward.desk.engine) == []


def test_a_selection_has_no_place_in_the_history(steward: Steward) -> None:
    check(steward, select=integrity.selection(only=["IC101"]))
    check(steward, record=False)
    assert history.runs(steward.desk.engine) == []


def test_waivers_of_a_day_are_dates() -> None:
    waiver = integrity.Waiver("w", "f", "CQ999", None, "", "", "r", 1, datetime.now(UTC), date(2026, 1, 31))
    assert not waiver.has_expired(date(2026, 1, 31))
    assert waiver.has_expired(date(2026, 2, 1))
