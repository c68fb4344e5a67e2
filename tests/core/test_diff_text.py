from __future__ import annotations

import doctest
from collections.abc import Callable
from typing import Any

import pytest

from scenario_core.integrity import diff as diff_module
from scenario_core.integrity.diff import (
    diff_records,
    render_text,
)
from tests.core.diff_examples import NBSP, Record, catalogue, changed, scenario


def rendered(edit: Callable[[Record], object], **fields: Any) -> str:
    old, new, _ = changed(edit, **fields)
    return render_text(diff_records({"dinner": old}, {"dinner": new}), old_name="backup", new_name="production")


def test_the_text_names_the_direction_and_shows_each_field_with_old_and_new() -> None:
    old, new = catalogue("a", "b", "c"), catalogue("c", "a", "d")
    new["a"]["phases"][1]["essential_phrases"][1] = "Have you got a table?"
    new["a"]["duration_minutes"] = 25
    text = render_text(diff_records(old, new), old_name="backup", new_name="production")
    assert text.splitlines() == [
        "backup, old → production, new: 1 added, 1 removed, 1 changed in 2 fields, 1 moved",
        '- b: removed ("Dinner reservation")',
        '+ d: added ("Dinner reservation")',
        "~ a: moved from place 1 to 2",
        "",
        "a: 2 changes in 2 fields",
        "  duration_minutes: changed",
        "    - 20",
        "    + 25",
        "  phases[order].essential_phrases: item 2 changed",
        '    - "Do you have a table?"',
        '    + "Have you got a table?"',
    ]


def test_the_text_of_moves_names_both_places() -> None:
    text = rendered(lambda new: new["learning_outcomes"].insert(0, new["learning_outcomes"].pop()))
    assert text.splitlines()[-2:] == ["  learning_outcomes: item 3 moved to 1", '    ~ "pay"']


@pytest.mark.parametrize(
    ("old", "new", "old_line", "new_line"),
    [
        ("Book now", f"Book{NBSP}now", '- "Book now"', '+ "Book⟨NBSP⟩now"'),
        ("Book", "Book ", '- "Book"', '+ "Book⟨SP⟩"'),
        ("Book", "  Book", '- "Book"', '+ "⟨SP⟩⟨SP⟩Book"'),
        ("Caf\u00e9", "Cafe\u0301", '- "Café"', '+ "Cafe⟨U+0301⟩"'),
        ("\u00c5", "\u212b", '- "Å"', '+ "⟨U+212B⟩"'),
        ("Book", "Bo\u200bok", '- "Book"', '+ "Bo⟨ZWSP⟩ok"'),
        ("Book", "\u2003Book", '- "Book"', '+ "⟨U+2003⟩Book"'),
    ],
)
def test_changes_that_can_not_be_seen_are_made_visible(old: str, new: str, old_line: str, new_line: str) -> None:
    lines = rendered(lambda record: record.update(description=new), description=old).splitlines()
    assert lines[-3:] == ["  description: changed (looks the same)", f"    {old_line}", f"    {new_line}"]


def test_accents_of_their_own_stay_as_they_are_where_both_sides_have_them() -> None:
    text = rendered(lambda new: new.update(setting="Cafe\u0301 two"), setting="Cafe\u0301 one")
    assert '+ "Cafe\u0301 two"' in text


def test_line_breaks_and_control_characters_never_reach_the_terminal() -> None:
    record = scenario("bad\x1b[1m", name="two\nlines\u009b \u202e \ud800", **{"key\x07": 1})
    text = render_text(
        diff_records({"bad\x1b[1m": {}, "x\n": 1}, {"bad\x1b[1m": record}), old_name="a\x1b", new_name="b"
    )
    assert not set(text) & set("\x1b\x07\u009b\u202e\ud800")
    assert '+ "two\\nlines⟨U+009B⟩ ⟨RLO⟩ ⟨U+D800⟩"' in text


def test_long_texts_are_shortened_around_the_change() -> None:
    long = "word " * 200
    lines = rendered(lambda new: new.update(description=long + "NEW" + long), description=long + long).splitlines()
    assert [len(line) < 120 for line in lines] == [True] * len(lines)
    assert lines[-2].startswith("    - …")
    assert "NEW" in lines[-1]
    assert lines[-1].endswith("…")


def test_the_example_in_the_documentation_is_true() -> None:
    assert doctest.testmod(diff_module) == doctest.TestResults(failed=0, attempted=6)
