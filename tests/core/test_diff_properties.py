from __future__ import annotations

import copy
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
from tests.core.diff_examples import Edit, Record, as_bytes, catalogue, exactly, phase, scenario

TEXTS = st.text(alphabet='ab é\u0301\u00a0"\\~/\ud800\n漢', max_size=4)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, -0.0, 1.0, 1e300, 2**64, 2**64 + 1]), TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
PHASES = st.lists(
    st.fixed_dictionaries(
        {"phase_id": st.sampled_from("abcdef") | SCALARS},
        optional={"name": st.sampled_from(["", "One", "Two", "Three"]), "key_vocabulary": VALUES},
    ),
    max_size=5,
)
RECORDS = VALUES | st.fixed_dictionaries({}, optional={"name": SCALARS, "phases": PHASES | VALUES, "tags": VALUES})
DOCUMENTS = st.dictionaries(st.sampled_from("abcde") | TEXTS, RECORDS, max_size=5)


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


def _some_phase(record: Record, random: Random) -> Record:
    phases = record["phases"]
    found: Record = random.choice(phases) if phases else phase("spare")
    return found


def _insert_phase(record: Record, random: Random) -> None:
    record["phases"].insert(random.randint(0, len(record["phases"])), phase(f"new_{random.randrange(50)}"))


def _remove_phase(record: Record, random: Random) -> None:
    if record["phases"]:
        record["phases"].remove(_some_phase(record, random))


def _move_phase(record: Record, random: Random) -> None:
    random.shuffle(record["phases"])


def _rename_phase(record: Record, random: Random) -> None:
    _some_phase(record, random)[random.choice(("phase_id", "name"))] = f"renamed_{random.randrange(5)}"


def _edit_list(record: Record, random: Random) -> None:
    holder, field = random.choice(
        [(record, "prerequisites"), (record, "learning_outcomes"), (_some_phase(record, random), "essential_phrases")]
    )
    items = [
        *holder[field],
        *random.choices(("again", "numbers", "Thank you", "Thank\u00a0you"), k=random.randrange(3)),
    ]
    random.shuffle(items)
    holder[field] = items[random.randrange(2) :]


def _change_scalar(record: Record, random: Random) -> None:
    holder = random.choice((record, _some_phase(record, random)))
    field = random.choice(("name", "description", "unknown", "cultural_notes"))
    holder[field] = random.choice((None, "", "new", "new ", 1, 1.0, True, {"a": [1]}, {"a": [True]}, ["b"]))


def _drop_field(record: Record, random: Random) -> None:
    record.pop(random.choice(("name", "unknown", "setting", "created_at")), None)


def _repeat_phase(record: Record, random: Random) -> None:
    record["phases"].append(copy.deepcopy(_some_phase(record, random)))


EDITS: list[Edit] = [
    _insert_phase,
    _remove_phase,
    _move_phase,
    _rename_phase,
    _edit_list,
    _change_scalar,
    _drop_field,
    _repeat_phase,
]


def edited(record: Record, random: Random, edits: int) -> Record:
    result = copy.deepcopy(record)
    for _ in range(edits):
        random.choice(EDITS)(result, random)
    return result


def edited_catalogue(old: dict[str, Record], random: Random) -> dict[str, Record]:
    ids = [scenario_id for scenario_id in old if random.random() < 0.8] + [f"new_{random.randrange(4)}"]
    if random.random() < 0.5:
        random.shuffle(ids)
    return {
        scenario_id: edited(old.get(scenario_id, scenario(scenario_id)), random, random.randrange(4))
        for scenario_id in ids
    }


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
