"""The form's logic: changing a draft, reading what was written, placing faults, and merging what two tabs write."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from dashboard.authoring import document as documents
from dashboard.authoring import fields
from dashboard.authoring.faults import found
from dashboard.authoring.fields import CULTURE, PHASE_FIELDS, SCENARIO_FIELDS, Field, Kind
from dashboard.authoring.session import keep
from scenario_core.custom import limits
from scenario_core.errors import ScenarioNotFoundError
from tests.factories import OWNER, builder, phase_document, scenario_document

FIELDS: dict[tuple[str | None, str], Field] = {(None, field.name): field for field in (*SCENARIO_FIELDS, CULTURE)}
FIELDS |= {("a", field.name): field for field in PHASE_FIELDS}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def two_phases() -> dict[str, Any]:
    return scenario_document(phases=[phase_document(phase_id="a", name="First"), phase_document(phase_id="b")])


def ids(document: dict[str, Any]) -> list[str]:
    return [phase["phase_id"] for phase in documents.phases(document)]


@given(st.dictionaries(st.sampled_from(["name", "phases", "cultural_context", "language"]), JSON))
def test_any_document_can_be_tidied_drawn_and_checked(document: dict[str, Any]) -> None:
    before = deepcopy(document)
    tidy = documents.tidied(document)
    assert document == before
    assert len(set(ids(tidy))) == len(ids(tidy))
    assert documents.tidied(tidy) == tidy
    for (phase, name), field in FIELDS.items():
        fields.shown(field, documents.value_at(tidy, ids(tidy)[0] if phase and ids(tidy) else None, name))
    assert found(tidy)


def test_every_change_leaves_the_given_document_as_it_is() -> None:
    document = two_phases()
    before = deepcopy(document)
    documents.put(document, "a", "name", "Other")
    documents.put(document, None, "name", "Other")
    documents.add_phase(document)
    documents.duplicate_phase(document, "a")
    documents.remove_phase(document, "a")
    documents.move_phase(document, "a", 1)
    assert document == before


def test_a_change_reaches_its_phase_wherever_it_stands() -> None:
    moved = documents.move_phase(two_phases(), "a", 1)
    changed = documents.put(moved, "a", "name", "Renamed")
    assert [(phase["phase_id"], phase["name"]) for phase in changed["phases"]][1] == ("a", "Renamed")


def test_phases_move_to_the_ends_and_no_further() -> None:
    document = two_phases()
    assert ids(documents.move_phase(document, "a", -1)) == ["a", "b"]
    assert ids(documents.move_phase(document, "a", 5)) == ["b", "a"]


def test_a_copy_of_a_phase_stands_behind_it_under_an_id_of_its_own() -> None:
    copied, new_id = documents.duplicate_phase(two_phases(), "a")
    assert ids(copied) == ["a", new_id, "b"]
    assert documents.value_at(copied, new_id, "name") == "First"


def test_removing_leads_to_the_phase_that_took_the_place() -> None:
    document, following = documents.remove_phase(two_phases(), "a")
    assert (ids(document), following) == (["b"], "b")
    assert documents.remove_phase(document, "b")[1] is None


def test_an_empty_page_has_its_faults_and_nothing_unknown() -> None:
    faults = found(documents.tidied(documents.blank()))
    known = {field.name for field in (*SCENARIO_FIELDS, *PHASE_FIELDS)}
    assert {fault.name for fault in faults} <= known
    assert {"Title", "The learner plays", "Phase 1, Key vocabulary"} <= {fault.where for fault in faults}


@pytest.mark.parametrize(
    "field", [each for each in FIELDS.values() if each.kind is Kind.LINES], ids=lambda each: each.name
)
def test_pasted_lines_become_one_entry_each(field: Field) -> None:
    pasted = "- one\r\n* two\n\n  • three  \n\N{EN DASH} four\nfive"
    assert fields.written(field, pasted) == ["one", "two", "three", "four", "five"]


@given(st.lists(st.from_regex(r"[a-zé0-9?!, ]{0,12}[a-zé]", fullmatch=True), max_size=6))
def test_lines_are_read_back_as_they_were(lines: list[str]) -> None:
    field = FIELDS["a", "key_vocabulary"]
    stripped = [line.strip() for line in lines]
    assert fields.written(field, fields.shown(field, stripped)) == stripped


@pytest.mark.parametrize("place", FIELDS, ids=str)
def test_what_is_shown_and_written_again_is_the_same_value(place: tuple[str | None, str]) -> None:
    document = two_phases()
    value = documents.value_at(document, *place)
    if isinstance(value, dict):
        return
    assert fields.written(FIELDS[place], fields.shown(FIELDS[place], value)) == value


def test_keys_of_widgets_are_class_names_and_belong_to_one_field() -> None:
    keys = [fields.key_of("0123456789", phase, field.name) for phase in (None, "a", "a/b .") for field in PHASE_FIELDS]
    assert len(set(keys)) == len(keys)
    assert all(key.replace("-", "").replace("_", "").isalnum() for key in keys)


def test_each_fault_is_placed_at_its_field_by_the_phase_it_belongs_to() -> None:
    document = two_phases()
    document["phases"][1]["essential_phrases"] = ["one"]
    document["name"] = "X"
    faults = found(document)
    assert [(fault.phase_id, fault.name, fault.where) for fault in faults] == [
        (None, "name", "Title"),
        ("b", "essential_phrases", "Phase 2, Essential phrases"),
    ]
    assert faults[1].sentence == "at least 3 entries, found 1"
    assert len(limits.check(document)) == len(faults)


def test_two_tabs_that_write_in_different_fields_both_keep_what_they_wrote(sqlite_engine: sa.Engine) -> None:
    with builder(sqlite_engine) as service:
        seen = service.drafts.open(OWNER, two_phases())
        one = keep(service, seen, lambda it: documents.put(it, None, "name", "From one"))
        two = keep(service, seen, lambda it: documents.put(it, "b", "name", "From two"))
        assert (one.merged, two.merged, two.replaced) == (False, True, ())
        document = service.drafts.get(seen.draft_id, OWNER).document
        assert (document["name"], document["phases"][1]["name"]) == ("From one", "From two")


def test_what_another_tab_wrote_in_the_same_field_is_one_undo_away(sqlite_engine: sa.Engine) -> None:
    with builder(sqlite_engine) as service:
        seen = service.drafts.open(OWNER, two_phases())
        keep(service, seen, lambda it: documents.put(it, None, "name", "Theirs"))
        mine = keep(service, seen, lambda it: documents.put(it, None, "name", "Mine"))
        assert (mine.draft.document["name"], mine.replaced) == ("Mine", ("/name",))
        back = service.drafts.undo(seen.draft_id, OWNER, expected_version=mine.draft.version)
        assert back.document["name"] == "Theirs"


def test_typing_into_a_draft_that_is_gone_says_so(sqlite_engine: sa.Engine) -> None:
    with builder(sqlite_engine) as service:
        seen = service.drafts.open(OWNER, two_phases())
        service.drafts.discard(seen.draft_id, OWNER)
        with pytest.raises(ScenarioNotFoundError):
            keep(service, seen, lambda it: documents.put(it, None, "name", "Late"))


def test_a_discarded_draft_can_be_put_back_once(sqlite_engine: sa.Engine) -> None:
    with builder(sqlite_engine) as service:
        draft = service.drafts.open(OWNER, two_phases())
        service.drafts.discard(draft.draft_id, OWNER)
        back = service.drafts.put_back(draft, OWNER)
        assert (back.draft_id, back.document) == (draft.draft_id, draft.document)
        assert service.drafts.put_back(draft, OWNER) == back
