from __future__ import annotations

import copy
import doctest
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_core.errors import StalePlanError
from scenario_core.integrity.diff import (
    SCENARIO_ORDER,
    WHOLE,
    Unit,
    diff_records,
    diff_scenario,
    selection,
    take,
    take_units,
    unit_of,
    units,
)
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

EDITED = st.builds(
    lambda random, before, edits: (
        old := edited(scenario(), random, before),
        edited(old, random, edits),
    ),
    st.randoms(use_true_random=False),
    st.integers(0, 4),
    st.integers(1, 12),
)
PAIRS = EDITED | st.tuples(RECORDS, RECORDS)
CATALOGUES = st.tuples(DOCUMENTS, DOCUMENTS) | st.randoms(use_true_random=False).map(
    lambda random: (old := catalogue("a", "b", "c", "d"), edited_catalogue(old, random))
)


def fields(old: Any, new: Any) -> list[str]:
    return [unit.field for unit in units(diff_scenario(old, new))]


def renamed(names: set[str], field: str, old: Any, new: Any) -> set[str]:
    """The units as they are called once one of them was taken: a phase that got its new id goes by it."""
    if not field.endswith(".phase_id"):
        return names
    change = next(one for one in diff_scenario(old, new).changes if one.field == field)
    if len(change.place) != 3 or not isinstance(change.place[1], int):
        return names
    name = field.removesuffix(".phase_id")
    example = [{"phase_id": change.new}], [{"phase_id": change.new, "x": 1}]
    fresh = diff_scenario(*({"phases": phases} for phases in example)).changes[0].field.removesuffix(".x")
    return {fresh + one.removeprefix(name) if one.startswith(name) else one for one in names}


@settings(max_examples=400, deadline=None)
@given(pair=PAIRS)
def test_taking_all_units_gives_the_new_record_and_taking_none_the_old_one(pair: tuple[Any, Any]) -> None:
    old, new = pair
    change, before = diff_scenario(old, new), exactly(pair)
    assert exactly(take(change, old, new, fields(old, new))) == exactly(new)
    assert exactly(take(change, old, new, [])) == exactly(old)
    assert exactly(pair) == before
    if change.changes:
        assert exactly(take(change, old, new, [WHOLE])) == exactly(new)


@settings(max_examples=400, deadline=None)
@given(pair=PAIRS, random=st.randoms(use_true_random=False))
def test_taking_one_unit_leaves_all_others_and_not_that_one(pair: tuple[Any, Any], random: Random) -> None:
    old, new = pair
    names = fields(old, new)
    if names:
        taken = random.choice(names)
        left = fields(take(diff_scenario(old, new), old, new, [taken]), new)
        assert set(left) == renamed(set(names) - {taken}, taken, old, new)


@settings(max_examples=400, deadline=None)
@given(pair=PAIRS, random=st.randoms(use_true_random=False))
def test_taking_some_units_leaves_as_many_as_were_not_taken(pair: tuple[Any, Any], random: Random) -> None:
    old, new = pair
    names = fields(old, new)
    taken = random.sample(names, random.randint(0, len(names)))
    part = take(diff_scenario(old, new), old, new, taken)
    left = fields(part, new)
    assert len(left) == len(names) - len(taken)
    assert exactly(take(diff_scenario(part, new), part, new, left)) == exactly(new)


@settings(max_examples=200, deadline=None)
@given(pair=CATALOGUES, random=st.randoms(use_true_random=False))
def test_any_units_of_a_catalogue_can_be_taken_and_the_rest_stays(pair: tuple[Any, Any], random: Random) -> None:
    old, new = pair
    diff, before = diff_records(old, new), exactly(pair)
    known = units(diff)
    everything = take_units(diff, old, new, known)
    assert (exactly(everything), list(everything)) == (exactly(new), list(new))
    assert list(take_units(diff, old, new, ()).items()) == list(old.items())
    taken = random.sample(known, random.randint(0, len(known)))
    part = take_units(diff, old, new, taken)
    rest = diff_records(part, new)
    assert len(units(rest)) == len(known) - len(taken)
    assert (SCENARIO_ORDER in units(rest)) == (SCENARIO_ORDER in set(known) - set(taken))
    assert exactly(take_units(rest, part, new, units(rest))) == exactly(new)
    assert exactly(pair) == before


def test_units_are_fields_phases_and_orders() -> None:
    def edit(new: Record) -> None:
        new["cultural_context"] = {"tipping": "none", "dress code": "black"}
        new["odd name"] = [1]
        new["phases"].insert(1, phase("waiting"))
        new["phases"].append(new["phases"].pop(0))
        del new["phases"][2]
        new["phases"][1]["essential_phrases"][:2] = ["a", "b"]
        new["phases"][2]["2nd note"] = "x"

    _, _, change = changed(edit)
    assert [unit.field for unit in units(change)] == [
        "phases[payment]",
        "phases[waiting]",
        "phases",
        "phases[order].essential_phrases",
        'phases[farewell]["2nd note"]',
        "cultural_context",
        '["odd name"]',
    ]
    assert {unit_of(one) for one in change.changes} == set(units(change))
    assert {unit.scenario_id for unit in units(change)} == {"dinner"}


def test_phases_that_can_not_be_told_apart_are_one_unit() -> None:
    twins = [phase("a"), phase("a", name="Second"), phase("b")]
    old, new, change = changed(lambda new: new["phases"][1].update(name="Twin"), phases=twins)
    assert fields(old, new) == ["phases"]
    assert take(change, old, new, ["phases"])["phases"] == new["phases"]


def test_phases_kept_by_name_are_one_unit() -> None:
    old, new, _ = changed(lambda new: new["phases"].update({"2nd": 2, "x": 1}), phases={"2nd": 1, "x": 2})
    assert fields(old, new) == ["phases"]


def test_a_phase_that_is_taken_goes_behind_the_one_that_it_follows() -> None:
    def edit(new: Record) -> None:
        new["phases"].insert(2, phase("tasting"))
        new["phases"].insert(3, phase("waiting"))
        new["phases"].insert(0, phase("arrival"))

    old, new, change = changed(edit)
    for taken, ids in (
        (["phases[waiting]"], ["greeting", "order", "waiting", "payment", "farewell"]),
        (["phases[arrival]"], ["arrival", "greeting", "order", "payment", "farewell"]),
        (["phases[waiting]", "phases[tasting]"], ["greeting", "order", "tasting", "waiting", "payment", "farewell"]),
    ):
        assert [one["phase_id"] for one in take(change, old, new, taken)["phases"]] == ids


def test_the_order_of_phases_is_taken_without_anything_else() -> None:
    def edit(new: Record) -> None:
        new["phases"].reverse()
        new["phases"][0]["name"] = "Goodbye"
        del new["phases"][1]

    old, new, change = changed(edit)
    phases = take(change, old, new, ["phases"])["phases"]
    assert [one["phase_id"] for one in phases] == ["farewell", "order", "greeting", "payment"]
    assert phases[0]["name"] == "Farewell"


def test_whole_scenarios_and_their_order_are_taken_one_by_one() -> None:
    old, new = catalogue("a", "b", "c"), catalogue("d", "c", "a")
    new["a"]["name"] = "A"
    diff = diff_records(old, new)
    assert units(diff) == (Unit("b", ""), Unit("d", ""), Unit("a", "name"), SCENARIO_ORDER)
    assert list(take_units(diff, old, new, [Unit("d", "")])) == ["d", "a", "b", "c"]
    assert list(take_units(diff, old, new, [Unit("b", "")])) == ["a", "c"]
    assert list(take_units(diff, old, new, [SCENARIO_ORDER])) == ["c", "a", "b"]
    assert take_units(diff, old, new, [Unit("a", WHOLE)]) == old | {"a": new["a"]}


def test_what_was_not_compared_can_not_be_taken() -> None:
    old, new, change = changed(lambda new: new.update(name="Lunch"))
    for fields_ in (["setting"], ["name", "phases[lost]"]):
        with pytest.raises(StalePlanError, match="Compare again and choose"):
            take(change, old, new, fields_)
    with pytest.raises(StalePlanError, match="'dinner' changed"):
        take(change, old, new | {"setting": "elsewhere"}, ["name"])
    with pytest.raises(StalePlanError, match="'dinner' changed"):
        take(change, old | {"setting": "elsewhere"}, new, ["name"])
    with pytest.raises(StalePlanError, match="no difference in the scenario as a whole"):
        take(diff_scenario(old, old), old, old, [WHOLE])


def test_what_was_not_compared_can_not_be_taken_from_a_catalogue_either() -> None:
    old, new = catalogue("a", "b"), catalogue("b", "c")
    diff = diff_records(old, new)
    for unit in (Unit("b", "name"), Unit("a", "name"), Unit("lost", "")):
        with pytest.raises(StalePlanError, match="Compare again and choose"):
            take_units(diff, old, new, [unit])
    for changed_old, changed_new in (
        (catalogue("b", "a"), new),
        (old, catalogue("c", "b")),
        (old | {"a": {}}, new),
        (old, new | {"c": {}}),
    ):
        with pytest.raises(StalePlanError, match="changed"):
            take_units(diff, changed_old, changed_new, units(diff))


def test_what_is_taken_does_not_change_the_records_that_it_came_from() -> None:
    old, new, change = changed(lambda new: new["phases"].insert(0, phase("waiting")))
    before = copy.deepcopy((old, new))
    take(change, old, new, ["phases[waiting]"])["phases"].clear()
    assert (old, new) == before


def test_the_example_of_the_selection_is_true() -> None:
    assert doctest.testmod(selection) == doctest.TestResults(failed=0, attempted=6)
