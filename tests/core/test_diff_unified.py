from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from scenario_core.integrity.diff import diff_records, render_unified
from tests.core.diff_examples import DOCUMENTS, NBSP, Record, catalogue, phase, scenario


def rendered(old: Any, new: Any) -> list[str]:
    diff = diff_records({"dinner": {"description": old}}, {"dinner": {"description": new}})
    return render_unified(diff, old_name="backup", new_name="production").splitlines()


@settings(max_examples=200, deadline=None)
@given(old=DOCUMENTS, new=DOCUMENTS)
def test_every_line_of_any_difference_begins_with_its_sign_and_is_printable(old: Record, new: Record) -> None:
    text = render_unified(diff_records(old, new), old_name="old", new_name="new")
    text.encode()
    assert all(line.startswith(("--- ", "+++ ", "# ", "@@ ", "-", "+", " ")) for line in text.split("\n"))
    assert all(line.isprintable() for line in text.split("\n"))
    assert text == render_unified(diff_records(old, new), old_name="old", new_name="new")


def test_both_sides_are_named_first_then_each_scenario_and_field_has_a_header() -> None:
    old, new = catalogue("a", "b"), catalogue("b", "a")
    new["a"]["phases"][1]["essential_phrases"][1] = "Have you got a table?"
    new["a"]["duration_minutes"] = 25
    new["b"]["phases"].insert(0, new["b"]["phases"].pop())
    text = render_unified(diff_records(old, new), old_name="backup", new_name="production")
    assert text.splitlines() == [
        "--- backup, old",
        "+++ production, new",
        "# 2 changed in 3 fields, 1 moved",
        "@@ a: moved from place 1 to 2 @@",
        "@@ b: 1 change in 1 field @@",
        "@@ b · phases[farewell]: item 4 moved to 1 @@",
        " Farewell",
        "@@ a: 2 changes in 2 fields @@",
        "@@ a · duration_minutes: changed @@",
        "-20",
        "+25",
        "@@ a · phases[order].essential_phrases: item 2 changed @@",
        "-Do you have a table?",
        "+Have you got a table?",
    ]


def test_long_texts_are_told_by_the_lines_that_differ() -> None:
    lines = [f"line {number}" for number in range(30)]
    old, new = "\n".join(lines), "\n".join([*lines[:10], "new", *lines[11:]])
    assert rendered(old, new)[-10:] == [
        "@@ 7 equal lines @@",
        *(f" line {number}" for number in (7, 8, 9)),
        "-line 10",
        "+new",
        *(f" line {number}" for number in (11, 12, 13)),
        "@@ 16 equal lines @@",
    ]


def test_what_is_added_or_removed_whole_is_shown_as_json() -> None:
    old, new = catalogue("a", "b"), catalogue("a")
    new["a"]["phases"].append(phase("waiting", name="Waiting"))
    new["c"] = scenario("c")
    lines = render_unified(diff_records(old, new), old_name="a", new_name="b").splitlines()
    assert lines[lines.index("@@ b: removed @@") + 1 :][:3] == [
        "-{",
        '-  "scenario_id": "b",',
        '-  "name": "Dinner reservation",',
    ]
    assert lines[lines.index("@@ c: added @@") + 1 :][:2] == ["+{", '+  "scenario_id": "c",']
    assert lines[lines.index("@@ a · phases[waiting]: item 5 added @@") + 1 :][1] == '+  "phase_id": "waiting",'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Book now", f"Book{NBSP}now", ["-Book now", "+Book⟨NBSP⟩now"]),
        ("Book", "Book ", ["-Book", "+Book⟨SP⟩"]),
        ("Caf\u00e9", "Cafe\u0301", ["-Café", "+Cafe⟨U+0301⟩"]),
        ("a\r\nb", "a\nb", ["-a⟨CR⟩", "+a", " b"]),
        ("end", "end\n", [" end", "+"]),
        ("1", 1, ['-"1"', "+1"]),
        ("", None, ['-""', "+null"]),
    ],
)
def test_values_that_look_the_same_are_told_apart(old: Any, new: Any, expected: list[str]) -> None:
    assert rendered(old, new)[-len(expected) :] == expected


@pytest.mark.parametrize(
    ("value", "line"), [("null", '+"null"'), ("3", '+"3"'), ("", '+""'), (None, "+null"), ("a", "+a")]
)
def test_a_text_that_is_added_can_not_be_taken_for_another_value(value: Any, line: str) -> None:
    diff = diff_records({"a": {"x": []}}, {"a": {"x": [value]}})
    assert render_unified(diff, old_name="a", new_name="b").splitlines()[-1] == line
