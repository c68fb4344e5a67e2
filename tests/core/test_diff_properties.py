from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_core.integrity.diff import (
    CatalogueDiff,
    ChangeKind,
    apply,
    diff_documents,
    diff_records,
    render_text,
)
from tests.core.diff_examples import DOCUMENTS, Record, as_bytes, catalogue, edited, edited_catalogue, exactly, scenario


def assert_exact(old: dict[str, Any], new: dict[str, Any]) -> CatalogueDiff:
    diff = diff_records(old, new)
    result = apply(diff, old)
    assert exactly(result) == exactly(new)
    assert list(result) == list(new)
    return diff


def assert_symmetric(forward: CatalogueDiff, backward: CatalogueDiff) -> None:
    assert forward.is_empty == backward.is_empty
    assert exactly(forward.added) == exactly(backward.removed)
    assert exactly(forward.removed) == exactly(backward.added)
    assert forward.changed.keys() == backward.changed.keys()
    assert len(forward.moved) == len(backward.moved)


@settings(max_examples=200, deadline=None)
@given(old=DOCUMENTS, new=DOCUMENTS)
def test_applying_the_difference_of_any_two_documents_gives_the_new_one(old: Record, new: Record) -> None:
    forward, backward = assert_exact(old, new), assert_exact(new, old)
    assert_symmetric(forward, backward)
    assert forward.is_empty == (exactly(old) == exactly(new) and list(old) == list(new))
    assert render_text(forward, old_name="old", new_name="new")
    json.dumps(forward.to_json())


@settings(max_examples=200, deadline=None)
@given(old=st.lists(st.sampled_from("abc")), new=st.lists(st.sampled_from("abcd")))
def test_items_that_both_lists_hold_equally_often_are_never_shown_as_replaced(old: list[str], new: list[str]) -> None:
    diff = assert_exact({"x": {"tags": old}}, {"x": {"tags": new}})
    changes = diff.changed["x"].changes if diff.changed else ()
    replaced = [change for change in changes if change.kind is not ChangeKind.MOVED]
    assert Counter(one.old for one in replaced if one.old_place is not None) == Counter(old) - Counter(new)
    assert Counter(one.new for one in replaced if one.new_place is not None) == Counter(new) - Counter(old)


@settings(max_examples=200, deadline=None)
@given(random=st.randoms(use_true_random=False), edits=st.integers(1, 8))
def test_any_script_of_edits_is_found_and_applied_exactly(random: Random, edits: int) -> None:
    old = edited(scenario(), random, random.randrange(3))
    new = edited(old, random, edits)
    assert_symmetric(assert_exact({"dinner": old}, {"dinner": new}), assert_exact({"dinner": new}, {"dinner": old}))


@settings(max_examples=50, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_documents_and_records_give_the_same_difference(random: Random) -> None:
    old = catalogue("a", "b", "c", "d")
    new = edited_catalogue(old, random)
    assert diff_documents(as_bytes(old), as_bytes(new, indent=2)) == diff_records(old, new)


@pytest.mark.slow
def test_ten_thousand_seeded_pairs_of_catalogues_are_applied_exactly() -> None:
    random = Random(20251220)
    old = catalogue("a", "b")
    for _ in range(10_000):
        new = edited_catalogue(old, random)
        assert_exact(old, new)
        old = (
            new
            if 1 <= len(new) <= 3 and all(len(record["phases"]) < 7 for record in new.values())
            else catalogue("a", "b")
        )
