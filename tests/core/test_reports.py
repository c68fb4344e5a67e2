"""What all faces of a report have in common: the findings, their places in the file, their order, and their figures."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_core.integrity import About, Outcome, Report, Severity
from scenario_core.integrity.reports import FORMATS, Artifact
from scenario_core.integrity.reports.content import evidence, ordered, reasons
from scenario_core.integrity.reports.page import SHOWN
from scenario_core.scenario import Store
from tests.core.report_examples import HOTEL, ODD, large_report, made, mixed_report, report_of, waived
from tests.core.test_exports import seen

WAIVED_IN: Final = {"json", "sarif", "junit", "html", "csv"}
"""The faces that hold what is waived one by one; the others say how many there are."""


def rendered(name: str, report: Report, artifact: Artifact | None = None) -> str:
    return FORMATS[name].encoded(report, artifact).decode("utf-8-sig")


def held(name: str, report: Report) -> tuple[list[str], list[str]]:
    """The messages of the open and of the waived findings in a face."""
    return HELD[name](rendered(name, report))


def _in_json(text: str) -> tuple[list[str], list[str]]:
    found = json.loads(text)["findings"]
    return _apart([(each["message"], each["waiver"] is not None) for each in found])


def _in_sarif(text: str) -> tuple[list[str], list[str]]:
    found = json.loads(text)["runs"][0]["results"]
    return _apart([(each["message"]["text"].split("\n")[0], "suppressions" in each) for each in found])


def _in_csv(text: str) -> tuple[list[str], list[str]]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return _apart(
        [(each["message"], each["state"] == "waived") for each in rows if each["state"] in {"open", "waived"}]
    )


def _in_junit(text: str) -> tuple[list[str], list[str]]:
    lines = [line for each in ET.fromstring(text).iter() for line in (each.text or "").split("\n")]  # noqa: S314 - ours
    return _apart([(name, line.startswith("waived: ")) for line in lines for name in re.findall(r"finding-\d+", line)])


def _in_html(text: str) -> tuple[list[str], list[str]]:
    shown, _, rest = text.partition("<h2>Waived</h2>")
    return re.findall(r"finding-\d+", shown), re.findall(r"finding-\d+", rest)


def _in_lines(text: str) -> tuple[list[str], list[str]]:
    return re.findall(r"finding-\d+", text.replace("\\", "")), []


def _apart(found: list[tuple[str, bool]]) -> tuple[list[str], list[str]]:
    return [name for name, apart in found if not apart], [name for name, apart in found if apart]


HELD: Final[dict[str, Callable[[str], tuple[list[str], list[str]]]]] = {
    "json": _in_json,
    "sarif": _in_sarif,
    "csv": _in_csv,
    "junit": _in_junit,
    "html": _in_html,
    "markdown": _in_lines,
    "text": _in_lines,
}


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any report; the messages of its findings are their numbers."""
    kinds = st.tuples(
        st.sampled_from(["CQ901", "CQ902", "IC101", "IC102"]),
        st.sampled_from([None, HOTEL, ODD]),
        st.sampled_from(Severity),
        st.sampled_from([None, *Store]),
        st.booleans(),
    )
    found, waive = [], []
    for number, (code, scenario_id, severity, store, is_waived) in enumerate(draw(st.lists(kinds, max_size=12))):
        finding = made(code, f"finding-{number}", scenario_id=scenario_id, severity=severity, store=store)
        found.append(finding)
        if is_waived and code.startswith("CQ"):
            waive.append(finding)
    codes = {finding.code for finding in found} | draw(st.sets(st.sampled_from(["IC103", "CQ903"])))
    problems = draw(st.sets(st.sampled_from(["IC103", "IC102", "CQ903"])))
    return report_of(
        *(
            Outcome(
                code,
                f"check {code}",
                tuple(each for each in found if each.code == code),
                problem="it has none" if code in problems else "",
            )
            for code in draw(st.permutations(sorted(codes)))
        ),
        waive=waive,
    )


@given(reports())
def test_every_face_holds_the_same_findings_and_the_waived_ones_apart(report: Report) -> None:
    in_order = [each.message for each in ordered(report.findings)]
    left_as_is = {each.message for each in report.everything} - set(in_order)
    for name in FORMATS:
        found, apart = held(name, report)
        assert Counter(found) == Counter(in_order), name
        assert Counter(apart) == (Counter(left_as_is) if name in WAIVED_IN else Counter()), name
        if name in {"text", "markdown", "json", "sarif", "csv"}:
            assert found == in_order, name


@given(reports())
def test_every_face_gives_the_same_totals(report: Report) -> None:
    counts, summary = report.counts(), report.summary()
    document = json.loads(rendered("json", report))
    totals = {severity.value: counts[severity] for severity in Severity}
    assert document["totals"] == {**totals, "waived": report.waived_count, "could_not_run": len(report.not_run)}
    assert (document["summary"], document["light"]) == (summary, report.light)
    assert sum(each["findings"] for each in document["checks"]) == len(report.findings)
    properties = json.loads(rendered("sarif", report))["runs"][0]["properties"]
    assert (properties["summary"], properties["light"]) == (summary, report.light)
    assert properties["waived"] == report.waived_count
    page = seen(rendered("html", report))
    assert summary in page.text
    tiles = [str(number) for number in (*totals.values(), report.waived_count, len(report.not_run))]
    assert [page.nodes[at + 2] for at, node in enumerate(page.nodes) if node in TILES][:5] == tiles
    assert rendered("text", report).splitlines()[-1] == summary
    assert summary in rendered("markdown", report).replace("\\", "")
    suite = ET.fromstring(rendered("junit", report))[0]  # noqa: S314 - made here
    assert suite.findtext("system-out") == summary


TILES: Final = ("Errors", "Warnings", "Notices", "Waived", "Could not run")


def test_fingerprints_are_the_same_wherever_they_are_told() -> None:
    report = mixed_report()
    wanted = [each.fingerprint for each in ordered(report.everything)]
    assert [each["fingerprint"] for each in json.loads(rendered("json", report))["findings"]] == wanted
    results = json.loads(rendered("sarif", report))["runs"][0]["results"]
    assert [each["partialFingerprints"]["scenarioDesk/v1"] for each in results] == wanted
    rows = csv.DictReader(io.StringIO(rendered("csv", report), newline=""))
    assert [each["fingerprint"] for each in rows if each["fingerprint"]] == wanted


def test_a_report_of_no_check_does_not_say_that_nothing_was_found() -> None:
    assert reasons(report_of()) == ["no check was asked"]
    assert "nothing was found" not in rendered("html", report_of())


def test_structural_findings_come_before_those_of_content() -> None:
    codes = [each["code"] for each in json.loads(rendered("json", mixed_report()))["checks"]]
    assert codes == ["IC101", "IC102", "IC104", "IC105", "CQ901", "CQ902"]
    assert reasons(mixed_report()) == ["3 errors", "1 check could not run: IC105", "1 warning", "1 notice"]


def test_evidence_that_the_message_gives_already_is_not_said_twice() -> None:
    said = made("IC104", "expected 31 scenarios, found 30", expected="31", actual="30")
    assert evidence(said) == []
    more = made("IC104", "found 310 of 5 scenarios", expected="31", actual="5 scenarios in all")
    assert evidence(more) == [("expected", "31"), ("found", "5 scenarios in all")]
    assert evidence(made("IC104", "found 131", expected="31")) == [("expected", "31")]


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit", "csv", "sarif"])
def test_faces_for_people_say_what_why_and_what_to_do(name: str) -> None:
    said = rendered(name, telling_report()).replace("\\", "")
    wanted = {"message", "place", "wanted", "there", "hint", "problem", "gap"}
    left_out = {"junit": {"place"}, "text": {"place"}}.get(name, set())  # they give the pointer, not the field
    told = set(re.findall(r"a-(\w+)-word", said))
    assert told - {"reason", "name"} == wanted - left_out
    assert ("reason" in told) == (name in {"html", "csv", "sarif"})
    assert ("name" in told) == (name in {"markdown", "html", "csv"})


def telling_report() -> Report:
    """Everything that can be said, in words that stand nowhere else."""
    more = {"scenario_id": HOTEL, "store": Store.PRODUCTION, "pointer": "/name"}
    it = made("CQ901", "a-message-word", field="a-place-word", expected="a-wanted-word", actual="a-there-word",
              hint="a-hint-word", **more)  # fmt: skip
    other = made("CQ901", "is right as it is", **more)
    report = report_of(
        Outcome("CQ901", "names", (it, other), not_checked={"a-gap-word": 1}),
        Outcome("CQ902", "words", problem="a-problem-word"),
        about={HOTEL: About("a-name-word", "travel", Store.PRODUCTION)},
    )
    return replace(report, waived={other.fingerprint: waived(other, "a-reason-word")})


def test_a_page_says_how_many_findings_of_a_check_it_leaves_out() -> None:
    report, artifact = large_report(3 * SHOWN, 50)
    page = rendered("html", report, artifact)
    content = report.outcomes[0].findings
    all_waived = replace(report, waived={each.fingerprint: waived(each) for each in content})
    assert f"{len(content) - SHOWN} more: this page shows the first {SHOWN} waived findings." in rendered(
        "html", all_waived, artifact
    )
    open_ones = page.partition("<h2>Waived</h2>")[0]
    assert open_ones.count("<li>\n<p><b class=") == SHOWN + SHOWN
    assert f'<p class="more">{300 - SHOWN} more: this page shows the first {SHOWN} findings of a check.' in page
    assert f"{270 - SHOWN} more: " in page
    assert "300 errors in 25 scenarios" in page
    assert "30 findings waived" in page
    assert "more:" not in rendered("html", mixed_report())


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_ten_thousand_findings_are_rendered_and_their_page_stays_small(name: str) -> None:
    report, artifact = large_report()
    assert len(report.everything) == 10_000
    content = FORMATS[name].encoded(report, artifact)
    assert name != "html" or len(content) < 1_000_000
