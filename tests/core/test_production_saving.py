"""Saving production: what did not change keeps every byte, and nothing that could not be read is ever dropped."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_core.errors import InvalidScenarioError, ProductionChangedError
from scenario_core.production import LoadedScenarios, ScenarioIO
from scenario_core.scenario import ConversationScenario
from tests.factories import catalogue_document, phase_document, scenario, scenario_document, write_production
from tests.strategies import FILES, TEXT

IDS = ("first_one", "second_one", "third_one")


def loaded_from(path: Path, data: bytes) -> LoadedScenarios:
    path.write_bytes(data)
    return ScenarioIO.load_scenarios_from_file(path)


def save(loaded: LoadedScenarios, **changes: ConversationScenario | None) -> bytes:
    wanted = {name: each for name, each in {**loaded, **changes}.items() if each is not None}
    ScenarioIO.save_scenarios_to_file(wanted, loaded.path, based_on=loaded)
    return loaded.path.read_bytes()


def renamed(loaded: LoadedScenarios, scenario_id: str) -> ConversationScenario:
    return loaded[scenario_id].model_copy(update={"name": "Ein neuer Name"})


LAYOUTS: dict[str, Any] = {
    "two spaces": {"indent": 2, "ensure_ascii": False},
    "four spaces": {"indent": 4, "ensure_ascii": False},
    "tabs": {"indent": "\t", "ensure_ascii": False},
    "escaped": {"indent": 2, "ensure_ascii": True},
    "one line": {"separators": (",", ":")},
    "one line with spaces": {},
    "no space after a colon": {"indent": 2, "separators": (",", ":")},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("ending", ["", "\n"], ids=["no last newline", "last newline"])
def test_saving_without_a_change_leaves_every_byte(
    tmp_path: Path, layout: dict[str, Any], newline: str, ending: str
) -> None:
    data = (json.dumps(catalogue_document(*IDS, "café_ü"), **layout).replace("\n", newline) + ending).encode()
    loaded = loaded_from(tmp_path / "x.json", data)
    assert save(loaded) == data
    assert not (tmp_path / "backups").exists()


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_changing_one_scenario_changes_only_its_own_lines(
    tmp_path: Path, layout: dict[str, Any], prefix: bytes
) -> None:
    data = prefix + json.dumps(catalogue_document(*IDS), **layout).replace("\n", "\r\n").encode()
    loaded = loaded_from(tmp_path / "x.json", data)
    after = save(loaded, second_one=renamed(loaded, "second_one"))
    assert after == data.replace(b"Title of second_one", b"Ein neuer Name")


def test_what_this_project_does_not_know_stays_where_it_is(tmp_path: Path) -> None:
    document = {
        "odd": scenario_document(
            "odd",
            house_style={"colour": None, "sizes": [1, 1.0, True, 123456789012345678901234567890]},
            prerequisites=None,
            phases=[phase_document("a", mood="calm"), phase_document("b", cultural_notes=None)],
        )
    }
    del document["odd"]["learning_outcomes"]
    path = write_production(tmp_path / "x.json", document)
    before = path.read_text(encoding="utf-8")
    loaded = ScenarioIO.load_scenarios_from_file(path)
    after = save(loaded, odd=renamed(loaded, "odd")).decode()
    assert after == before.replace("Dinner for Two", "Ein neuer Name")


@pytest.mark.parametrize(
    "number", ["1e400", "1.10", "-0", "1E5", "0.1000000000000000055511151231257827", "123456789012345678901", "NaN"]
)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_number_keeps_its_form_in_a_record_that_is_rewritten(
    tmp_path: Path, number: str, layout: dict[str, Any]
) -> None:
    document = {"x": scenario_document("x", odd=["here"], phases=[phase_document("a", odd="here")])}
    data = json.dumps(document, **layout).replace('"here"', number).encode()
    loaded = loaded_from(tmp_path / "x.json", data)
    assert save(loaded, x=renamed(loaded, "x")) == data.replace(b"Dinner for Two", b"Ein neuer Name")


def test_a_text_that_looks_like_a_number_stays_a_text(tmp_path: Path) -> None:
    document = {"x": scenario_document("x", odd=["1e400", '"1.10"', 1.5])}
    path = write_production(tmp_path / "x.json", document)
    loaded = ScenarioIO.load_scenarios_from_file(path)
    assert json.loads(save(loaded, x=renamed(loaded, "x")))["x"]["odd"] == ["1e400", '"1.10"', 1.5]


def test_a_change_from_1_to_true_is_a_change(tmp_path: Path) -> None:
    path = write_production(tmp_path / "x.json", {"x": scenario_document("x", cultural_context={"n": 1})})
    loaded = ScenarioIO.load_scenarios_from_file(path)
    changed = loaded["x"].model_copy(update={"cultural_context": {"n": True}})
    assert json.loads(save(loaded, x=changed))["x"]["cultural_context"]["n"] is True


def test_an_equal_copy_is_no_change(tmp_path: Path) -> None:
    path = write_production(tmp_path / "x.json", catalogue_document("x"))
    before = path.read_bytes()
    loaded = ScenarioIO.load_scenarios_from_file(path)
    assert save(loaded, x=loaded["x"].model_copy(deep=True)) == before
    assert not (tmp_path / "backups").exists()


def test_a_changed_phase_keeps_its_unknown_fields_and_the_other_phases(tmp_path: Path) -> None:
    document = {
        "x": scenario_document("x", phases=[phase_document("a", mood="calm"), phase_document("b", mood="wild")])
    }
    path = write_production(tmp_path / "x.json", document)
    before = path.read_text(encoding="utf-8").splitlines()
    loaded = ScenarioIO.load_scenarios_from_file(path)
    first, second = loaded["x"].phases
    changed = loaded["x"].model_copy(update={"phases": (first, second.model_copy(update={"name": "Changed"}))})
    after = save(loaded, x=changed).decode().splitlines()
    assert [new for old, new in zip(before, after, strict=True) if old != new] == ['        "name": "Changed",']


def test_moved_added_and_removed_phases_are_written_as_they_are(tmp_path: Path) -> None:
    document = {"x": scenario_document("x", phases=[phase_document("a", mood="calm"), phase_document("b")])}
    loaded = ScenarioIO.load_scenarios_from_file(write_production(tmp_path / "x.json", document))
    new = scenario("x", phases=[phase_document("c")]).phases
    changed = loaded["x"].model_copy(update={"phases": (*new, loaded["x"].phases[0])})
    written = json.loads(save(loaded, x=changed))["x"]["phases"]
    assert [(each["phase_id"], each.get("mood")) for each in written] == [("c", None), ("a", "calm")]


@pytest.mark.parametrize("removed", IDS)
def test_a_removed_scenario_leaves_the_others_byte_for_byte(tmp_path: Path, removed: str) -> None:
    path = write_production(tmp_path / "x.json", catalogue_document(*IDS))
    loaded = ScenarioIO.load_scenarios_from_file(path)
    rest = [name for name in IDS if name != removed]
    assert save(loaded, **{removed: None}).decode() == json.dumps(catalogue_document(*rest), indent=2) + "\n"


def test_removing_every_scenario_leaves_an_empty_object_that_can_be_filled_again(tmp_path: Path) -> None:
    path = write_production(tmp_path / "x.json", catalogue_document("a"))
    assert json.loads(save(ScenarioIO.load_scenarios_from_file(path), a=None)) == {}
    again = ScenarioIO.load_scenarios_from_file(path)
    assert list(json.loads(save(again, b=scenario("b")))) == ["b"]


def test_a_new_scenario_is_added_at_the_end_in_the_style_of_the_file(tmp_path: Path) -> None:
    path = write_production(tmp_path / "x.json", catalogue_document("a"))
    before = path.read_text(encoding="utf-8")
    after = save(ScenarioIO.load_scenarios_from_file(path), b=scenario("b", name="Zwölf")).decode()
    assert after.startswith(before.rstrip()[:-2] + ',\n  "b": {\n    "scenario_id": "b",\n    "name": "Zwölf",')
    assert list(ScenarioIO.load_scenarios_from_file(path)) == ["a", "b"]


def test_records_that_could_not_be_read_stay_byte_for_byte(tmp_path: Path) -> None:
    whole = json.dumps(catalogue_document(*IDS), indent=2) + "\n"
    start = whole.index('"second_one": {')
    broken = whole[:start] + whole[start:].replace('"duration_minutes": 10', '"duration_minutes": oops', 1)
    loaded = loaded_from(tmp_path / "x.json", broken.encode())
    after = save(loaded, third_one=renamed(loaded, "third_one")).decode()
    assert after == broken.replace("Title of third_one", "Ein neuer Name")


def test_a_record_that_could_not_be_read_is_not_replaced_by_a_new_scenario_of_its_id(tmp_path: Path) -> None:
    document = catalogue_document("good", "bad")
    document["bad"]["category"] = "cooking"
    path = write_production(tmp_path / "x.json", document)
    before = path.read_bytes()
    with pytest.raises(InvalidScenarioError, match="/bad: expected an id that is free"):
        save(ScenarioIO.load_scenarios_from_file(path), bad=scenario("bad"))
    assert path.read_bytes() == before


@pytest.mark.parametrize("key", ['"{}: {{', '{}": {{', "{}: {{", '"{}" {{'])
@pytest.mark.parametrize("position", IDS[:2])
def test_a_record_whose_key_is_broken_stays_byte_for_byte(tmp_path: Path, position: str, key: str) -> None:
    broken = json.dumps(catalogue_document(*IDS), indent=2).replace(f'"{position}": {{', key.format(position), 1)
    loaded = loaded_from(tmp_path / "x.json", broken.encode())
    after = save(loaded, third_one=renamed(loaded, "third_one")).decode()
    assert after == broken.replace("Title of third_one", "Ein neuer Name")


@pytest.mark.parametrize(
    ("sound", "broken"),
    [('},\n  "second_one"', '}\n  "second_one"'), ("  }\n}", "  },\n}")],
    ids=["a comma too few", "a comma too many"],
)
def test_a_wrong_comma_between_records_is_mended_by_the_next_save(tmp_path: Path, sound: str, broken: str) -> None:
    whole = json.dumps(catalogue_document(*IDS), indent=2)
    loaded = loaded_from(tmp_path / "x.json", whole.replace(sound, broken).encode())
    after = save(loaded, third_one=renamed(loaded, "third_one")).decode()
    assert after == whole.replace("Title of third_one", "Ein neuer Name")


def test_blank_lines_between_records_stay(tmp_path: Path) -> None:
    whole = json.dumps(catalogue_document(*IDS), indent=2).replace("\n  },\n", "\n  },\n\n")
    loaded = loaded_from(tmp_path / "x.json", whole.replace('"beginner",', '"beginner', 1).encode())
    after = save(loaded, third_one=renamed(loaded, "third_one")).decode()
    assert after == loaded.document.data.decode().replace("Title of third_one", "Ein neuer Name")


def test_both_records_of_a_key_that_stands_twice_stay_in_the_file(tmp_path: Path) -> None:
    one = json.dumps(catalogue_document("a"), indent=2)
    double = one[:-2] + "," + one[1:].replace("Title of a", "Second title")
    loaded = loaded_from(tmp_path / "x.json", double.encode())
    after = save(loaded, a=renamed(loaded, "a")).decode()
    assert after == double.replace("Second title", "Ein neuer Name")


def test_a_scenario_whose_key_stands_twice_is_not_removed(tmp_path: Path) -> None:
    one = json.dumps(catalogue_document("a"), indent=2)
    double = one[:-2] + "," + one[1:].replace("Title of a", "Second title")
    loaded = loaded_from(tmp_path / "x.json", double.encode())
    with pytest.raises(InvalidScenarioError, match="/a: expected a key that stands once in the file, found it 2 times"):
        save(loaded, a=None)
    assert loaded.path.read_text(encoding="utf-8") == double


def test_a_key_that_stands_twice_in_a_phase_is_named_with_its_place(tmp_path: Path) -> None:
    data = json.dumps(catalogue_document("a"), indent=2).replace('"phase_id": "ordering"', '"m": 1, "m": 2, \\g')
    loaded = loaded_from(tmp_path / "x.json", data.replace("\\g", '"phase_id": "ordering"').encode())
    with pytest.raises(InvalidScenarioError, match="/a/phases/1/m: expected a key that stands once"):
        save(loaded, a=renamed(loaded, "a"))


def test_a_record_with_a_key_twice_is_not_rewritten(tmp_path: Path) -> None:
    data = json.dumps(catalogue_document("a"), indent=2).replace('"name"', '"name": "lost",\n    "name"', 1)
    loaded = loaded_from(tmp_path / "x.json", data.encode())
    with pytest.raises(InvalidScenarioError, match="/a/name: expected a key that stands once"):
        save(loaded, a=loaded["a"].model_copy(update={"description": "changed"}))
    assert loaded.path.read_text(encoding="utf-8") == data


def test_times_are_written_in_the_form_that_the_record_has(tmp_path: Path) -> None:
    document = catalogue_document("naive", "zoned")
    document["zoned"]["updated_at"] = "2026-02-03T04:05:06+00:00"
    loaded = ScenarioIO.load_scenarios_from_file(write_production(tmp_path / "x.json", document))
    moment = scenario("x", updated_at="2027-01-01T00:00:00").updated_at
    changed = {name: each.model_copy(update={"updated_at": moment}) for name, each in loaded.items()}
    written = json.loads(save(loaded, **changed))
    assert written["naive"]["updated_at"] == "2027-01-01T00:00:00"
    assert written["zoned"]["updated_at"] == "2027-01-01T00:00:00+00:00"


def test_a_time_of_another_zone_is_written_as_the_same_moment_in_utc(tmp_path: Path) -> None:
    loaded = ScenarioIO.load_scenarios_from_file(write_production(tmp_path / "x.json", catalogue_document("x")))
    noon = datetime(2027, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    written = json.loads(save(loaded, x=loaded["x"].model_copy(update={"updated_at": noon})))
    assert written["x"]["updated_at"] == "2027-01-01T10:00:00"


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"duration_minutes": "ten"}, "/x/duration_minutes: expected a valid integer"),
        ({"name": None}, "/x/name: expected a valid string"),
        ({"name": "\ud800"}, "/x: expected text that UTF-8 can hold"),
        ({"phases": [{"phase_id": "a"}]}, "/x/phases/0/name: expected a value"),
        ({"cultural_context": {"n": float("nan")}}, "/x: expected numbers that JSON can hold"),
        ({"cultural_context": {"n": object()}}, "/x: expected values that JSON can hold"),
        ({"scenario_id": "y"}, "/x/scenario_id: expected its key 'x'"),
    ],
)
def test_a_copy_that_could_not_be_read_back_is_not_saved(tmp_path: Path, update: dict[str, Any], said: str) -> None:
    path = write_production(tmp_path / "x.json", catalogue_document("x", "other"))
    before = path.read_bytes()
    loaded = ScenarioIO.load_scenarios_from_file(path)
    with pytest.raises(InvalidScenarioError) as caught:
        save(loaded, x=loaded["x"].model_copy(update=update))
    assert said in str(caught.value)
    assert path.read_bytes() == before


def test_every_fault_of_every_scenario_is_told_at_once(tmp_path: Path) -> None:
    loaded = ScenarioIO.load_scenarios_from_file(write_production(tmp_path / "x.json", catalogue_document("a", "b")))
    broken = {name: each.model_copy(update={"category": "cooking"}) for name, each in loaded.items()}
    with pytest.raises(InvalidScenarioError) as caught:
        save(loaded, **broken)
    assert [fault.pointer for fault in caught.value.faults] == ["/a/category", "/b/category"]


def test_scenarios_that_did_not_change_are_the_same_objects_after_a_save(tmp_path: Path) -> None:
    loaded = ScenarioIO.load_scenarios_from_file(write_production(tmp_path / "x.json", catalogue_document(*IDS)))
    wanted = {**loaded, "second_one": renamed(loaded, "second_one")}
    saved = ScenarioIO.save_scenarios_to_file(wanted, loaded.path, based_on=loaded)
    assert [saved[name] is loaded[name] for name in IDS] == [True, False, True]


def test_a_save_is_refused_when_the_file_moved_underneath(tmp_path: Path) -> None:
    path = write_production(tmp_path / "x.json", catalogue_document("a"))
    loaded = ScenarioIO.load_scenarios_from_file(path)
    write_production(path, catalogue_document("a", "b"))
    moved = path.read_bytes()
    with pytest.raises(ProductionChangedError, match="changed since it was read"):
        save(loaded, a=renamed(loaded, "a"))
    assert path.read_bytes() == moved


def test_a_file_that_was_never_loaded_is_not_overwritten(tmp_path: Path) -> None:
    path = write_production(tmp_path / "x.json", catalogue_document("a"))
    with pytest.raises(ProductionChangedError, match="there already"):
        ScenarioIO.save_scenarios_to_file({"b": scenario("b")}, path)
    assert list(ScenarioIO.load_scenarios_from_file(path)) == ["a"]


@pytest.mark.parametrize(
    "broken",
    [
        {"category": "cooking"},
        {"phases": []},
        {"difficulty": "easy"},
        {"phases": [phase_document("a"), phase_document("a")]},
    ],
)
def test_a_scenario_that_breaks_the_rules_is_not_saved(tmp_path: Path, broken: dict[str, Any]) -> None:
    path = write_production(tmp_path / "x.json", catalogue_document("a"))
    before = path.read_bytes()
    with pytest.raises(InvalidScenarioError):
        save(ScenarioIO.load_scenarios_from_file(path), b=scenario("b", **broken))
    assert path.read_bytes() == before


def test_every_save_keeps_a_hashed_backup_of_what_it_replaces(tmp_path: Path) -> None:
    path = write_production(tmp_path / "x.json", catalogue_document("a"))
    before = path.read_bytes()
    loaded = ScenarioIO.load_scenarios_from_file(path)
    save(loaded, a=renamed(loaded, "a"))
    kept = list((tmp_path / "backups").iterdir())
    assert [each.read_bytes() for each in kept] == [before]
    assert loaded.revision[:16] in kept[0].name


@settings(max_examples=60)
@given(records=FILES, layout=st.sampled_from(sorted(LAYOUTS)))
def test_any_file_is_read_and_saved_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, records: dict[str, Any], layout: str
) -> None:
    document = {name: scenario_document(name, **record) for name, record in records.items()}
    data = json.dumps(document, **LAYOUTS[layout]).encode()
    loaded = loaded_from(tmp_path_factory.mktemp("any") / "x.json", data)
    assert (list(loaded), loaded.errors) == (list(document), ())
    assert save(loaded) == data


@settings(max_examples=60)
@given(records=FILES, name=TEXT, layout=st.sampled_from(sorted(LAYOUTS)), pick=st.integers(0))
def test_a_saved_change_is_read_back_and_changes_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, records: dict[str, Any], name: str, layout: str, pick: int
) -> None:
    document = {each: scenario_document(each, **record) for each, record in records.items()}
    loaded = loaded_from(tmp_path_factory.mktemp("any") / "x.json", json.dumps(document, **LAYOUTS[layout]).encode())
    if not loaded:
        return
    target = list(loaded)[pick % len(loaded)]
    changed = loaded[target].model_copy(update={"name": name})
    after = json.loads(save(loaded, **{target: changed}))
    assert json.dumps(after) == json.dumps({**document, target: {**document[target], "name": name}})
    assert ScenarioIO.load_scenarios_from_file(loaded.path)[target] == changed
