"""The content checks: what each finds, what it leaves alone, what a waiver holds on to, and that none ever fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_core import integrity
from scenario_core.bootstrap import Desk
from scenario_core.integrity import Finding, Severity, StoredResults, results
from scenario_core.integrity.checks import ContentCheck, Gathered
from scenario_core.integrity.checks.content import CHECKS
from scenario_core.integrity.content_pass import finding_of
from scenario_core.integrity.reading import Reading
from scenario_core.scenario import ConversationScenario, Store
from scenario_core.settings import Settings
from scenario_core.templates import load_templates
from tests.core.content_examples import FINE, FOUND, HOTEL, JAPAN, TAPAS, Catalogue, Example, copied, phase, put
from tests.factories import OWNER, ROOT, SHIPPED, builder, phase_document, scenario_document, write_production
from tests.strategies import FILES, TEXT

CATALOGUE: Catalogue = json.loads(SHIPPED.read_bytes())
BY_CODE = {check.code: check for check in CHECKS}
LANGUAGES = ["en", "es", "fr", "de", "it", "pt-BR", "ja", "hr", "vi", "hi", "no such tag", ""]


def readings(catalogue: Mapping[str, Any]) -> list[Reading]:
    return [
        Reading(ConversationScenario.model_validate_json(json.dumps(document)), Store.PRODUCTION)
        for document in catalogue.values()
    ]


def ask(check: ContentCheck, asked: list[Reading]) -> list[Finding]:
    """What one check finds, as the audit asks it."""
    judged = [reading for reading in asked if not check.not_checked(reading)]
    found = [finding for reading in judged for finding in check.read(reading)]
    gathered = {reading.scenario_id: Gathered(reading.store, check.gather(reading)) for reading in judged}
    known = {name: each for name, each in gathered.items() if each.value is not None}
    kept = {name: Gathered(each.store, json.loads(json.dumps(each.value))) for name, each in known.items()}
    return found + list(check.conclude(kept))


@cache
def found_as_shipped(code: str) -> frozenset[str]:
    return frozenset(finding.fingerprint for finding in ask(BY_CODE[code](), readings(CATALOGUE)))


def new(example: Example) -> list[Finding]:
    """What the example's check finds beyond what it finds in the shipped catalogue."""
    found = ask(BY_CODE[example.code](), readings(example.damaged(CATALOGUE)))
    return [finding for finding in found if finding.fingerprint not in found_as_shipped(example.code)]


def named(example: Example) -> str:
    return f"{example.code} {example.scenario} {example.said}"


@pytest.mark.parametrize("example", FOUND, ids=named)
def test_a_fault_is_found_at_its_place_and_nowhere_else(example: Example) -> None:
    (found,) = new(example)
    assert (found.scenario_id or "", found.field) == (example.scenario, example.field)
    assert example.said in found.message
    assert found.actual
    assert found.hint


@pytest.mark.parametrize("example", FINE, ids=lambda example: f"{named(example)} {FINE.index(example)}")
def test_what_only_looks_like_a_fault_is_left_alone(example: Example) -> None:
    assert [str(finding) for finding in new(example)] == []


def test_each_check_has_a_fault_that_it_finds_and_a_look_alike_that_it_leaves_alone() -> None:
    assert {each.code for each in FOUND} == {each.code for each in FINE} == BY_CODE.keys()
    languages = {CATALOGUE[each.scenario].get("language", "en") for each in FOUND if each.scenario in CATALOGUE}
    assert languages >= {"en", "es", "fr", "de", "it", "pt-BR", "ja"}


def test_a_finding_points_at_a_value_of_the_record() -> None:
    for example in FOUND:
        (found,) = new(example)
        value: Any = example.damaged(CATALOGUE).get(found.scenario_id or "")
        for part in found.pointer.split("/")[1:]:
            assert (part in value if isinstance(value, dict) else int(part) < len(value)) or part == "language"
            value = value[int(part)] if isinstance(value, list) else value.get(part)


def test_the_shipped_catalogue_has_few_findings_and_only_notices() -> None:
    found = [finding for check in CHECKS for finding in ask(check(), readings(CATALOGUE))]
    assert {finding.severity for finding in found} <= {Severity.NOTICE}
    assert len(found) <= 5, [str(finding) for finding in found]


def test_the_templates_are_free_of_faults_that_authors_would_inherit() -> None:
    templates = {
        each.name: {"scenario_id": each.name, **each.document} for each in load_templates(ROOT / "data/templates")
    }
    judged = [check() for check in CHECKS if check.code != "CQ215"]
    assert [str(finding) for check in judged for finding in ask(check, readings(templates))] == []


@pytest.mark.parametrize("example", [each for each in FOUND if each.scenario in CATALOGUE], ids=named)
def test_a_waiver_stays_while_the_flagged_value_does(example: Example) -> None:
    """The fingerprint is what a waiver holds on to: it neither knows other fields nor the place in a list."""
    (before,) = new(example)
    damaged = example.damaged(CATALOGUE)
    damaged[example.scenario]["cultural_context"] = {"changed": "something else"}
    if example.code not in {"CQ201", "CQ207"}:
        damaged[example.scenario]["phases"].reverse()
    after = [finding.fingerprint for finding in ask(BY_CODE[example.code](), readings(damaged))]
    assert before.fingerprint in after


@pytest.mark.parametrize(
    ("code", "first", "second"),
    [
        ("CQ201", put(HOTEL, duration_minutes=30), put(HOTEL, duration_minutes=40)),
        ("CQ202", put(HOTEL, name="a"), put(HOTEL, name="b")),
        ("CQ203", put(HOTEL, setting="TODO: a"), put(HOTEL, setting="TODO: b")),
        ("CQ205", put(HOTEL, name="One (copy)"), put(HOTEL, name="Two (copy)")),
        ("CQ208", phase(HOTEL, key_vocabulary=["fork", "cup"]), phase(HOTEL, key_vocabulary=["fork", "saucer"])),
        ("CQ209", put(HOTEL, setting="A resturant"), put(HOTEL, setting="A restaurnt")),
        ("CQ210", put(TAPAS, language="de"), put(TAPAS, language="fr")),
        ("CQ212", copied(HOTEL, "copy"), copied(JAPAN, "copy")),
        ("CQ213", put(HOTEL, prerequisites=["Fly a kite"]), put(HOTEL, prerequisites=["Fly two kites"])),
        ("CQ214", put(HOTEL, user_role="Customer"), put(HOTEL, user_role="CUSTOMER")),
    ],
)
def test_another_value_is_another_finding(code: str, first: Any, second: Any) -> None:
    (one,), (two,) = (new(Example(code, "", change)) for change in (first, second))
    assert one.fingerprint != two.fingerprint


def test_a_waived_placeholder_comes_back_when_somebody_writes_another(tmp_path: Path, sqlite_engine: sa.Engine) -> None:
    path = tmp_path / "scenarios.json"

    def audited(setting: str, waivers: list[integrity.Waiver]) -> integrity.Report:
        write_production(path, {"dinner": scenario_document("dinner", setting=setting)})
        desk = Desk.open(Settings.read(production=path, database=str(sqlite_engine.url)))
        try:
            return integrity.run(desk.snapshot(), select=integrity.selection(only=["CQ203"]), waivers=waivers)
        finally:
            desk.close()

    report = audited("TBD", [])
    (found,) = report.findings
    waiver = integrity.Waiver(
        "w", found.fingerprint, "CQ203", "dinner", "setting", "", "a brand", OWNER, datetime.now(UTC)
    )
    assert (audited("TBD", [waiver]).findings, audited("TBD", [waiver]).waived_count) == ((), 1)
    assert [each.actual for each in audited("TBD soon", [waiver]).findings] == ["TBD soon"]


def test_languages_without_means_are_counted_as_not_checked(tmp_path: Path, sqlite_engine: sa.Engine) -> None:
    write_production(tmp_path / "scenarios.json", {JAPAN: CATALOGUE[JAPAN], TAPAS: CATALOGUE[TAPAS]})
    desk = Desk.open(Settings.read(production=tmp_path / "scenarios.json", database=str(sqlite_engine.url)))
    report = integrity.run(desk.snapshot(), select=integrity.selection(only=["CQ"]))
    desk.close()
    counted = {each.code: dict(each.not_checked) for each in report.outcomes if each.not_checked}
    assert counted == {code: {"ja: no word list": 1} for code in ("CQ208", "CQ209", "CQ210", "CQ211")}
    assert report.not_run == ()


@pytest.mark.parametrize(
    ("language", "reasons"),
    [
        ("zh-Hant", {"zh-Hant: no word list": 4}),
        ("ko", {"ko: no word list": 4}),
        ("vi", {"vi: no lemmas": 1, "vi: no long word list": 2}),
        ("fi", {"fi: no long word list": 2}),
        ("hr", {"hr: no long word list": 2}),
        ("pt-BR", {}),
        ("English", {"'English': not a language tag": 4}),
    ],
)
def test_each_check_says_why_it_cannot_judge_a_language(language: str, reasons: dict[str, int]) -> None:
    (reading,) = readings({"one": scenario_document("one", language=language)})
    said = Counter(reason for check in CHECKS if (reason := check().not_checked(reading)))
    assert said == reasons


def test_an_unchanged_shared_copy_of_a_production_scenario_is_noticed(tmp_path: Path, sqlite_engine: sa.Engine) -> None:
    write_production(tmp_path / "scenarios.json", {HOTEL: CATALOGUE[HOTEL], TAPAS: CATALOGUE[TAPAS]})
    desk = Desk.open(Settings.read(production=tmp_path / "scenarios.json", database=str(sqlite_engine.url)))
    with builder(desk.engine) as service:
        document = {**CATALOGUE[HOTEL], "name": "My Hotel", "language": "en"}
        made = service.create_scenario(OWNER, document)
        hidden = integrity.run(desk.snapshot(), select=integrity.selection(only=["CQ212"]))
        service.set_visibility(made.scenario_id, OWNER, is_public=True, expected_version=made.version)
    report = integrity.run(desk.snapshot(), select=integrity.selection(only=["CQ212"]))
    desk.close()
    assert hidden.findings == ()
    assert [(each.scenario_id, each.store, each.severity) for each in report.findings] == [
        (made.scenario_id, Store.CUSTOM, Severity.NOTICE)
    ]
    assert f"a copy of the production scenario {HOTEL!r}" in report.findings[0].message


def test_kept_results_give_the_same_report_as_fresh_ones(tmp_path: Path, sqlite_engine: sa.Engine) -> None:
    damaged = CATALOGUE
    for example in FOUND:
        damaged = example.damaged(damaged) if example.scenario else damaged
    write_production(tmp_path / "scenarios.json", damaged)
    desk = Desk.open(Settings.read(production=tmp_path / "scenarios.json", database=str(sqlite_engine.url)))
    kept = StoredResults(desk.engine)
    select = integrity.selection(only=["CQ"])
    first, second = (integrity.run(desk.snapshot(), select=select, results=kept) for _ in range(2))
    desk.close()
    assert first == second
    assert first.not_run == ()
    assert len({each.fingerprint for each in first.findings}) == len(first.findings) > 60


def test_what_is_kept_holds_for_the_sources_of_all_checks_and_of_their_languages_only() -> None:
    folder = Path(results.__file__).parent
    for place in (folder / "checks", folder.parent / "language"):
        sources = {name for name, _ in results._sources(place, within=True)}
        assert sources == {path.name for path in place.rglob("*.py")}
    assert {"vocabulary.py", "base.py"} <= {name for name, _ in results._sources(folder / "checks", within=True)}


def test_nothing_that_takes_long_is_imported_before_a_text_is_checked() -> None:
    command = "import scenario_core.integrity, sys; print(sorted({'wordfreq', 'simplemma'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@settings(max_examples=40)
@given(FILES)
def test_no_check_fails_on_a_catalogue_that_production_may_hold(files: dict[str, dict[str, Any]]) -> None:
    catalogue = {name: scenario_document(name, **fields) for name, fields in files.items()}
    require_sound(readings(catalogue))


LINES = st.lists(
    TEXT | st.sampled_from(["", " ", "TODO", "a_b", "Ein Satz.", "l'été", "名前", "{x}", "test"]), max_size=4
)
PHASES = st.builds(
    lambda number, fields: phase_document(f"p{number}", **fields),
    st.integers(0, 9),
    st.fixed_dictionaries(
        {
            "name": TEXT,
            "description": TEXT,
            "cultural_notes": st.none() | TEXT,
            "expected_duration_minutes": st.integers(0, 99),
        }
        | dict.fromkeys(["key_vocabulary", "essential_phrases", "learning_objectives", "success_criteria"], LINES)
    ),
)


@settings(max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "name": TEXT,
                "language": st.none() | st.sampled_from(LANGUAGES) | TEXT,
                "user_role": TEXT,
                "ai_role": TEXT,
            }
            | {
                "difficulty": st.sampled_from(["beginner", "native"]),
                "category": st.sampled_from(["travel", "hobbies"]),
            }
            | {"phases": st.lists(PHASES, max_size=3, unique_by=lambda each: str(each["phase_id"]))}
            | dict.fromkeys(["prerequisites", "learning_outcomes", "vocabulary_focus"], LINES)
        ),
        max_size=4,
    )
)
def test_no_check_fails_on_any_texts_in_any_language(documents: list[dict[str, Any]]) -> None:
    require_sound(readings({str(n): scenario_document(f"s{n}", **each) for n, each in enumerate(documents)}))


ODD = [
    "a" * 5000,
    " " * 5000 + "x",
    "(" * 5000,
    "-" * 5000,
    "a-" * 2500,
    "a'" * 2500 + "1",
    "aaaa " * 12 + "!",
    "x@" * 2500,
]
ODD += [
    "{" * 5000,
    "<a" * 2500,
    "日" * 5000,
    "_a" * 2500,
    "aA" * 2500,
    "v1." * 2000,
    "\u0301" * 3000,
    "a\n" * 2500,
    "[name" * 999,
]


@pytest.mark.parametrize("language", ["en", "de", "ja"])
@pytest.mark.parametrize("text", ODD, ids=lambda text: f"{text[:4]!r}")
def test_long_and_odd_texts_are_answered(text: str, language: str) -> None:
    fields = dict.fromkeys(["key_vocabulary", "essential_phrases", "learning_objectives", "success_criteria"], (text,))
    odd = phase_document("odd", **fields, name=text, description=text, cultural_notes=text)
    document = scenario_document(
        "odd", phases=[odd], name=text, user_role=text, prerequisites=[text], language=language
    )
    require_sound(readings({"odd": document, "other": {**document, "scenario_id": "other"}}))


def require_sound(asked: list[Reading]) -> None:
    """Every check answers, repeats itself, and what it says survives being kept; no two findings are the same."""
    for check in CHECKS:
        found = ask(check(), asked)
        assert found == ask(check(), asked)
        assert len({finding.fingerprint for finding in found}) == len(found), [str(each) for each in found]
        assert [finding_of(json.loads(json.dumps(each.to_json()))) for each in found] == found
        assert all(finding.code == check.code and finding.message for finding in found)
