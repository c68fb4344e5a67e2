"""Restoring within files that other programs wrote: broken records, exact numbers, doubled keys, any line ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scenario_core.errors import InvalidScenarioError, NotConfirmedError, ProductionUnreadableError
from scenario_core.integrity.diff import WHOLE, Unit, units
from scenario_core.stewardship import backups, restoring, states
from scenario_core.stewardship.states import State
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import DINNER, HOTEL, edit, scenario_of, spoil

FIRST_WHOLE = Unit(DINNER, WHOLE)


def rewrite(steward: Steward, change: Callable[[str], str]) -> bytes:
    """Change the text of the file."""
    path = steward.desk.production.path
    path.write_bytes(change(path.read_bytes().decode()).encode())
    steward.desk.production.refresh()
    return path.read_bytes()


def without_a_comma(text: str) -> str:
    """Break the dinner's record, and no other."""
    return text.replace('"category": "restaurant",', '"category": "restaurant"', 1)


def restore(steward: Steward, *chosen: Unit, source: str | State = "backup") -> None:
    restoring.apply(steward, restoring.plan(steward, "production", source, chosen))


def test_scenarios_that_a_whole_restore_takes_away_are_counted_beside_a_broken_record(steward: Steward) -> None:
    edit(steward, lambda it: it.update(tea_break={**it[HOTEL], "scenario_id": "tea_break"}))
    before = rewrite(steward, without_a_comma)
    planned = restoring.plan(steward, "production", "backup")
    assert planned.deletions == ("tea_break",)
    with pytest.raises(NotConfirmedError):
        restoring.apply(steward, planned)
    assert steward.desk.production.path.read_bytes() == before


def test_a_broken_record_is_brought_back_alone_and_so_is_another_one_beside_it(steward: Steward) -> None:
    original = steward.desk.production.path.read_bytes()
    edit(steward, spoil)
    rewrite(steward, without_a_comma)
    restore(steward, Unit(HOTEL, "name"))
    assert scenario_names(steward)[HOTEL] == "Late Arrival at the Harbour Hotel"
    assert DINNER not in scenario_names(steward)
    restoring.apply(steward, restoring.plan_scenarios(steward, "production", "backup", [DINNER, HOTEL]))
    assert steward.desk.production.path.read_bytes() == original


def scenario_names(steward: Steward) -> dict[str, str]:
    return {name: scenario.name for name, scenario in steward.desk.production.scenarios.items()}


def test_a_record_that_lost_its_key_gets_it_back(steward: Steward) -> None:
    original = steward.desk.production.path.read_bytes()
    rewrite(steward, lambda text: text.replace(f'"{DINNER}": {{', f"{DINNER}: {{", 1))
    restoring.apply(steward, restoring.plan_scenarios(steward, "production", "backup", [DINNER]))
    assert json.loads(steward.desk.production.path.read_bytes()) == json.loads(original)


def test_a_broken_record_of_the_source_is_never_taken_for_a_deletion(steward: Steward) -> None:
    source = State.of_file("upload.json", without_a_comma(steward.desk.production.read_file().decode()).encode())
    assert units(restoring.offered(steward, "production", source)) == ()
    assert restoring.plan(steward, "production", source).deletions == (DINNER,)


@pytest.mark.parametrize("former", ['"category": "cooking"', '"category": "travel"'], ids=["invalid", "valid"])
def test_numbers_and_unknown_fields_stay_as_they_are_written(steward: Steward, former: str) -> None:
    def odd(text: str) -> str:
        added = f'{former}, "price": 1.10, "serial": {2**70}'
        start = text.index(f'"{HOTEL}": {{')
        return text[:start] + text[start:].replace('"category": "travel"', added, 1).replace("Harbour", "Port", 1)

    rewrite(steward, odd)
    fields = ("category", "name") if "cooking" in former else ("name",)
    restore(steward, *(Unit(HOTEL, field) for field in fields))
    text = steward.desk.production.path.read_text(encoding="utf-8")
    assert ('"price": 1.10' in text, f'"serial": {2**70}' in text, "Harbour Hotel" in text) == (True, True, True)
    assert HOTEL in steward.desk.production.scenarios


def test_a_number_that_no_reader_takes_does_not_stop_the_restore_of_another_record(steward: Steward) -> None:
    edit(steward, spoil)
    rewrite(steward, lambda text: text.replace(f'"{DINNER}": {{', f'"{DINNER}": {{"scale": 1e400,', 1))
    restore(steward, Unit(HOTEL, "name"))
    assert '"scale": 1e400' in steward.desk.production.path.read_text(encoding="utf-8")


def test_exact_numbers_of_the_source_arrive_exactly(steward: Steward) -> None:
    record = json.dumps(scenario_of(steward))[:-1] + f', "price": 1.10, "serial": {2**70}}}'
    source = State.of_file("hotel.json", record.encode())
    restore(steward, Unit(HOTEL, "price"), Unit(HOTEL, "serial"), source=source)
    text = steward.desk.production.path.read_text(encoding="utf-8")
    assert ('"price": 1.10' in text, f'"serial": {2**70}' in text) == (True, True)


def test_a_key_that_stands_twice_in_a_record_is_never_dropped_unasked(steward: Steward) -> None:
    before = rewrite(steward, lambda text: text.replace("Harbour", 'Port", "note": "a", "note": "b', 1))
    with pytest.raises(InvalidScenarioError, match="stands once"):
        restoring.plan(steward, "production", "backup", [Unit(HOTEL, "name")])
    assert steward.desk.production.path.read_bytes() == before


@pytest.mark.parametrize(
    ("field", "value"), [("prerequisites", None), ("language", "en"), ("unknown", {"a": [1, 1.5]})]
)
def test_what_only_reads_alike_is_restored_too_and_then_nothing_is_left(
    steward: Steward, field: str, value: Any
) -> None:
    edit(steward, lambda it: it[HOTEL].update({field: value}))
    restore(steward, Unit(HOTEL, field))
    assert states.compare(states.read(steward, "production"), states.read(steward, "backup")).is_empty
    assert scenario_of(steward) == json.loads(states.read(steward, "backup").data)[HOTEL]


@pytest.mark.parametrize(
    "style",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")),
        lambda text: json.dumps(json.loads(text), ensure_ascii=False, indent="\t"),
    ],
    ids=["CRLF", "BOM", "minified", "tabs"],
)
def test_a_file_in_another_style_keeps_it(steward: Steward, style: Callable[[str], str]) -> None:
    sound = rewrite(steward, style)
    changed = sound.replace(b"Late Arrival at the Harbour", b"Late Arrival at the Port", 1)
    rewrite(steward, lambda _: changed.decode())
    restore(steward, Unit(HOTEL, "name"))
    assert steward.desk.production.path.read_bytes() == sound


def test_a_scenario_from_a_backup_in_another_style_keeps_every_number(steward: Steward) -> None:
    wanted = rewrite(steward, lambda text: text.replace('"is_active": true', '"odd": 1.10,\n    "is_active": true', 1))
    minified = json.dumps(json.loads(wanted), ensure_ascii=False).replace('"odd": 1.1,', '"odd": 1.10,')
    rewrite(steward, lambda text: text.replace('"odd": 1.10,\n    ', ""))
    restoring.apply(
        steward, restoring.plan(steward, "production", State.of_file("a.json", minified.encode()), [FIRST_WHOLE])
    )
    assert steward.desk.production.path.read_bytes() == wanted


def test_a_plan_that_only_changes_how_the_file_is_written_says_so(steward: Steward) -> None:
    rewrite(steward, lambda text: text.replace("\n", "\r\n"))
    assert "only how it is written differs" in restoring.plan(steward, "production", "backup").sentences()[1]


def test_a_record_that_shares_its_key_is_named_before_it_goes(steward: Steward) -> None:
    def twice(text: str) -> str:
        copy = json.dumps({HOTEL: json.loads(text)[HOTEL]}, ensure_ascii=False)
        return text.rstrip().removesuffix("}").rstrip() + "," + copy.strip()[1:]

    rewrite(steward, twice)
    said = restoring.plan(steward, "production", "backup").sentences()
    assert f"of several records under the key {HOTEL}, one is left" in said


@pytest.mark.parametrize("data", [b'{"name": "x", "version": "1"}', b"{}", b"[]", b"no json", b'{"a": {}}'])
def test_what_holds_no_scenario_is_no_state(steward: Steward, data: bytes) -> None:
    with pytest.raises(ProductionUnreadableError):
        State.of_file("package.json", data)
    with pytest.raises(ProductionUnreadableError):
        restoring.plan(steward, "production", State("package.json", data))


def test_one_scenario_behind_a_byte_order_mark_is_one_scenario(steward: Steward) -> None:
    found = State.of_file("hotel.json", b"\xef\xbb\xbf" + json.dumps(scenario_of(steward)).encode())
    assert found.scenario_id == HOTEL
    assert states.compare(found, states.read(steward, "production")).is_empty


def test_a_file_that_is_not_json_as_a_whole_cannot_be_approved(steward: Steward) -> None:
    approved = states.read(steward, "backup").data
    rewrite(steward, without_a_comma)
    for approve in (backups.approve, lambda each: restoring.apply(each, restoring.plan(each, "backup", "production"))):
        with pytest.raises((ProductionUnreadableError, NotConfirmedError)):
            approve(steward)
    assert states.read(steward, "backup").data == approved


def test_the_mirror_gives_back_what_can_no_longer_be_read_in_the_file(steward: Steward) -> None:
    edit(steward, lambda it: it[DINNER].update(category="cooking"))
    restore(steward, Unit(DINNER, "category"), source="mirror")
    assert DINNER in steward.desk.production.scenarios
    assert states.compare(states.read(steward, "mirror"), states.read(steward, "production")).is_empty


def test_a_broken_record_is_named_as_not_compared_and_hides_no_difference(steward: Steward) -> None:
    edit(steward, spoil)
    rewrite(steward, without_a_comma)
    found = states.compare(states.read(steward, "backup"), states.read(steward, "production"))
    assert (found.summary(), found.left_out) == ("1 changed in 3 fields, 1 not compared", (DINNER,))
    assert WHOLE not in {unit.field for unit in units(found)}
