from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenario_core.bootstrap import Desk
from scenario_core.settings import Settings
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage import xapi
from scenario_core.usage.imports import ImportPlan
from scenario_core.usage.learners import pseudonym, pseudonym_key
from tests.core.run_examples import ENDED, STARTED, open_run, run_of, stored
from tests.factories import catalogue_document, write_production

REGISTRATION = "11111111-2222-4333-8444-555555555555"
INITIALIZED = "http://adlnet.gov/expapi/verbs/initialized"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
TERMINATED = "http://adlnet.gov/expapi/verbs/terminated"
ABANDONED = "https://w3id.org/xapi/adl/verbs/abandoned"


@pytest.fixture
def manager(sqlite_engine: sa.Engine, tmp_path: Path) -> Steward:
    path = write_production(tmp_path / "scenarios.json", catalogue_document("one"))
    chosen = Settings.read(production=path, database=str(sqlite_engine.url), usage=tmp_path / "usage")
    return Steward.configured(Desk.open(chosen))


def statement(verb: str, moment: str | None = "2026-03-01T09:30:00Z", **fields: Any) -> dict[str, Any]:
    return {
        "actor": {"mbox": "mailto:ada@example.org"},
        "verb": {"id": verb},
        "object": {"id": "https://lms.example/activities/dinner"},
        "context": {"registration": REGISTRATION},
        **({"timestamp": moment} if moment else {}),
        **fields,
    }


def bring_in(manager: Steward, folder: Path, *statements: Any, **options: Any) -> ImportPlan:
    path = folder / "statements.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in statements))
    return run_imports.apply(manager, run_imports.file_source(path, "xapi"), **options)


def runs(manager: Steward) -> list[dict[str, Any]]:
    return stored(manager.desk.dataset)


def test_statements_of_a_run_name_nobody_and_carry_all_that_it_holds() -> None:
    begun, ended = xapi.statements_of(run_of(REGISTRATION))
    assert begun["verb"]["id"] == INITIALIZED
    assert ended["verb"]["id"] == COMPLETED
    assert (begun["timestamp"], ended["timestamp"]) == ("2026-03-01T09:30:00Z", "2026-03-01T09:42:30Z")
    assert begun["context"]["registration"] == ended["context"]["registration"] == REGISTRATION
    assert ended["actor"]["account"]["name"] == "0123456789abcdef"
    assert ended["result"]["score"] == {"scaled": 0.75, "raw": 80.0, "min": 0, "max": 100}
    assert (ended["result"]["duration"], ended["result"]["completion"]) == ("PT750.000000S", True)
    assert "mbox" not in json.dumps([begun, ended])


def test_an_id_that_is_no_uuid_gets_one_and_stays_beside_it() -> None:
    [begun] = xapi.statements_of(open_run("my run"))
    registration = begun["context"]["registration"]
    assert registration == xapi.registration_of("my run") != xapi.registration_of("my run 2")
    assert begun["context"]["extensions"][f"{xapi.EXTENSIONS}run_id"] == "my run"


def test_statements_in_any_order_and_standing_twice_make_one_run(manager: Steward, tmp_path: Path) -> None:
    ending = statement(COMPLETED, "2026-03-01T09:42:30Z", result={"score": {"scaled": 0.5}})
    done = bring_in(manager, tmp_path, ending, statement(INITIALIZED), ending, statement(INITIALIZED))
    assert (done.records, done.new) == (1, 1)
    [run] = runs(manager)
    assert (run["run_id"], run["started_at"], run["ended_at"]) == (REGISTRATION, STARTED, ENDED)
    assert (run["end_reason"], run["success_rate"]) == ("completed", 0.5)
    assert run["scenario_id"] == "https://lms.example/activities/dinner"
    with manager.desk.engine.connect() as connection:
        assert run["learner"] == pseudonym(pseudonym_key(connection), "elsewhere mailto:ada@example.org")


def test_a_registration_that_only_began_is_an_open_run(manager: Steward, tmp_path: Path) -> None:
    assert bring_in(manager, tmp_path, statement(INITIALIZED)).open == 1
    assert bring_in(manager, tmp_path, statement(INITIALIZED), statement(ABANDONED)).closed == 1
    assert [run["end_reason"] for run in runs(manager)] == ["abandoned"]


@pytest.mark.parametrize("seed", range(3))
def test_a_run_that_was_completed_and_then_terminated_is_completed(manager: Steward, tmp_path: Path, seed: int) -> None:
    said = [
        statement(INITIALIZED),
        statement(COMPLETED, "2026-03-01T09:42:30Z"),
        statement(TERMINATED, "2026-03-01T09:50:00Z"),
    ]
    random.Random(seed).shuffle(said)
    bring_in(manager, tmp_path, *said)
    assert [(run["end_reason"], run["ended_at"]) for run in runs(manager)] == [("completed", ENDED)]


def test_a_start_that_nobody_stated_follows_from_the_duration(manager: Steward, tmp_path: Path) -> None:
    bring_in(manager, tmp_path, statement(COMPLETED, "2026-03-01T09:42:30Z", result={"duration": "PT12M30S"}))
    assert [run["started_at"] for run in runs(manager)] == [STARTED]


def test_scores_on_another_scale_are_brought_to_a_hundred(manager: Steward, tmp_path: Path) -> None:
    bring_in(manager, tmp_path, statement(COMPLETED, result={"score": {"raw": 3, "min": 1, "max": 5}}))
    assert [run["completion_score"] for run in runs(manager)] == [50]


def test_other_verbs_are_counted_and_left_alone(manager: Steward, tmp_path: Path) -> None:
    done = bring_in(manager, tmp_path, statement("http://adlnet.gov/expapi/verbs/answered"), statement(INITIALIZED))
    assert (done.new, dict(done.notes)) == (1, {"statements of other verbs, left out": 1})


@pytest.mark.parametrize(
    ("spoiled", "pointer"),
    [
        (statement(INITIALIZED, "soon"), "/2/timestamp"),
        (statement(INITIALIZED, context={}), "/2/context/registration"),
        (statement(INITIALIZED, actor={"name": "Ada"}), "/2/actor"),
        (statement(COMPLETED, result={"duration": "P1Y"}), "/2/result/duration"),
        (statement(COMPLETED, result={"duration": "P9999999999D"}), "/2/result/duration"),
        (statement(COMPLETED, result={"duration": f"PT{'9' * 400}S"}), "/2/result/duration"),
        (statement(COMPLETED, result={"duration": "P900000D"}), "/2/result/duration"),
        (statement(COMPLETED, "9999-12-31T23:59:59-14:00"), "/2/timestamp"),
        (statement(COMPLETED, result={"score": {"scaled": "high"}}), "/2/result/score/scaled"),
        (statement(COMPLETED, result={"extensions": {f"{xapi.EXTENSIONS}total_phases": 10**12}}), "/2/total_phases"),
        ({"verb": {"id": INITIALIZED}}, "/2"),
        ([], "/2"),
    ],
)
def test_each_faulty_statement_is_told_with_its_line(
    manager: Steward, tmp_path: Path, spoiled: Any, pointer: str
) -> None:
    done = bring_in(manager, tmp_path, statement(INITIALIZED), spoiled, leave_out_faulty=True)
    assert [fault.pointer for fault in done.faults] == [pointer]
    assert "line 2" in done.faults[0].actual
    assert done.new == 1


def test_accounts_elsewhere_are_made_pseudonyms_even_if_they_look_like_one(manager: Steward, tmp_path: Path) -> None:
    name = "0123456789abcdef"
    actor = {"account": {"homePage": "https://lms.example", "name": name}}
    bring_in(manager, tmp_path, statement(INITIALIZED, actor=actor))
    assert name not in {run["learner"] for run in runs(manager)}


@given(st.integers(0, 10**6), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999))
def test_durations_are_read_to_the_microsecond(hours: int, minutes: int, seconds: int, micro: int) -> None:
    text = f"PT{hours}H{minutes}M{seconds}.{micro:06}S"
    assert xapi.seconds_of(text) == pytest.approx(hours * 3600 + minutes * 60 + seconds + micro / 1e6)


_NUMBER = st.one_of(st.integers(0, 10**30), st.floats(0, 1e300)).map(str) | st.sampled_from(
    ["9" * 400, "", "1e5", "-1", "٣"]
)
_DURATIONS = st.builds("P{}W{}DT{}H{}M{}S".format, *[_NUMBER] * 5) | st.builds(
    "{}{}{}".format, st.sampled_from(["P", "PT", "p", ""]), _NUMBER, st.sampled_from("YMWDHS")
)
_MOMENTS = st.builds(
    "{:04}-{:02}-{:02}{}{:02}:{:02}{}".format,
    st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32), st.sampled_from("T t"), st.integers(0, 25),
    st.integers(0, 61), st.sampled_from(["", "Z", "+14:00", "-14:00", "+24:00", ":60Z", ":00.1234567Z"]),
)  # fmt: skip
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_EXTENSIONS = st.dictionaries(
    st.sampled_from([f"{xapi.EXTENSIONS}{name}" for name in xapi.RESULT_FIELDS]), _ANYTHING, max_size=3
)
_SCORES = st.dictionaries(st.sampled_from(["scaled", "raw", "min", "max"]), _ANYTHING)
_STATEMENTS = st.fixed_dictionaries(
    {"verb": st.sampled_from([{"id": INITIALIZED}, {"id": COMPLETED}, {"id": TERMINATED}])},
    optional={
        "actor": _ANYTHING | st.just({"mbox": "mailto:ada@example.org"}),
        "object": _ANYTHING | st.builds(lambda text: {"id": text}, st.text()),
        "timestamp": _MOMENTS | _ANYTHING,
        "result": st.fixed_dictionaries(
            {}, optional={"duration": _DURATIONS | _ANYTHING, "score": _SCORES | _ANYTHING, "extensions": _EXTENSIONS}
        ),
    },
)


@given(said=st.lists(_STATEMENTS, min_size=20, max_size=60))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_statement_says_it_is_a_run_or_a_fault(
    manager: Steward, tmp_path: Path, said: list[dict[str, Any]]
) -> None:
    """Each has a registration of its own; one may break several rules, and is one faulty record."""
    path = tmp_path / "statements.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, each in enumerate(said):
            whole = {**statement(INITIALIZED), **each, "context": {"registration": f"run {number}"}}
            file.write(json.dumps(whole) + "\n")
    planned = run_imports.plan(manager, run_imports.file_source(path, "xapi"))
    assert planned.new + planned.faulty == planned.records == len(said)


@given(_DURATIONS | st.text())
def test_whatever_is_no_duration_is_none(text: str) -> None:
    seconds = xapi.seconds_of(text)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize("text", ["", "P", "PT", "P1M", "12:30", "PT1X"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert xapi.seconds_of(text) is None
