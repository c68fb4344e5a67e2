"""Reading the production file: one bad record never hides the others, and a bad file is never taken for a good one."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from scenario_core.errors import ProductionUnreadableError
from scenario_core.production import ScenarioIO
from scenario_core.production.io import parse
from tests.factories import SHIPPED, catalogue_document, phase_document, scenario_document, write_production

IDS = ("first_one", "second_one", "third_one")


def read(tmp_path: Path, document: Any) -> Any:
    return ScenarioIO.load_scenarios_from_file(write_production(tmp_path / "scenarios.json", document))


def text(*scenario_ids: str) -> str:
    return json.dumps(catalogue_document(*scenario_ids), indent=2, ensure_ascii=False) + "\n"


def test_the_shipped_file_holds_31_valid_scenarios() -> None:
    loaded = ScenarioIO.load_scenarios_from_file(SHIPPED)
    assert (len(loaded), loaded.errors) == (31, ())


def test_scenarios_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    assert list(read(tmp_path, catalogue_document("b", "a", "c"))) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("field", "value", "pointer", "expected"),
    [
        ("name", 7, "/second_one/name", "valid string"),
        ("category", "cooking", "/second_one/category", "one of restaurant"),
        ("difficulty", "easy", "/second_one/difficulty", "one of beginner"),
        ("duration_minutes", "ten", "/second_one/duration_minutes", "valid integer"),
        ("duration_minutes", -1, "/second_one/duration_minutes", "at least 0"),
        ("scenario_id", "other", "/second_one/scenario_id", "its key 'second_one'"),
        ("phases", [], "/second_one/phases", "at least 1 phase"),
        ("phases", [phase_document("a"), phase_document("a")], "/second_one/phases/0/phase_id", "no other phase"),
        ("phases", [phase_document(name=None)], "/second_one/phases/0/name", "valid string"),
        ("created_at", "yesterday", "/second_one/created_at", "valid datetime"),
        ("prerequisites", [1], "/second_one/prerequisites/0", "valid string"),
        ("cultural_context", 3, "/second_one/cultural_context", "an object, a string or null"),
    ],
)
def test_a_broken_field_is_reported_at_its_pointer_and_hides_no_other_scenario(
    tmp_path: Path, field: str, value: Any, pointer: str, expected: str
) -> None:
    document = catalogue_document(*IDS)
    document["second_one"][field] = value
    loaded = read(tmp_path, document)
    assert list(loaded) == ["first_one", "third_one"]
    fault = loaded.errors[0]
    assert (fault.scenario_id, fault.pointer) == ("second_one", pointer)
    assert expected in fault.expected


def test_a_missing_field_is_reported(tmp_path: Path) -> None:
    document = catalogue_document(*IDS)
    del document["second_one"]["name"]
    assert [str(fault) for fault in read(tmp_path, document).errors] == [
        "/second_one/name: expected a value, found nothing"
    ]


@pytest.mark.parametrize(
    "damage",
    [
        ('"duration_minutes": 10,', '"duration_minutes": ,'),
        ('"difficulty": "beginner",', '"difficulty": "beginner"'),
        ('"difficulty": "beginner",', '"difficulty": "beginner,'),
        ('"phases": [', '"phases": '),
        ('"is_active": true,', '"is_active": tru,'),
        ('"updated_at": "2026-02-03T04:05:06"\n  }', '"updated_at": "2026-02-03T04:05:06"\n  '),
    ],
    ids=["missing value", "missing comma", "missing quote", "missing bracket", "half a word", "missing brace"],
)
def test_a_record_that_is_no_json_hides_no_other_scenario(damage: tuple[str, str]) -> None:
    whole = text(*IDS)
    start = whole.index('"second_one": {')
    broken = whole[:start] + whole[start:].replace(*damage, 1)
    loaded = parse(Path("x.json"), broken.encode())
    assert list(loaded) == ["first_one", "third_one"]
    assert {fault.scenario_id for fault in loaded.errors} == {"second_one"}
    assert "valid JSON" in loaded.errors[0].expected
    assert "line " in loaded.errors[0].actual


@pytest.mark.parametrize("position", IDS)
@pytest.mark.parametrize("key", ['"{}: {{', '{}": {{', "{}: {{", '"{}" {{'])
def test_a_broken_key_hides_no_other_scenario_and_is_reported_by_its_likely_id(position: str, key: str) -> None:
    broken = text(*IDS).replace(f'"{position}": {{', key.format(position), 1)
    loaded = parse(Path("x.json"), broken.encode())
    assert list(loaded) == [name for name in IDS if name != position]
    assert [fault.scenario_id for fault in loaded.errors] == [position]
    line = broken[: broken.index(position)].count("\n") + 1
    assert f"in line {line}" in loaded.errors[0].actual


@pytest.mark.parametrize(
    ("sound", "broken", "place"),
    [
        ('},\n  "third_one"', '}\n  "third_one"', "Expecting ',' in line"),
        ("  }\n}\n", "  },\n}\n", "Expecting value in line"),
    ],
    ids=["a comma too few", "a comma too many"],
)
def test_a_wrong_comma_between_records_hides_none_of_them_and_is_reported(sound: str, broken: str, place: str) -> None:
    loaded = parse(Path("x.json"), text(*IDS).replace(sound, broken).encode())
    assert list(loaded) == list(IDS)
    fault = loaded.errors[0]
    assert (len(loaded.errors), fault.pointer, fault.scenario_id) == (1, "", None)
    assert fault.expected == "a file that is valid JSON as a whole"
    assert place in fault.actual


def test_of_a_key_that_stands_twice_the_last_counts_and_the_first_is_reported() -> None:
    whole = text("first_one", "second_one")
    again = text("first_one").replace("Title of first_one", "Another title")
    double = whole.rstrip()[:-2] + "," + again[1:]
    loaded = parse(Path("x.json"), double.encode())
    assert loaded["first_one"].name == "Another title"
    assert [(fault.pointer, fault.scenario_id) for fault in loaded.errors] == [("/first_one", "first_one")]


def test_a_pointer_to_a_key_with_slashes_can_be_followed() -> None:
    one = text("a/b~c").rstrip()
    loaded = parse(Path("x.json"), (one[:-2] + "," + one[1:]).encode())
    assert [fault.pointer for fault in loaded.errors] == ["/a~1b~0c"]


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(prefix: bytes, newline: bytes) -> None:
    data = prefix + text(*IDS).encode().replace(b"\n", newline)
    loaded = parse(Path("x.json"), data)
    assert (list(loaded), loaded.errors) == (list(IDS), ())


def test_nulls_mean_that_nothing_was_given(tmp_path: Path) -> None:
    nullable = ["description", "setting", "prerequisites", "learning_outcomes", "vocabulary_focus", "cultural_context"]
    document = {"nulls": scenario_document("nulls", **dict.fromkeys(nullable), created_at=None, language=None)}
    document["nulls"]["phases"] = [phase_document(key_vocabulary=None, description=None, cultural_notes=None)]
    loaded = read(tmp_path, document)
    assert loaded.errors == ()
    assert loaded["nulls"].prerequisites == ()
    assert loaded["nulls"].phases[0].key_vocabulary == ()


def test_a_file_of_another_team_is_read_whole(tmp_path: Path) -> None:
    ids = [str(uuid.UUID(int=number)) for number in range(31)]
    document = {
        name: scenario_document(
            name,
            ai_role=f"role/{number}",
            phases=[phase_document(str(uuid.uuid4())) for _ in range(1 if number < 3 else 4)],
            cultural_context=["text", None, {"a": [1]}][number % 3] if number % 3 else "text",
            house_style={"colour": number},
        )
        for number, name in enumerate(ids)
    }
    loaded = read(tmp_path, document)
    assert (list(loaded), loaded.errors) == (ids, ())
    assert len({scenario.ai_role for scenario in loaded.values()}) == 31


def test_times_without_a_zone_are_utc(tmp_path: Path) -> None:
    moments = read(tmp_path, {"x": scenario_document("x", created_at="2026-05-01T12:00:00+02:00")})["x"]
    assert moments.created_at.isoformat() == "2026-05-01T10:00:00+00:00"
    assert moments.updated_at.isoformat() == "2026-02-03T04:05:06+00:00"


def test_custom_ids_have_no_place_in_production(tmp_path: Path) -> None:
    loaded = read(tmp_path, catalogue_document("CUSTOM_thing", "fine"))
    assert list(loaded) == ["fine"]
    assert "custom_" in loaded.errors[0].expected


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"[]", "Expecting '{' in line 1, column 1"),
        (b"nonsense", "Expecting '{'"),
        (b'{"a": {}} x', "nothing after the closing brace"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{\n "a": "\xc3', "not UTF-8 in line 2"),
    ],
)
def test_a_file_that_can_not_be_read_as_a_whole_says_what_was_expected_and_where(data: bytes, said: str) -> None:
    with pytest.raises(ProductionUnreadableError) as caught:
        parse(Path("x.json"), data)
    assert said in str(caught.value)
    assert "backup restore" in caught.value.hint


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ProductionUnreadableError, match="No such file"):
        ScenarioIO.load_scenarios_from_file(tmp_path / "none.json")


def test_a_file_cut_off_anywhere_is_never_taken_for_a_shorter_catalogue() -> None:
    whole = text("first_one", "second_one").encode()
    complete = len(whole.rstrip())
    for length in range(complete):
        with pytest.raises(ProductionUnreadableError):
            parse(Path("x.json"), whole[:length])


def test_deeply_nested_values_are_refused_and_never_crash() -> None:
    deep = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
    with pytest.raises(ProductionUnreadableError):
        parse(Path("x.json"), deep.encode())


def test_a_byte_that_is_not_utf8_spoils_its_own_record_only() -> None:
    data = text(*IDS).encode().replace(b"Title of second_one", b"\xc3(")
    assert list(parse(Path("x.json"), data)) == ["first_one", "third_one"]


def test_half_a_surrogate_pair_spoils_its_own_record_only() -> None:
    whole = text(*IDS).replace("Title of second_one", "\\ud800")
    loaded = parse(Path("x.json"), whole.encode())
    assert list(loaded) == ["first_one", "third_one"]
    assert loaded.errors[0].expected == "a record that is valid JSON"


def test_half_a_surrogate_pair_in_a_key_is_reported_in_text_that_can_be_printed() -> None:
    loaded = parse(Path("x.json"), text(*IDS).replace('"second_one": {', '"\\ud800": {').encode())
    assert list(loaded) == ["first_one", "third_one"]
    assert b"ud800" in str(loaded.errors[0]).encode()


@pytest.mark.parametrize("indent", [None, 2, 4])
def test_the_place_of_broken_json_is_a_place_in_the_file(indent: int | None) -> None:
    whole = json.dumps(catalogue_document(*IDS), indent=indent).replace("Title of second_one", "\\ud800")
    before = whole[: whole.index("\\ud800")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    found = parse(Path("x.json"), whole.encode()).errors[0].actual
    place = re.search(r"in line (\d+), column (\d+)$", found)
    assert place is not None
    assert int(place[1]) == line
    assert 0 <= int(place[2]) - column <= 7


@pytest.mark.parametrize("number", ["9" * 5000, "1e400", "NaN"])
def test_numbers_that_python_can_not_hold_never_hide_another_scenario(number: str) -> None:
    whole = text(*IDS)
    start = whole.index('"second_one": {')
    odd = whole[:start] + whole[start:].replace('"is_active"', f'"odd": {number}, "is_active"', 1)
    assert {"first_one", "third_one"} <= parse(Path("x.json"), odd.encode()).keys()


def test_what_was_loaded_can_not_be_changed_from_outside() -> None:
    loaded = parse(Path("x.json"), text(*IDS).encode())
    with pytest.raises(TypeError):
        loaded.scenarios["new"] = loaded["first_one"]  # type: ignore[index]
