"""The audit in the dashboard: its address, its findings in groups, and what is said and drawn of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies

from dashboard.charts import trend
from dashboard.integrity import view as integrity_view
from dashboard.integrity import wording
from dashboard.integrity.drawing import Look, facet_groups, findings_data
from dashboard.integrity.listing import GROUPS, IN_GROUP, IN_ONE, Line, lines_of, listing, page_of
from dashboard.integrity.places import Reach, opening, pointer_of
from dashboard.integrity.view import FACETS, IntegrityView, Show
from dashboard.markup import render
from scenario_core.integrity import Finding, Severity
from scenario_core.integrity.history import CheckRun
from tests.core.steward_examples import HOTEL
from tests.core.test_exports import HOSTILE, seen
from tests.dashboard.integrity_examples import MOMENT, finding, report
from tests.factories import ADMIN, phase_document, scenario

TEXT = strategies.text(strategies.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = strategies.sampled_from([*FACETS, "page", "by", "show", "section", "x"])
VALUES = strategies.frozensets(TEXT.filter(bool), max_size=3)
VIEWS = strategies.builds(
    IntegrityView,
    section=strategies.sampled_from(["findings", "checks", "waivers", "runs"]),
    by=strategies.sampled_from(["check", "scenario"]),
    show=strategies.sampled_from(["open", "waived", "all"]),
    text=TEXT,
    severities=strategies.frozensets(strategies.sampled_from([each.value for each in Severity])),
    stores=strategies.frozensets(strategies.sampled_from(["production", "custom", "whole"])),
    categories=VALUES,
    checks=VALUES,
    found=strategies.frozensets(strategies.sampled_from(["new", "before"])),
    scenario=TEXT,
    page=strategies.integers(1, 10_000),
)


def lines(*found: Finding, **more: Any) -> tuple[Line, ...]:
    return lines_of(report(*found, **more), {}, MOMENT)


def look(**more: Any) -> Look:
    usual = {"label": "Findings", "by": "check", "reach": Reach(frozenset({HOTEL}))}
    return Look(**{**usual, "phase_names": lambda _: {}, "person_name": lambda number: f"Person {number}", **more})


# The address


@given(VIEWS)
def test_every_view_has_an_address_that_leads_back_to_it(view: IntegrityView) -> None:
    assert integrity_view.parse(integrity_view.params(view)) == view


@given(
    strategies.dictionaries(
        strategies.sampled_from([*FACETS, "page", "by", "show", "section", "x"]), strategies.lists(TEXT)
    )
)
def test_every_address_gives_a_view(found: dict[str, list[str]]) -> None:
    view = integrity_view.parse(found)
    assert view.page >= 1
    assert integrity_view.parse(integrity_view.params(view)) == view


def test_the_usual_view_has_an_empty_address() -> None:
    assert integrity_view.params(IntegrityView()) == {}


@pytest.mark.parametrize(
    ("facet", "value"), [("severity", "fatal"), ("store", "nowhere"), ("found", "x"), ("price", "1")]
)
def test_a_choice_that_nobody_offered_changes_nothing(facet: str, value: str) -> None:
    assert IntegrityView().toggled(facet, value, on=True) == IntegrityView()


# What a view finds


def test_a_facet_counts_what_each_of_its_choices_would_leave() -> None:
    found = lines(
        finding("CQ205", number=1, severity=Severity.WARNING),
        finding("CQ205", number=2),
        finding("CQ207", number=3),
        finding("IC104", None, severity=Severity.ERROR),
    )
    counts = listing(found, IntegrityView(severities=frozenset({"notice"}))).counts
    assert counts["severity"] == Counter(error=1, warning=1, notice=2)
    assert counts["check"] == Counter(CQ205=1, CQ207=1)
    assert counts["store"] == Counter(production=2)
    both = IntegrityView(severities=frozenset({"notice"}), checks=frozenset({"CQ205"}))
    assert listing(found, both).counts["severity"] == Counter(warning=1, notice=1)
    assert listing(found, both).total == 1


@given(VIEWS.filter(lambda view: view.section == "findings"), strategies.integers(0, 30))
def test_a_choice_leaves_as_many_findings_as_its_facet_says(view: IntegrityView, number: int) -> None:
    severities, codes = list(Severity), ["CQ205", "CQ207", "IC104"]
    everything = [
        finding(codes[each % 3], f"id_{each % 5}", each, severity=severities[each % 3]) for each in range(number)
    ]
    found = lines(*everything, waived=tuple(everything[::4]))
    for severity, count in listing(found, view).counts["severity"].items():
        assert listing(found, replace(view, severities=frozenset({severity}))).total == count


def test_what_is_waived_is_counted_and_shown_only_on_request() -> None:
    one, two = finding(number=1), finding(number=2)
    found = lines(one, two, waived=(two,))
    assert listing(found, IntegrityView()).shown == {"open": 1, "waived": 1, "all": 2}
    asked: list[tuple[Show, list[Finding]]] = [("open", [one]), ("waived", [two]), ("all", [one, two])]
    for show, expected in asked:
        (group,) = listing(found, IntegrityView(show=show)).groups
        assert [line.finding for line in group.lines] == expected


def test_the_worst_comes_first_and_what_concerns_the_whole_before_single_scenarios() -> None:
    found = lines(
        finding("CQ205", "b", 1),
        finding("CQ207", "a", 2, severity=Severity.WARNING),
        finding("IC102", "a", 3, severity=Severity.ERROR),
        finding("CQ215", None, 4),
    )
    assert [group.key for group in listing(found, IntegrityView()).groups] == ["IC102", "CQ207", "CQ205", "CQ215"]
    assert [group.key for group in listing(found, IntegrityView(by="scenario")).groups] == ["", "a", "b"]


@pytest.mark.parametrize("text", ["HÔTEL", "title hotel", "cq205", "greeting", "nbsp here"])
def test_a_finding_is_found_by_any_of_its_words(text: str) -> None:
    found = lines(finding(field="phases[greeting].name", actual="nbsp\u00a0here"), finding("CQ207", "other", 2))
    assert [line.finding.code for line in listing(found, IntegrityView(text=text)).groups[0].lines] == ["CQ205"]


def test_a_page_is_short_however_much_was_found() -> None:
    many = lines(*(finding(scenario_id=f"id_{number // 9}", number=number) for number in range(9_000)))
    by_scenario = listing(many, IntegrityView(by="scenario"))
    page = page_of(by_scenario, 99)
    assert (page.number, page.pages, len(page.groups)) == (40, 40, GROUPS)
    assert {len(group.lines) for group in page.groups} == {IN_GROUP}
    assert set(page.more.values()) == {9 - IN_GROUP}
    alone = page_of(listing(many, IntegrityView(checks=frozenset({"CQ205"}))), 2)
    assert (alone.number, alone.pages, len(alone.groups[0].lines), alone.more) == (2, 180, IN_ONE, {})


def test_what_the_last_run_found_first_is_new_and_so_is_what_no_run_has_found() -> None:
    one, two, three = (finding(number=number) for number in (1, 2, 3))
    since = {one.fingerprint: MOMENT - timedelta(days=1), two.fingerprint: MOMENT}
    found = lines_of(report(one, two, three), since, MOMENT)
    assert [line.is_new for line in found] == [False, True, True]
    assert not any(line.is_new for line in lines_of(report(one), None, None))


# What is drawn


def test_only_content_that_is_not_waived_yet_can_be_ticked_and_the_box_of_a_group_says_how_many() -> None:
    structural = [finding("IC103", number=number) for number in (1, 2)]
    content = [finding(number=number) for number in (3, 4, 5)]
    found = listing(lines(*structural, *content, waived=(content[0],)), IntegrityView(show="all"))
    data = findings_data(page_of(found, 1), look(ticked=frozenset({content[1].fingerprint})))
    boxes = {group["key"]: [each["ticked"] for each in group["findings"]] for group in data["groups"]}
    assert boxes == {"IC103": [None, None], "CQ205": [None, True, False]}
    by_key = {group["key"]: group for group in data["groups"]}
    assert by_key["IC103"]["tick"] is None
    assert "can't be waived" in by_key["IC103"]["facts"]
    assert by_key["CQ205"]["tick"] == {"text": "Select all 2", "state": "some"}
    assert by_key["CQ205"]["findings"][0]["waiver"]["by"] == "Waived 2026-11-20 (Person 1):"


def test_who_may_not_waive_sees_no_boxes_and_no_way_to_withdraw() -> None:
    one, two = finding(number=1), finding(number=2)
    found = listing(lines(one, two, waived=(two,)), IntegrityView(show="all"))
    (group,) = findings_data(page_of(found, 1), look(ticked=None))["groups"]
    assert (group["tick"], [each["ticked"] for each in group["findings"]]) == (None, [None, None])
    assert group["findings"][1]["waiver"]["id"] is None


def test_a_finding_leads_to_its_field_its_difference_and_its_repair() -> None:
    changed = finding("IC103", severity=Severity.WARNING, field="phases[greeting].name")
    gone = finding("IC103", "not_readable", severity=Severity.WARNING)
    (group,) = findings_data(page_of(listing(lines(changed, gone), IntegrityView()), 1), look(carried={"as": "8"}))[
        "groups"
    ]
    first, second = group["findings"]
    assert first["link"]["params"] == {"id": HOTEL, "field": "phases[greeting].name", "finding": changed.fingerprint}
    assert second["link"] is None
    assert [(each["page"], each["params"]) for each in second["links"]] == [
        ("compare", {"old": "backup", "new": "production", "scenario": "not_readable"})
    ]
    assert {each["params"]["repair"] for each in group["links"]} == {"restore_backup", "approve_baseline"}
    assert all("as=8" in each["href"] for each in [first["link"], *group["links"]])


def test_every_check_explains_itself_and_says_whether_it_can_be_waived() -> None:
    found = listing(lines(finding("CQ205"), finding("IC103")), IntegrityView())
    checks = findings_data(page_of(found, 1), look())["checks"]
    for code, text in {"CQ205": "waived with a reason", "IC103": "can't be waived"}.items():
        assert [part["title"] for part in checks[code]["parts"]] == ["Why it matters", "How to mend it", "Limits"]
        assert text in checks[code]["kind"]


def test_what_cannot_be_seen_is_named() -> None:
    one = finding(message="odd", actual="Hotel\u00a0", expected="Hotel")
    (group,) = findings_data(page_of(listing(lines(one), IntegrityView()), 1), look())["groups"]
    shown = {each["word"]: each["pieces"] for each in group["findings"][0]["evidence"]}
    assert shown["Found"] == [("Hotel", False), ("⟨NBSP⟩", True)]


def test_a_facet_is_offered_where_it_can_narrow_and_stays_where_it_is_chosen() -> None:
    found = listing(lines(finding(number=1), finding(number=2)), IntegrityView())
    assert facet_groups(found.counts, IntegrityView()) == []
    view = IntegrityView(checks=frozenset({"CQ207"}))
    (group,) = facet_groups(listing(lines(finding()), view).counts, view)
    assert [(each["value"], each["number"], each["on"]) for each in group["options"]] == [
        ("CQ205", "1", False),
        ("CQ207", "0", True),
    ]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_blocks_of_the_audit_hold_authored_text_as_text(text: str) -> None:
    def page(value: str) -> str:
        gaps = render("audit_gaps", not_run=[("IC101", value, value)], not_judged=[])
        kept = render(
            "waiver", kind="good", state="In use", check="CQ205", scenario=value, place=value, message=value,
            by=value, reason=value,
        )  # fmt: skip
        named = render("waive", checks=[("CQ205", 1, [value], 0)])
        gone = render("repair_gone", names=[value], number=1, more=0, where="from the mirror")
        return gaps + kept + named + gone

    wild, tame = seen(page(text)), seen(page("tame"))
    assert wild.elements == tame.elements
    assert wild.attributes <= tame.attributes


# The audit in words


def test_the_light_is_green_only_where_every_check_ran() -> None:
    bad = finding("IC102", severity=Severity.ERROR)
    said = {
        "good": wording.light(report(finding())),
        "warn": wording.light(report(finding(severity=Severity.WARNING))),
        "bad": wording.light(report(bad, problems=("IC105",))),
        "unknown": wording.light(report(finding(), problems=("IC105",))),
    }
    assert {kind: light.kind for kind, (light, _) in said.items()} == {kind: kind for kind in said}
    assert said["bad"][1] == "Checks with errors: name of IC102. Could not run: name of IC105."


def test_totals_say_how_many_are_waived_even_if_none_is() -> None:
    one = finding()
    assert wording.totals(report(one)) == "1 notice, 0 waived"
    assert dict(wording.facts(report(one, waived=(one,))))["Waived"] == "1"


def test_what_came_and_went_after_the_last_run_is_counted_and_waiving_is_no_mending() -> None:
    one, two, three = (finding(number=number) for number in (1, 2, 3))
    last = CheckRun(5, MOMENT, ADMIN, "", "green", 0, 0, 2, 0, 0, 1, 0, 1)
    known = {one.fingerprint, two.fingerprint, "mended"}
    said = wording.since_last_run(report(one, two, three, waived=(two,)), [last], known)
    assert said == ["1 new, 0 mended, 1 still there since the run before", "after that run 1 more, 1 gone"]
    assert wording.since_last_run(report(one), [], None) == []


def test_the_trend_draws_exactly_its_frame_and_says_it_in_words() -> None:
    runs = [CheckRun(each, MOMENT, ADMIN, "", "green", each, 0, 9, 0, 0, 0, 0, 0) for each in (3, 2, 1)]
    found = trend.frame(runs)
    assert list(found.run_id) == [1, 2, 3]
    assert found["run"].max() == trend.RUNS
    made = trend.chart(found).to_dict()
    assert [strip["encoding"]["y"]["field"] for strip in made["vconcat"]] == ["errors", "warnings", "notices"]
    assert all(strip["description"] for strip in made["vconcat"])
    assert "errors from 1 to 3" in trend.described(found)
    assert trend.described(trend.frame([])) == "There are no runs yet."
    trend.chart(trend.frame([])).to_dict()


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("name", "/name"),
        ("phases[b].essential_phrases", "/phases/1/essential_phrases"),
        ("phases[b]", "/phases/1"),
        ("phases[gone].name", ""),
        ("nothing_like_it", ""),
        ("", ""),
    ],
)
def test_a_place_for_people_leads_to_its_pointer(place: str, expected: str) -> None:
    found = scenario(phases=[phase_document("a"), phase_document("b")])
    assert pointer_of(place, found) == expected
    assert opening(finding(field=place)).params.get("field", "") == place
