"""What Compare shows: its address, names of states, the list of differences, words inside texts, what to take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import compare_address, differences, state_names, taking
from dashboard.compare_address import CompareView
from dashboard.comparison import Comparison
from dashboard.difference_rows import listing_data
from dashboard.markup import render
from dashboard.taking import Naming
from scenario_core.integrity.diff import SCENARIO_ORDER, WHOLE, Unit, units
from scenario_core.stewardship import restoring
from scenario_core.stewardship.states import State
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import HOTEL, edit, make_intact, spoil
from tests.core.test_exports import HOSTILE, seen
from tests.factories import phase_document, scenario_document

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VIEWS = st.builds(
    CompareView,
    old=TEXT,
    new=TEXT,
    kinds=st.frozensets(st.sampled_from(["added", "removed", "changed", "moved"])),
    text=TEXT,
    page=st.integers(1, 10_000),
    scenario=TEXT,
    into=TEXT,
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
BACKUP = "scenarios-20261120T140311.123456Z-1a2b3c4d5e6f7a8b.json"


def state(name: str, **records: dict[str, Any]) -> State:
    return State(name, json.dumps(records).encode())


def compared() -> Comparison:
    """One scenario gone, one new, one changed and moved, one moved by that, one as it was."""
    old = {name: scenario_document(name, name=name.title()) for name in ("one", "two", "three", "same")}
    new = {name: old[name] for name in ("two", "same")}
    new |= {
        "one": {**old["one"], "setting": "A \N{NO-BREAK SPACE}cellar"},
        "four": scenario_document("four", name="Café"),
    }
    return Comparison.of(state("backup", **old), state("production", **new))


@given(VIEWS)
def test_every_view_has_an_address_that_leads_back_to_it(view: CompareView) -> None:
    query = urlencode(compare_address.params(view), doseq=True)
    assert compare_address.parse(parse_qs(query, keep_blank_values=True)) == view


@given(st.dictionaries(st.sampled_from(["old", "new", "kind", "q", "page", "scenario", "into", "x"]), st.lists(TEXT)))
def test_every_address_gives_a_view(found: dict[str, list[str]]) -> None:
    view = compare_address.parse(found)
    assert view.page >= 1
    assert compare_address.parse(compare_address.params(view)) == view


def test_choosing_other_states_forgets_what_was_said_of_the_former_ones() -> None:
    view = CompareView("backup", "production", frozenset({"added"}), "tea", 3, "hotel", "production")
    assert view.between("mirror", "production") == CompareView("mirror", "production")
    assert (view.swapped.old, view.swapped.new, view.swapped.page) == ("production", "backup", 3)
    assert view.listing(text="x").page == 1


@pytest.mark.parametrize(
    ("name", "kind", "title"),
    [
        ("production", "production", "Production"),
        ("backup", "backup", "Approved backup"),
        ("mirror", "mirror", "Mirror"),
        ("file", "file", "File x.json"),
        (BACKUP, "kept", "Backup of 2026-11-20 14:03:11 UTC"),
        (BACKUP.replace(".json", ".baseline.json"), "kept", "Former baseline of 2026-11-20 14:03:11 UTC"),
        (BACKUP.replace("20261120", "20261399"), "kept", BACKUP.replace("20261120", "20261399")),
        ("anything else", "kept", "anything else"),
        ("scenario:tea", "scenario", "TEA"),
        ("origin:tea", "origin", "Origin of TEA"),
        ("revision:a@b@2", "revision", "Version 2 of A@B"),
        ("revision:tea@x", "revision", "Version ? of TEA"),
    ],
)
def test_states_have_kinds_and_titles(name: str, kind: str, title: str) -> None:
    assert state_names.kind_of(name) == kind
    assert state_names.title(name, str.upper, "x.json") == title


def test_two_backups_of_one_second_are_told_apart_by_their_hashes() -> None:
    assert state_names.short_hash(BACKUP) == "1a2b3c4d"
    assert state_names.short_hash("production") == ""


def test_the_list_names_every_scenario_with_differences_once() -> None:
    comparison = compared()
    assert {row.scenario_id: [kind.value for kind in row.kinds] for row in comparison.rows} == {
        "three": ["removed"],
        "one": ["changed", "moved"],
        "four": ["added"],
    }
    assert [row.title for row in comparison.rows] == ["Three", "One", "Café"]
    assert comparison.row("one") == comparison.rows[1]
    assert comparison.rows[1].fact == "1 change in 1 field, from place 1 to 3"
    assert comparison.row("same") is None
    assert dict(comparison.counts) == {"removed": 1, "changed": 1, "moved": 1, "added": 1}


@pytest.mark.parametrize(
    ("view", "ids"),
    [
        (CompareView(), ["three", "one", "four"]),
        (CompareView(kinds=frozenset({"moved"})), ["one"]),
        (CompareView(kinds=frozenset({"added", "removed"})), ["three", "four"]),
        (CompareView(text="CAFE"), ["four"]),
        (CompareView(text="one", kinds=frozenset({"added"})), []),
    ],
)
def test_the_list_is_filtered_by_kind_and_text(view: CompareView, ids: list[str]) -> None:
    assert [row.scenario_id for row in compared().matching(view)] == ids


def test_a_record_that_is_no_object_is_listed_by_its_id() -> None:
    comparison = Comparison.of(State("old", b'{"a": 1, "b": {"name": 5}}'), State("new", b'{"a": [2], "b": {}}'))
    assert [row.title for row in comparison.rows] == ["a", "b"]
    assert comparison.phase_names("a") == {}


def test_one_of_ten_thousand_scenarios_is_found() -> None:
    records = {f"s{number}": scenario_document(f"s{number}", name=f"Title {number}") for number in range(10_000)}
    changed = {name: {**record, "setting": "Elsewhere"} for name, record in records.items()}
    comparison = Comparison.of(state("old", **records), state("new", **changed))
    assert len(comparison.rows) == 10_000
    found = comparison.matching(CompareView(text="9999"))
    names = comparison.phase_names("s9999")
    assert ([row.scenario_id for row in found], names) == (
        ["s9999"],
        {"greeting": "The greeting", "ordering": "The ordering"},
    )


def test_every_line_links_to_its_scenario_and_says_what_happened() -> None:
    data = listing_data(
        compared().rows,
        lambda name: compare_address.params(CompareView("backup", "production", scenario=name)),
        ticked={"one"},
        carried={"as": "8"},
    )
    removed, changed, added = data["rows"]
    assert changed["href"] == "compare?old=backup&new=production&scenario=one&as=8"
    assert (removed["what"], added["what"]) == ("\N{MINUS SIGN} Removed", "+ Added")
    assert [row["ticked"] for row in data["rows"]] == [False, True, False]
    assert data["selectable"]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("name", "Title"),
        ("is_active", "Active"),
        ("updated_at", "Last change"),
        ("phases", "Phases"),
        ("phases[greeting]", "Hello · Phase"),
        ("phases[greeting].essential_phrases", "Hello · Essential phrases"),
        ('phases["2nd one"].name', "Second · Name of the phase"),
        ('phases["2nd one"]["dress code"]', "Second · Dress code"),
        ("phases[4a-b].key_vocabulary[2]", "4a-b · Key vocabulary · 2"),
        ("cultural_context.tipping", "Cultural context · Tipping"),
        ('cultural_context["dress code"].day[3]', "Cultural context · Dress code · Day · Item 4"),
        ('["odd key"]', "Odd key"),
        ("", "The whole record"),
        ("[[broken", "[[broken"),
    ],
)
def test_fields_are_called_as_in_the_form(field: str, name: str) -> None:
    assert differences.field_name(field, {"greeting": "Hello", "2nd one": "Second"}) == name


def lines_of(old: Any, new: Any) -> list[dict[str, Any]]:
    return differences.between(scenario_document(prerequisites=old), scenario_document(prerequisites=new))


def test_a_move_is_a_move_and_an_item_is_named_by_its_place() -> None:
    found = lines_of(["a", "b", "c"], ["c", "a", "b", "d"])
    assert [(line["kind"], line["what"]) for line in found] == [
        ("added", "item 4 added"),
        ("moved", "item moved from place 3 to 1"),
    ]


def test_words_are_marked_inside_a_text() -> None:
    (line,) = lines_of(["a table for two"], ["a table for three"])
    marks = [(mark["kind"], "".join(piece for piece, _ in mark["pieces"])) for mark in line["marks"]]
    assert marks == [("equal", "a table for "), ("removed", "two"), ("added", "three")]


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("at night", "at\N{NO-BREAK SPACE}night", ["⟨SP⟩", "⟨NBSP⟩"]),
        ("cafe\N{COMBINING ACUTE ACCENT}", "café", ["⟨U+0301⟩"]),
        ("end", "end ", ["⟨SP⟩"]),
    ],
)
def test_what_cannot_be_seen_stands_by_its_name_in_a_box_of_its_own(old: str, new: str, names: list[str]) -> None:
    (line,) = lines_of([old], [new])
    pieces = [piece for mark in line["marks"] for piece in mark["pieces"]]
    assert [text for text, is_glyph in pieces if is_glyph] == names
    assert line["what"] == "item 1 changed, but it looks the same"


def test_a_number_and_the_text_of_it_look_different() -> None:
    (line,) = differences.between(scenario_document(duration_minutes=10), scenario_document(duration_minutes="10"))
    assert (line["old"], line["new"]) == ({"literal": "10"}, {"literal": '"10"'})


def test_a_long_stretch_without_a_change_is_shortened() -> None:
    (line,) = lines_of([f"old {'word ' * 500}end"], [f"new {'word ' * 500}end"])
    shown = "".join(piece for mark in line["marks"] for piece, _ in mark["pieces"])
    assert "…" in shown
    assert len(shown) < 300


def test_json_values_are_readable() -> None:
    tree = differences.value_tree({"tipping": ["no", {"deep": None}], "empty": [], "text": ""})
    assert tree == {
        "members": [
            ("Tipping", {"entries": [{"pieces": [("no", False)]}, {"members": [("Deep", {"literal": "null"})]}]}),
            ("Empty", {"entries": []}),
            ("Text", {"pieces": []}),
        ]
    }
    assert "an empty list" in drawn([{"where": "x", "lines": lines_of([], [[]])}])


def drawn(fields: list[dict[str, Any]]) -> str:
    return render("changes", fields=fields, old_name="old", new_name="new", level=3)


@given(TEXTS, TEXTS)
def test_a_difference_holds_authored_text_as_text(one: str, other: str) -> None:
    def document(*values: str) -> dict[str, Any]:
        phase = phase_document(name=values[0], essential_phrases=list(values))
        return scenario_document(name=values[-1], setting=values[0], phases=[phase], cultural_context={values[0]: {}})

    def page(first: str, second: str) -> str:
        fields = differences.grouped(differences.between(document(first), document(second, first)))
        head = render("comparison_head", old_name=first, new_name=second, summary="x")
        whole = render(
            "scenario_difference",
            kind="added",
            record=differences.record_tree(document(first)),
            fields=fields,
            more=3,
        )
        part = {
            "sentence": first,
            "kind": "removed",
            "record": differences.value_tree(first),
            "fields": [],
            "open": True,
        }
        plan = render("plan", heading="x", title=second, parts=[part], more=1)
        entry = render("audit_entry", sentence=first, facts=[(first, second)])
        backup = render("backup", title=first, problem=second, facts=[(first, second)])
        return head + whole + plan + entry + backup + drawn(fields)

    known = {
        "div",
        "p",
        "span",
        "strong",
        "section",
        "h2",
        "h3",
        "h4",
        "del",
        "ins",
        "code",
        "dl",
        "dt",
        "dd",
        "ul",
        "li",
    }
    known |= {"details", "summary"}
    found = seen(page(one, other))
    assert {tag.removeprefix("/") for tag in found.elements} <= known
    assert {name for name in found.attributes if "on" in str(name)} == set()


def test_a_scenario_offers_itself_its_phases_and_its_fields() -> None:
    old = {"a": scenario_document("a", phases=[phase_document("greeting"), phase_document("ordering")])}
    phase = phase_document("greeting", description="Something else happens here.", expected_duration_minutes=9)
    new = {"a": {**old["a"], "setting": "A cellar", "phases": [phase, phase_document("ordering")]}}
    diff = Comparison.of(state("x", **old), state("y", **new)).diff
    found = {choice.label: choice.units for choice in taking.choices(diff, "a", {"greeting": "Hello"})}
    assert set(found) == {
        "Everything in this scenario", "Hello · the whole phase", "Setting", "Hello · What happens", "Hello · Minutes",
    }  # fmt: skip
    assert set(found["Everything in this scenario"]) == set(units(diff))
    assert {unit.field for unit in found["Hello · the whole phase"]} == {
        "phases[greeting].description", "phases[greeting].expected_duration_minutes",
    }  # fmt: skip
    assert found["Setting"] == (Unit("a", "setting"),)


def test_what_one_side_lacks_and_an_order_are_taken_as_a_whole() -> None:
    diff = compared().diff
    assert [choice.units for choice in taking.choices(diff, "four", {})] == [(Unit("four", WHOLE),)]
    assert [choice.units for choice in taking.choices(diff, "three", {})] == [(Unit("three", WHOLE),)]
    assert taking.choices(diff, "one", {})[-1].units == (SCENARIO_ORDER,)
    assert taking.choices(diff, "same", {}) == []


def test_a_plan_names_everything_that_it_would_do(tmp_path: Path) -> None:
    desk = make_intact(tmp_path)
    steward = Steward.configured(desk)
    edit(steward, spoil)
    edit(steward, lambda it: it.update(tea_break={**it[HOTEL], "scenario_id": "tea_break"}))
    planned = restoring.plan(steward, "production", "backup")
    naming = Naming(str.upper, str.title, lambda _: {"check_in": "Checking in"})
    assert taking.plan_title(planned, naming) == "PRODUCTION, from BACKUP: 1 removed, 1 changed in 3 fields"
    parts, more = taking.plan_parts(planned, naming)
    assert [part["sentence"] for part in parts] == ["Remove Tea_Break", "Change Hotel_Check_In"]
    assert "Title" in [field["where"] for field in parts[1]["fields"]]
    assert (more, parts[0]["open"]) == (0, True)
    desk.close()
