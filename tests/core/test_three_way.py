"""Merging two versions of a scenario that grew from one: the laws, and the cases by name."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scenario_core.three_way import MISSING, SERVER_KEPT, Merge, Side, resolve, three_way
from tests.factories import phase_document, scenario_document
from tests.strategies import JSON, SCENARIOS, TEXT

Document = dict[str, Any]

IDS = ["a", "b", "c", "d", "e", "f/~1"]
VALUES = st.sampled_from([None, 0, 1, 1.0, True, "x", [], ["x"], ["x", "y"], {"k": [1]}])
RELATED = st.fixed_dictionaries(  # few ids and values, so that versions agree in much
    {
        "phases": st.lists(
            st.fixed_dictionaries(
                {"phase_id": st.sampled_from(IDS)}, optional={"name": VALUES, "key_vocabulary": VALUES}
            ),
            max_size=6,
            unique_by=lambda phase: str(phase["phase_id"]),
        )
    },
    optional={"name": VALUES, "a/b~c": VALUES, "phases/a": VALUES, "updated_at": VALUES, "scenario_id": VALUES},
)
BROKEN_PHASES = JSON | st.lists(
    JSON
    | st.fixed_dictionaries({"name": VALUES}, optional={"phase_id": st.sampled_from(["a", "b", "", None, 3, ["a"]])}),
    max_size=4,
)
DRAFTS = st.builds(
    lambda fields, extra: {**extra, **fields},
    st.fixed_dictionaries({}, optional={"phases": BROKEN_PHASES, "name": JSON, "created_at": JSON}),
    st.dictionaries(TEXT, JSON, max_size=3),
)
DOCUMENTS = RELATED | DRAFTS | SCENARIOS
FIELDS = ["name", "user_role", "setting", "vocabulary_focus", "cultural_context"]


def text(document: Any) -> str:
    """Equal exactly where JSON values are: `1`, `1.0` and `true` differ."""
    return json.dumps(document, sort_keys=True)


def kept(document: Document, server: Document) -> str:
    """The document with the server-kept fields of another."""
    own = {key: value for key, value in document.items() if key not in SERVER_KEPT}
    return text(own | {key: server[key] for key in SERVER_KEPT if key in server})


def pointers(merge: Merge, *, only_conflicts: bool = False) -> list[str]:
    return [choice.pointer for choice in (merge.conflicts if only_conflicts else merge.choices)]


def document(*phase_ids: str, **fields: Any) -> Document:
    return scenario_document(phases=[phase_document(phase_id) for phase_id in phase_ids], **fields)


def order(merged: Document) -> str:
    return "".join(phase["phase_id"] for phase in merged["phases"])


@given(DOCUMENTS, DOCUMENTS)
def test_what_one_side_alone_changed_is_taken(base: Document, other: Document) -> None:
    mine, theirs = three_way(base, base, other), three_way(base, other, base)
    assert text(mine.document) == kept(other, base)
    assert text(theirs.document) == text(other)
    assert (mine.conflicts, theirs.conflicts) == ((), ())
    assert {choice.suggestion for choice in mine.choices} <= {Side.MINE}
    assert {choice.suggestion for choice in theirs.choices} <= {Side.THEIRS}


@given(DOCUMENTS, DOCUMENTS)
def test_equal_changes_are_no_conflict(base: Document, both: Document) -> None:
    merge = three_way(base, both, both)
    assert text(merge.document) == text(both)
    assert merge.conflicts == ()


@given(DOCUMENTS)
def test_three_equal_versions_leave_nothing_to_choose(same: Document) -> None:
    assert three_way(same, same, same).choices == ()


@given(RELATED | DOCUMENTS, RELATED | DOCUMENTS, RELATED | DOCUMENTS)
def test_deciding_everything_for_one_side_gives_that_side(base: Document, theirs: Document, mine: Document) -> None:
    merge = three_way(base, theirs, mine)
    for side, expected in ((Side.BASE, base), (Side.THEIRS, theirs), (Side.MINE, mine)):
        decided = resolve(base, theirs, mine, dict.fromkeys(pointers(merge), side))
        assert text(decided) == kept(expected, theirs)
    suggested = {choice.pointer: choice.suggestion for choice in merge.choices}
    for decisions in ({}, suggested, {"/no/such/field": Side.THEIRS}):
        assert text(resolve(base, theirs, mine, decisions)) == text(merge.document)


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_conflicts_are_the_same_whoever_is_asked(base: Document, theirs: Document, mine: Document) -> None:
    one, other = three_way(base, theirs, mine), three_way(base, mine, theirs)
    assert set(pointers(one, only_conflicts=True)) == set(pointers(other, only_conflicts=True))
    assert set(pointers(one)) == set(pointers(other))


@given(RELATED, RELATED, RELATED, st.data())
def test_any_decisions_give_well_formed_phases(
    base: Document, theirs: Document, mine: Document, data: st.DataObject
) -> None:
    merge = three_way(base, theirs, mine)
    found = pointers(merge)
    assert len(found) == len(set(found))
    decisions = data.draw(st.fixed_dictionaries({pointer: st.sampled_from(Side) for pointer in found}))
    ids = [phase["phase_id"] for phase in resolve(base, theirs, mine, decisions)["phases"]]
    assert len(ids) == len(set(ids))
    for choice in merge.choices:
        if choice.field == "phase":
            chosen = {"base": choice.base, "theirs": choice.theirs, "mine": choice.mine}[decisions[choice.pointer]]
            assert (choice.phase_id in ids) == (chosen is not MISSING)


@given(DRAFTS, DRAFTS, DRAFTS)
@example({"phases": [{"phase_id": float("nan")}]}, {"phases": None}, {"phases": [{"phase_id": "a"}] * 2})
def test_no_draft_is_refused_and_no_argument_changed(base: Document, theirs: Document, mine: Document) -> None:
    versions = (base, theirs, mine)
    before = copy.deepcopy(versions)
    merge = three_way(*versions)
    assert text(versions) == text(before)
    assert all(choice.field not in SERVER_KEPT for choice in merge.choices if choice.phase_id is None)
    assert [choice.suggestion for choice in merge.conflicts] == [Side.MINE] * len(merge.conflicts)


@given(SCENARIOS, st.data())
def test_edits_of_different_fields_are_both_kept(base: Document, data: st.DataObject) -> None:
    split = data.draw(st.fixed_dictionaries({name: st.sampled_from(["theirs", "mine", "none"]) for name in FIELDS}))
    edits = {side: {name: f"by {side}" for name in FIELDS if split[name] == side} for side in ("theirs", "mine")}
    merge = three_way(base, base | edits["theirs"], base | edits["mine"])
    assert text(merge.document) == text(base | edits["theirs"] | edits["mine"])
    assert merge.conflicts == ()


def test_the_result_shares_nothing_with_the_arguments() -> None:
    base, theirs, mine = document("a", "b"), document("a", "b", "t"), document("a", "b", cultural_context={"deep": [1]})
    before = text([base, theirs, mine])
    merge = three_way(base, theirs, mine)
    merge.document["cultural_context"]["deep"].append(2)
    for phase in merge.document["phases"]:
        phase["key_vocabulary"].append("changed")
    merge.choices[0].theirs["name"] = "changed"
    assert text([base, theirs, mine]) == before
    assert merge.choices[1].mine == {"deep": [1]}


def test_nesting_deeper_than_the_stack_is_merged() -> None:
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]
    merge = three_way({"x": deep}, {"x": deep, "name": "theirs"}, {"x": deep, "setting": "mine"})
    assert set(pointers(merge)) == {"/name", "/setting"}


def test_values_are_compared_as_in_json() -> None:
    assert three_way({"x": float("nan")}, {"x": float("nan")}, {"x": float("nan")}).choices == ()
    assert pointers(three_way({"x": [1]}, {"x": [1.0]}, {"x": [True]}), only_conflicts=True) == ["/x"]


def test_tuples_are_read_as_lists() -> None:
    assert three_way({"x": ("a",)}, {"x": ["a"]}, {"x": ("a",)}).choices == ()


def test_server_kept_fields_are_theirs() -> None:
    theirs = document("a", updated_at="theirs")
    del theirs["created_at"]
    merge = three_way(document("a"), theirs, document("a", updated_at="mine", scenario_id="mine", created_at="mine"))
    assert merge.document == theirs
    assert merge.choices == ()


def test_choices_name_the_field_and_its_three_values() -> None:
    base, theirs, mine = (document("a", "f/~1", name=name) for name in ("B", "T", "M"))
    theirs["phases"][1]["key_vocabulary"] = ["tram"]
    mine["phases"][1]["extra"] = None
    merge = three_way(base, theirs, mine)
    found = {choice.pointer: choice for choice in merge.choices}
    assert list(found) == ["/name", "/phases/f~1~01/key_vocabulary", "/phases/f~1~01/extra"]
    name, words, extra = found.values()
    assert (name.base, name.theirs, name.mine, name.conflict, name.suggestion) == ("B", "T", "M", True, Side.MINE)
    assert (words.phase_id, words.field, words.theirs) == ("f/~1", "key_vocabulary", ["tram"])
    assert (words.conflict, words.suggestion) == (False, Side.THEIRS)
    assert (extra.base, extra.theirs, extra.mine, extra.suggestion) == (MISSING, MISSING, None, Side.MINE)
    assert merge.conflicts == (name,)
    assert resolve(base, theirs, mine, {"/name": Side.THEIRS})["name"] == "T"
    assert resolve(base, theirs, mine, {"/name": Side.BASE})["name"] == "B"


@pytest.mark.parametrize("editor", [Side.THEIRS, Side.MINE])
def test_an_edited_phase_that_the_other_side_deleted_is_a_conflict(editor: Side) -> None:
    base, edited, shorter = document("a", "b", "c"), document("a", "b", "c"), document("a", "c")
    edited["phases"][1]["name"] = "Edited"
    theirs, mine = (edited, shorter) if editor is Side.THEIRS else (shorter, edited)
    merge = three_way(base, theirs, mine)
    (choice,) = merge.conflicts
    assert (choice.pointer, choice.phase_id, choice.field) == ("/phases/b", "b", "phase")
    assert (choice.mine if editor is Side.THEIRS else choice.theirs) is MISSING
    assert text(merge.document) == text(mine)
    assert text(resolve(base, theirs, mine, {"/phases/b": editor})) == text(edited)
    assert text(resolve(base, theirs, mine, {"/phases/b": Side.BASE})) == text(base)


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "merged", "conflicts"),
    [
        pytest.param("ab", "a", "ab", "a", [], id="they delete"),
        pytest.param("ab", "ab", "b", "b", [], id="I delete"),
        pytest.param("abc", "ac", "ab", "a", [], id="each deletes one"),
        pytest.param("ab", "axb", "aby", "axby", [], id="each inserts a phase"),
        pytest.param("ab", "axb", "ayb", "axyb", [], id="both insert at one place, theirs first"),
        pytest.param("ab", "apqb", "ayzb", "apqyzb", [], id="both insert several at one place"),
        pytest.param("ab", "xab", "yab", "xyab", [], id="both insert at the start"),
        pytest.param("", "x", "y", "xy", [], id="both write the first phase"),
        pytest.param("ab", "axb", "axb", "axb", [], id="both insert the same"),
        pytest.param("ab", "axb", "abx", "abx", [], id="both insert the same, each elsewhere"),
        pytest.param("ab", "axyb", "abx", "abxy", [], id="they add after what both inserted"),
        pytest.param("abc", "ac", "abxc", "axc", [], id="I insert after what they delete"),
        pytest.param("abc", "cab", "abc", "cab", [], id="they reorder"),
        pytest.param("abc", "abc", "acb", "acb", [], id="I reorder"),
        pytest.param("abc", "cab", "cab", "cab", [], id="both reorder alike"),
        pytest.param("abc", "cab", "acb", "acb", ["/phases"], id="both reorder"),
        pytest.param("abc", "cab", "abxc", "cabx", [], id="they reorder, I insert"),
        pytest.param("abcd", "acd", "acbd", "acd", [], id="I move what they delete"),
        pytest.param("abc", "ac", "ca", "ca", [], id="they delete, I reorder the rest"),
    ],
)
def test_phases_are_merged_by_id(base: str, theirs: str, mine: str, merged: str, conflicts: list[str]) -> None:
    merge = three_way(document(*base), document(*theirs), document(*mine))
    assert order(merge.document) == merged
    assert pointers(merge, only_conflicts=True) == conflicts


def test_both_orders_can_be_chosen() -> None:
    versions = document(*"abc"), document(*"cab"), document(*"axcb")
    (choice,) = three_way(*versions).conflicts
    assert (choice.field, choice.phase_id) == ("order", None)
    assert (choice.base, choice.theirs, choice.mine) == ([*"abc"], [*"cab"], [*"acb"])
    chosen = {side: order(resolve(*versions, {"/phases": side})) for side in Side}
    assert chosen == {Side.BASE: "axbc", Side.THEIRS: "caxb", Side.MINE: "axcb"}


def test_a_reorder_and_an_edit_are_both_kept() -> None:
    mine = document("a", "b", "c")
    mine["phases"][0]["name"] = "Edited"
    merge = three_way(document("a", "b", "c"), document("c", "b", "a"), mine)
    assert order(merge.document) == "cba"
    assert merge.document["phases"][2]["name"] == "Edited"
    assert (pointers(merge), merge.conflicts) == (["/phases", "/phases/a/name"], ())


def test_two_new_phases_of_one_id_are_a_conflict_if_they_differ() -> None:
    base, theirs, mine = document("a"), document("a", "x"), document("x", "a")
    mine["phases"][0]["name"] = "Another"
    merge = three_way(base, theirs, mine)
    assert pointers(merge, only_conflicts=True) == ["/phases/x"]
    assert text(merge.document) == text(mine)
    assert text(resolve(base, theirs, mine, {"/phases/x": Side.THEIRS})) == text(theirs)


def test_a_phase_follows_its_predecessor_to_where_the_other_side_put_it() -> None:
    versions = document("a"), document("p", "a"), document("a", "p", "z")
    assert order(resolve(*versions, {"/phases/p": Side.THEIRS})) == "pza"


def test_phases_that_wait_for_each_other_are_placed_all_the_same() -> None:
    versions = document("a"), document("a", "x", "y"), document("a", "y", "x")
    merged = resolve(*versions, {"/phases/x": Side.MINE, "/phases/y": Side.THEIRS})
    assert sorted(order(merged)) == ["a", "x", "y"]


@pytest.mark.parametrize(
    "phases",
    [
        pytest.param(MISSING, id="missing"),
        pytest.param(None, id="null"),
        pytest.param({"a": {}}, id="an object"),
        pytest.param([phase_document("a"), "b"], id="a string for a phase"),
        pytest.param([phase_document("a"), phase_document("a")], id="an id twice"),
        pytest.param([phase_document("a"), {"name": "No id"}], id="no id"),
        pytest.param([phase_document("a"), phase_document("")], id="an empty id"),
        pytest.param([{"phase_id": ["a"]}], id="a list for an id"),
    ],
)
def test_phases_without_ids_of_their_own_are_one_field(phases: Any) -> None:
    base, theirs, mine = document("a"), document("a", "b"), document("a")
    mine["phases"] = phases
    if phases is MISSING:
        del mine["phases"]
    merge = three_way(base, theirs, mine)
    (choice,) = merge.conflicts
    assert (choice.pointer, choice.phase_id, choice.field) == ("/phases", None, "phases")
    assert (choice.base, choice.theirs, choice.mine) == (base["phases"], theirs["phases"], phases)
    assert text(merge.document) == text(mine)
    assert text(resolve(base, theirs, mine, {"/phases": Side.THEIRS})) == text(theirs)
