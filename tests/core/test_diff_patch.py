from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_core.integrity.diff import ChangeKind, diff_records, diff_scenario, json_patch
from tests.core.diff_examples import (
    DOCUMENTS,
    RECORDS,
    Record,
    catalogue,
    changed,
    edited,
    edited_catalogue,
    exactly,
    phase,
    scenario,
)


def applied(operations: list[dict[str, Any]], old: Any) -> Any:
    """What another program makes of the patch."""
    return jsonpatch.apply_patch(copy.deepcopy(old), json.loads(json.dumps(operations)))


def kinds(operations: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["op"], one["path"]) for one in operations]


@settings(max_examples=300, deadline=None)
@given(old=DOCUMENTS, new=DOCUMENTS)
def test_the_patch_of_any_two_documents_gives_the_new_one(old: Record, new: Record) -> None:
    assert exactly(applied(json_patch(diff_records(old, new)), old)) == exactly(new)


@settings(max_examples=300, deadline=None)
@given(old=RECORDS, new=RECORDS)
def test_the_patch_of_any_two_records_gives_the_new_one(old: Any, new: Any) -> None:
    assert exactly(applied(json_patch(diff_scenario(old, new)), old)) == exactly(new)


@settings(max_examples=300, deadline=None)
@given(random=st.randoms(use_true_random=False), edits=st.integers(1, 8))
def test_the_patch_of_any_script_of_edits_gives_the_new_scenario(random: Random, edits: int) -> None:
    old = edited(scenario(), random, random.randrange(3))
    new = edited(old, random, edits)
    assert exactly(applied(json_patch(diff_scenario(old, new)), old)) == exactly(new)


@settings(max_examples=100, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_the_patch_of_any_edited_catalogue_gives_the_new_one(random: Random) -> None:
    old = catalogue("a", "b", "c", "d")
    new = edited_catalogue(old, random)
    assert exactly(applied(json_patch(diff_records(old, new)), old)) == exactly(new)


@settings(max_examples=300, deadline=None)
@given(old=st.permutations("abcdef"), new=st.permutations("abcdefgh"), count=st.integers(0, 8))
def test_a_patch_moves_no_more_items_than_the_difference_does(old: list[str], new: list[str], count: int) -> None:
    change = diff_scenario({"tags": old}, {"tags": new[:count]})
    operations = json_patch(change)
    assert applied(operations, {"tags": old}) == {"tags": new[:count]}
    moves = [one for one in operations if one["op"] == "move"]
    assert len(moves) <= sum(one.kind is ChangeKind.MOVED for one in change.changes)


def test_each_value_that_goes_is_tested_first() -> None:
    def edit(new: Record) -> None:
        new["name"] = "Lunch"
        del new["setting"]
        new["phases"].insert(0, phase("waiting"))
        new["phases"].append(new["phases"].pop(1))
        new["phases"][1]["essential_phrases"][1] = "Have you got a table?"

    old, new, change = changed(edit)
    operations = json_patch(change)
    assert kinds(operations) == [
        ("test", "/name"),
        ("replace", "/name"),
        ("test", "/phases/1/essential_phrases/1"),
        ("replace", "/phases/1/essential_phrases/1"),
        ("test", "/phases/0"),
        ("move", "/phases/3"),
        ("add", "/phases/0"),
        ("test", "/setting"),
        ("remove", "/setting"),
    ]
    assert applied(operations, old) == new


@pytest.mark.parametrize("field", ["name", "setting"])
def test_a_patch_is_refused_where_a_value_is_no_longer_what_it_was(field: str) -> None:
    old, _, change = changed(lambda new: (new.update(name="Lunch"), new.pop("setting")))
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        applied(json_patch(change), old | {field: "Meanwhile"})


def test_a_record_that_is_replaced_as_a_whole_is_one_replacement() -> None:
    assert kinds(json_patch(diff_scenario([], {}))) == [("test", ""), ("replace", "")]


def test_a_patch_can_not_say_in_which_order_scenarios_stand() -> None:
    assert json_patch(diff_records(catalogue("a", "b"), catalogue("b", "a"))) == []


def test_scenarios_that_one_side_lacks_are_removed_and_added_whole() -> None:
    operations = json_patch(diff_records(catalogue("a/b", "c"), catalogue("c", "d")))
    assert kinds(operations) == [("test", "/a~1b"), ("remove", "/a~1b"), ("add", "/d")]
