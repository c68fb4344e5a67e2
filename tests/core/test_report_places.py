"""The line of the production file that a finding points to, also where the file is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from scenario_core.errors import ProductionUnreadableError
from scenario_core.faults import pointer
from scenario_core.integrity import Finding
from scenario_core.integrity.reports import Artifact
from scenario_core.production import ScenarioManager
from scenario_core.production.document import Document
from scenario_core.scenario import Store
from tests.core.report_examples import HOTEL, ODD, audited, made, report_of
from tests.factories import catalogue_document, scenario_document, write_production
from tests.strategies import FILES

TARGET: Final = "here-is-the-value-that-is-looked-for"


def places(value: Any, path: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    """The path to every value below a value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in members:
        yield (*path, key)
        yield from places(each, (*path, key))


def put(value: Any, path: tuple[int | str, ...], new: Any) -> Any:
    """The value with another one at a path."""
    if not path:
        return new
    copied: Any = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = put(value[path[0]], path[1:], new)
    return copied


def at(scenario_id: str, place: str = "", store: Store | None = Store.PRODUCTION) -> Finding:
    return made("IC102", scenario_id=scenario_id, pointer=place, store=store)


@given(
    FILES.filter(bool),
    st.data(),
    st.sampled_from([None, 0, 2, "\t"]),
    st.sampled_from([{"ensure_ascii": True}, {"ensure_ascii": False}]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_finding_points_to_the_line_of_its_value(
    records: dict[str, Any], data: st.DataObject, indent: int | str | None, style: dict[str, Any], end: str
) -> None:
    scenario_id = data.draw(st.sampled_from(sorted(records)))
    document = {name: scenario_document(name, **fields) for name, fields in records.items()}
    path = data.draw(st.sampled_from([(), *places(document[scenario_id])]))

    def written(value: Any) -> str:
        return json.dumps(value, indent=indent, **style).replace("\n", end)

    marked = written(put(document, (scenario_id, *path), TARGET))
    line = marked[: marked.index(f'"{TARGET}"')].count("\n") + 1
    artifact = Artifact("x.json", Document.parse(written(document).encode()))
    assert artifact.line(at(scenario_id, pointer(path))) == line
    assert artifact.line(at(scenario_id, pointer((*path, "is not there")))) == line


def test_a_finding_without_a_place_in_the_file_has_no_line() -> None:
    artifact = Artifact("x.json", Document.parse(json.dumps(catalogue_document("one"), indent=2).encode()))
    assert artifact.line(at("one", store=None)) == 2
    assert artifact.line(at("one", store=Store.CUSTOM)) is None
    assert artifact.line(at("two")) is None
    assert artifact.line(made("IC104")) is None
    assert Artifact("x.json").line(at("one")) is None


def test_of_a_key_that_stands_twice_the_last_one_counts_as_it_does_for_readers() -> None:
    text = '{\n"one": {\n"name": 1,\n"a/b~c": [\n1,\n2],\n"name": 2}\n}'
    artifact = Artifact("x.json", Document.parse(text.encode()))
    assert [artifact.line(at("one", place)) for place in ("/name", "/a~1b~0c/1", "")] == [7, 6, 2]


def test_a_record_that_is_not_json_points_to_the_line_in_which_it_breaks() -> None:
    text = json.dumps(catalogue_document("one", "two", "three"), indent=2)
    lines = text.split("\n")
    inside = [number for number, line in enumerate(lines) if line.endswith(",") and line.startswith("    ")]
    start, end = (lines.index(f'  "{name}": {{') for name in ("two", "three"))
    tried = [number for number in inside if start < number < end - 1]
    assert len(tried) > 40
    for number in tried:
        broken = "\n".join([*lines[:number], lines[number][:-1], *lines[number + 1 :]])
        with pytest.raises(json.JSONDecodeError) as caught:
            json.loads(broken)
        artifact = Artifact("x.json", Document.parse(broken.encode()))
        assert artifact.line(at("two")) == caught.value.lineno == number + 2
        assert artifact.line(at("two", "/name")) == start + 3  # what stands before the break keeps its line
        assert artifact.line(at("one")) == 2
        assert artifact.line(at("three")) == end + 1


@given(st.data())
def test_a_damaged_record_still_points_into_itself(data: st.DataObject) -> None:
    document = catalogue_document("one", "two", "three")
    content = json.dumps(document, indent=2).encode()
    start, end = content.index(b'"two"') + 7, content.index(b'"three"') - 6
    place = data.draw(st.integers(start, end))
    damage = data.draw(st.binary(max_size=3) | st.sampled_from([b"", b"{", b"[[", b'"', b"}", b"]", b"\n"]))
    damaged = content[:place] + damage + content[place + 1 :]
    try:
        artifact = Artifact("x.json", Document.parse(damaged))
    except ProductionUnreadableError:
        reject()
    first, last = (damaged[: damaged.index(key)].count(b"\n") + 1 for key in (b'"two"', b'"three"'))
    for path in [(), *places(document["two"])]:
        line = artifact.line(at("two", pointer(path)))
        assert line is not None
        assert first <= line <= last


def test_the_file_of_a_report_has_lines_only_as_long_as_it_is_what_was_checked(tmp_path: Path) -> None:
    path = write_production(tmp_path / "data" / "scenarios.json", catalogue_document("one"))
    manager = ScenarioManager(path)
    report = replace(report_of(), revision=manager.state.loaded.revision)
    artifact = Artifact.of(manager, report, tmp_path)
    assert (artifact.path, artifact.line(at("one"))) == ("data/scenarios.json", 2)
    assert Artifact.of(manager, report, tmp_path / "elsewhere").path == "scenarios.json"
    assert Artifact.of(manager, replace(report, revision="0" * 64), tmp_path).line(at("one")) is None
    manager.create_baseline()
    path.write_text("[", encoding="utf-8")
    manager.refresh()
    assert not manager.state.source.is_file
    assert Artifact.of(manager, report, tmp_path).line(at("one")) is None


@pytest.mark.slow
def test_a_real_run_points_every_finding_to_its_value(tmp_path: Path) -> None:
    with audited(tmp_path) as (report, artifact, desk):
        lines = desk.production.path.read_text(encoding="utf-8").split("\n")
        shown = {
            (each.code, each.scenario_id, each.pointer): lines[line - 1].strip()
            for each in report.everything
            if (line := artifact.line(each)) is not None
        }
    assert artifact.path == "scenarios.json"
    assert shown["IC102", HOTEL, "/phases/1/expected_duration_minutes"] == '"expected_duration_minutes": "five",'
    assert shown["IC102", HOTEL, "/phases/2/key_vocabulary"] == '"key_vocabulary": "lift",'
    wrong_id = '"scenario_id": "restaurant_reservation",'
    assert shown["IC110", "restaurant_dinner_reservation", "/scenario_id"] == wrong_id
    assert shown["IC112", ODD, ""] == f"{json.dumps(ODD, ensure_ascii=False)}: {{"
    broken = "business_project_delay"
    assert shown["IC102", broken, ""] == next(
        after
        for before, after in zip(map(str.strip, lines), map(str.strip, lines[1:]), strict=False)
        if before == f'"scenario_id": "{broken}"'
    )


@pytest.mark.slow
def test_many_findings_in_one_large_record_have_each_their_line() -> None:
    record = scenario_document("one", notes=[{"text": f"note {number}"} for number in range(20_000)])
    artifact = Artifact("x.json", Document.parse(json.dumps({"one": record}, indent=2).encode()))
    first = artifact.line(at("one", "/notes/0/text"))
    found = [artifact.line(at("one", f"/notes/{number}/text")) for number in range(20_000)]
    assert first is not None
    assert found == [first + 3 * number for number in range(20_000)]
