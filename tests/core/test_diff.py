from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from scenario_core.errors import ProductionUnreadableError, StalePlanError
from scenario_core.integrity.diff import (
    apply,
    apply_scenario,
    diff_documents,
    diff_records,
    diff_scenario,
    render_text,
)
from tests.core.diff_examples import Record, as_bytes, catalogue, changed, exactly, only, phase, scenario, seen


def test_equal_records_have_no_changes() -> None:
    _, _, change = changed(copy.copy)
    assert change.is_empty
    assert change.fields == ()


def test_the_order_of_keys_is_not_a_change() -> None:
    record = scenario()
    assert diff_scenario(record, dict(reversed(record.items()))).is_empty


def test_a_changed_scalar_is_one_change_at_its_pointer() -> None:
    _, _, change = changed(lambda new: new.update(name="Lunch"))
    assert seen(change) == [("changed", "/name", "name")]
    assert (only(change).old, only(change).new) == ("Dinner reservation", "Lunch")


@pytest.mark.parametrize(
    ("old", "new"),
    [(1, 1.0), (1, True), (0, False), (0.0, -0.0), (None, False), ("1", 1), ([], {}), (2**64, 2**64 + 1)],
)
def test_values_that_python_could_take_for_equal_are_told_apart(old: Any, new: Any) -> None:
    for one, other in [(old, new), ([old], [new]), ({"deep": [old]}, {"deep": [new]})]:
        forward = diff_documents(as_bytes({"a": {"x": one}}), as_bytes({"a": {"x": other}}))
        assert len(forward.changed["a"].changes) == 1
        assert exactly(apply(forward, {"a": {"x": one}})) == exactly({"a": {"x": other}})


def test_a_field_that_is_null_differs_from_one_that_is_missing() -> None:
    _, _, change = changed(lambda new: new["phases"][0].pop("cultural_notes"))
    assert seen(change) == [("removed", "/phases/0/cultural_notes", "phases[greeting].cultural_notes")]


def test_an_unknown_field_is_added_with_the_name_and_the_pointer_of_its_key() -> None:
    _, _, change = changed(lambda new: new["cultural_context"].update({"a/b~c d": 1}))
    assert seen(change) == [("added", "/cultural_context/a~1b~0c d", 'cultural_context["a/b~c d"]')]


def test_an_inserted_phase_is_one_change_wherever_it_stands() -> None:
    for place in range(5):
        _, _, change = changed(lambda new, place=place: new["phases"].insert(place, phase("waiting")))  # type: ignore[misc]
        assert seen(change) == [("added", f"/phases/{place}", "phases[waiting]")]


def test_a_removed_phase_is_one_change_wherever_it_stood() -> None:
    for place in range(4):
        old, _, change = changed(lambda new, place=place: new["phases"].pop(place))  # type: ignore[misc]
        phase_id = old["phases"][place]["phase_id"]
        assert seen(change) == [("removed", f"/phases/{place}", f"phases[{phase_id}]")]


def test_a_moved_phase_is_one_move() -> None:
    _, _, change = changed(lambda new: new["phases"].insert(0, new["phases"].pop()))
    assert seen(change) == [("moved", "/phases/3", "phases[farewell]")]
    assert only(change).new_place == ("phases", 0)


def test_a_phase_that_moved_and_changed_shows_both() -> None:
    def edit(new: Record) -> None:
        new["phases"].insert(0, new["phases"].pop())
        new["phases"][0]["essential_phrases"][1] = "Have you got a table?"

    _, _, change = changed(edit)
    assert seen(change) == [
        ("moved", "/phases/3", "phases[farewell]"),
        ("changed", "/phases/3/essential_phrases/1", "phases[farewell].essential_phrases"),
    ]


def test_a_phase_with_a_new_id_and_the_name_of_a_removed_one_was_renamed() -> None:
    _, _, change = changed(lambda new: new["phases"][1].update(phase_id="ordering"))
    assert seen(change) == [("changed", "/phases/1/phase_id", "phases[order].phase_id")]


def test_phases_without_a_name_are_never_taken_for_renamed() -> None:
    _, _, change = changed(lambda new: new["phases"][0].update(phase_id="b"), phases=[phase("a", name="")])
    assert seen(change) == [("removed", "/phases/0", "phases[a]"), ("added", "/phases/0", "phases[b]")]


def test_inserting_one_phase_renaming_another_and_changing_one_phrase_are_three_changes() -> None:
    def edit(new: Record) -> None:
        new["phases"].insert(1, phase("waiting"))
        new["phases"][2]["phase_id"] = "ordering"
        new["phases"][3]["essential_phrases"][2] = "For three, please"

    _, _, change = changed(edit)
    assert seen(change) == [
        ("added", "/phases/1", "phases[waiting]"),
        ("changed", "/phases/1/phase_id", "phases[order].phase_id"),
        ("changed", "/phases/2/essential_phrases/2", "phases[payment].essential_phrases"),
    ]
    assert change.summary() == "3 changes in 3 fields"


def test_a_phrase_added_to_a_phase_points_into_the_new_record() -> None:
    def edit(new: Record) -> None:
        new["phases"].insert(0, phase("waiting"))
        new["phases"][1]["essential_phrases"].insert(0, "Hello")

    _, _, change = changed(edit)
    assert seen(change) == [
        ("added", "/phases/0", "phases[waiting]"),
        ("added", "/phases/1/essential_phrases/0", "phases[greeting].essential_phrases"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["a", "b", "c"], ["a", "c"], [("removed", 1)]),
        (["a", "c"], ["a", "b", "c"], [("added", 1)]),
        (["a", "b", "c"], ["a", "x", "c"], [("changed", 1)]),
        (["a", "b", "c", "d"], ["d", "a", "b", "c"], [("moved", 3)]),
        (["a", "b", "c", "d"], ["b", "c", "d", "a"], [("moved", 0)]),
        (["a", "b", "a"], ["b", "a"], [("removed", 0)]),
        (["a", "a"], ["a", "a", "a"], [("added", 2)]),
        (["a", "b"], ["b", "b", "a"], [("added", 1), ("moved", 0)]),
        (["good day"], ["hello", "good days"], [("added", 0), ("changed", 0)]),
        (["hello", "good day"], ["good days"], [("removed", 0), ("changed", 1)]),
        (["ご予約ですか"], ["いらっしゃいませ", "ご予約ですね"], [("added", 0), ("changed", 0)]),
        (["a", "b"], [], [("removed", 0), ("removed", 1)]),
        (["a", 1, None], ["a", None], [("removed", 1)]),
    ],
)
def test_list_items_are_matched_by_value(old: list[Any], new: list[Any], expected: list[tuple[str, int]]) -> None:
    _, _, change = changed(lambda record: record.update(prerequisites=new), prerequisites=old)
    assert [(one.kind.value, one.place[-1]) for one in change.changes] == expected
    assert change.fields == ("prerequisites",)


def test_long_lists_of_repeats_are_compared_in_good_time_and_exactly() -> None:
    _, _, change = changed(
        lambda new: new.update(prerequisites=["b", "a"] * 2000), prerequisites=["a", "b", "c"] * 1300
    )
    assert change.fields == ("prerequisites",)


def test_objects_in_unknown_lists_are_compared_where_one_took_the_place_of_the_other() -> None:
    _, _, change = changed(lambda new: new["media"][1].update(url="c"), media=[{"url": "a"}, {"url": "b", "size": 1}])
    assert seen(change) == [("changed", "/media/1/url", "media[1].url")]


def test_phases_with_repeated_ids_are_compared_by_value() -> None:
    twins = [phase("a"), phase("a", name="Second"), phase("b")]
    _, _, change = changed(lambda new: new["phases"][1].update(name="Twin"), phases=twins)
    assert seen(change) == [("changed", "/phases/1/name", "phases[1].name")]


@pytest.mark.parametrize("phases", [None, "none", {}, [None], [{"name": "no id"}], [{"phase_id": 7}], [[]]])
def test_phases_of_an_unexpected_shape_are_replaced_exactly(phases: Any) -> None:
    changed(lambda new: new.update(phases=phases))
    changed(lambda new: new.update(phases=[phase("a")]), phases=phases)


def test_a_type_change_replaces_the_whole_value() -> None:
    _, _, change = changed(lambda new: new.update(cultural_context="none"))
    assert seen(change) == [("changed", "/cultural_context", "cultural_context")]


def test_a_record_that_is_no_object_is_replaced_as_a_whole() -> None:
    diff = diff_records({"a": scenario()}, {"a": None})
    assert seen(diff.changed["a"]) == [("changed", "", "")]
    assert apply(diff, {"a": scenario()}) == {"a": None}
    assert "whole record" in render_text(diff, old_name="a", new_name="b")


def test_a_copy_with_another_id_is_named_by_the_id_of_its_origin() -> None:
    _, _, change = changed(lambda new: new.update(scenario_id="custom_restaurant_1_00000000"))
    assert change.scenario_id == "dinner"
    assert change.fields == ("scenario_id",)


def test_the_catalogue_lists_what_was_added_removed_changed_and_moved() -> None:
    old = catalogue("a", "b", "c", "d", "e")
    new = copy.deepcopy({scenario_id: old[scenario_id] for scenario_id in ("e", "a", "b", "c")}) | catalogue("f", "g")
    new["a"]["name"] = "A"
    new["b"]["duration_minutes"] = 5
    new["b"]["prerequisites"] = ["numbers", "greetings", "colours"]
    diff = diff_records(old, new)
    assert (list(diff.added), list(diff.removed), list(diff.changed)) == (["f", "g"], ["d"], ["a", "b"])
    assert diff.moved == {"e": (4, 0)}
    assert diff.summary() == "2 added, 1 removed, 2 changed in 3 fields, 1 moved"
    assert list(apply(diff, old).items()) == list(new.items())


def test_equal_documents_are_an_empty_difference_however_they_are_laid_out() -> None:
    document = catalogue("a", "b")
    diff = diff_documents(as_bytes(document, indent=2), as_bytes(document))
    assert diff.is_empty
    assert diff.summary() == "no differences"


def test_a_new_order_alone_is_a_difference() -> None:
    diff = diff_records(catalogue("a", "b"), catalogue("b", "a"))
    assert not diff.is_empty
    assert diff.summary() == "1 moved"
    assert list(apply(diff, catalogue("a", "b"))) == ["b", "a"]


def test_documents_of_which_one_has_no_scenarios_differ_by_whole_scenarios() -> None:
    document = catalogue("a", "b")
    assert diff_documents(b"{}", as_bytes(document)).added == document
    assert diff_documents(as_bytes(document), b"{}").removed == document


def test_the_result_as_json_is_plain_and_names_both_sides() -> None:
    old, new = catalogue("a", "b", "c"), catalogue("c", "a", "d")
    new["a"]["phases"].insert(0, phase("waiting"))
    new["a"]["phases"][1]["name"] = "Hello"
    shown = json.loads(json.dumps(diff_records(old, new).to_json()))
    assert shown["summary"] == "1 added, 1 removed, 1 changed in 2 fields, 1 moved"
    assert shown["moved"] == {"a": {"from": 0, "to": 1}}
    assert shown["added"] == {"d": new["d"]}
    inserted, renamed = shown["changed"]["a"]["changes"]
    assert inserted.keys() == {"kind", "field", "pointer", "new_pointer", "new"}
    assert renamed == {
        "kind": "changed",
        "field": "phases[greeting].name",
        "pointer": "/phases/0/name",
        "old_pointer": "/phases/0/name",
        "old": "Greeting",
        "new_pointer": "/phases/1/name",
        "new": "Hello",
    }


def test_apply_changes_neither_the_old_state_nor_the_difference() -> None:
    old, new = catalogue("a", "b"), catalogue("b", "a")
    new["a"]["phases"].insert(0, phase("waiting"))
    diff = diff_records(old, new)
    before = exactly(old), exactly(diff.to_json())
    apply(diff, old)
    assert (exactly(old), exactly(diff.to_json())) == before


def test_apply_refuses_an_old_state_that_has_moved() -> None:
    old, new = catalogue("a", "b", "c"), catalogue("a", "b")
    new["a"]["name"] = "A"
    diff = diff_records(old, new)
    for moved in (
        catalogue("a", "c", "b"),
        catalogue("a", "b"),
        catalogue("a", "b", "c", "d"),
        old | {"a": scenario("a", is_active=1)},
        old | {"c": scenario("c", setting="elsewhere")},
    ):
        with pytest.raises(StalePlanError, match="Compare again"):
            apply(diff, moved)


def test_apply_refuses_a_record_that_differs_outside_the_changed_fields() -> None:
    _, _, change = changed(lambda new: new.update(name="Lunch"))
    with pytest.raises(StalePlanError, match="'dinner' changed"):
        apply_scenario(change, scenario(setting="elsewhere"))


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"", "zero-length"),
        (b"[1]", "Expected `object`, got `array`"),
        (b'{"a": 1,\n "b": tru}', "line 2, column 7"),
        (b'{"a": {"x": 1}', "line 1, column 15"),
        (b'{"a": 1} x', "line 1, column 10"),
        (b'{"a": 1,\n "b": "\xff"}', "byte 16 in line 2 is not UTF-8"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": 1e999}', "line 1, column 7"),
        (b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "depth"),
    ],
)
def test_a_side_that_is_not_json_is_refused_with_its_side_and_place(broken: bytes, reason: str) -> None:
    with pytest.raises(ProductionUnreadableError, match="The old side") as raised:
        diff_documents(broken, b"{}")
    assert reason in raised.value.message
    with pytest.raises(ProductionUnreadableError, match="The new side") as raised:
        diff_documents(b"{}", broken)
    assert reason in raised.value.message


def test_bytes_that_are_not_utf8_are_refused_also_where_both_sides_have_them() -> None:
    broken = b'{"a": "' + "é".encode() * 100_000 + b'\xc3"}'
    with pytest.raises(ProductionUnreadableError, match="byte 200007 in line 1"):
        diff_documents(broken, broken)


def test_records_nested_too_deeply_are_refused() -> None:
    old, new = (b'{"a": ' + b"[" * 900 + inside + b"]" * 900 + b"}" for inside in (b"1", b"2"))
    with pytest.raises(ProductionUnreadableError, match="nested too deeply"):
        diff_documents(old, new)
