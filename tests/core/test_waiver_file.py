"""Waivers as a file: what was decided at the desk holds in a repository's CI, and nothing else does."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_core.errors import InvalidScenarioError
from scenario_core.integrity import CHECKS, Waiver
from scenario_core.integrity.checks import StructuralCheck
from scenario_core.integrity.reports import parse_waivers, render_waivers
from scenario_core.integrity.waivers import LONGEST_REASON, SHORTEST_REASON
from tests.strategies import TEXT

WAIVERS = st.builds(
    Waiver,
    waiver_id=st.uuids().map(str),
    fingerprint=st.integers(0, 16**16 - 1).map("{:016x}".format),
    code=st.sampled_from(["CQ901", "CQ902", "CQ999"]),
    scenario_id=st.none() | TEXT,
    field=TEXT,
    message=TEXT,
    reason=st.text(st.characters(exclude_categories=["Cs"]), min_size=SHORTEST_REASON, max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: SHORTEST_REASON <= len(text) <= LONGEST_REASON),
    author_id=st.integers(1, 2**31 - 1),
    created_at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    expires_on=st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)


@given(st.lists(WAIVERS, max_size=5, unique_by=lambda each: each.fingerprint), st.randoms())
def test_a_waiver_file_is_read_back_as_what_was_written_and_does_not_depend_on_the_order(
    waivers: list[Waiver], random: Any
) -> None:
    text = render_waivers(waivers)
    read = parse_waivers(text)
    assert sorted(read, key=lambda each: each.fingerprint) == sorted(waivers, key=lambda each: each.fingerprint)
    assert render_waivers(read) == text
    assert parse_waivers(text.encode()) == read
    random.shuffle(waivers)
    assert render_waivers(waivers) == text


RECORD: Final[dict[str, Any]] = {
    "waiver_id": "w1",
    "fingerprint": "0123456789abcdef",
    "code": "CQ901",
    "scenario_id": None,
    "field": "name",
    "message": "m",
    "reason": "it is a quotation",
    "author_id": 7,
    "created_at": "2026-11-05T09:30:00+00:00",
    "expires_on": None,
}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"fingerprint": "0123456789ABCDEF"}, "/1/fingerprint"),
        ({"fingerprint": "0123456789abcdef\n"}, "/1/fingerprint"),
        ({"code": "CQ1"}, "/1/code"),
        ({"code": "IC102"}, "/1/code"),
        ({"reason": "  ok  "}, "/1/reason"),
        ({"reason": "x" * (LONGEST_REASON + 1)}, "/1/reason"),
        ({"author_id": 0}, "/1/author_id"),
        ({"created_at": "2026-11-05T09:30:00"}, "/1/created_at"),
        ({"expires_on": "soon"}, "/1/expires_on"),
        ({"until": "2027-01-01"}, "/1/until"),
    ],
    ids=str,
)
def test_a_waiver_file_with_a_fault_waives_nothing_and_names_the_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidScenarioError) as caught:
        parse_waivers(json.dumps([RECORD, RECORD | change]))
    assert [fault.pointer for fault in caught.value.faults] == [place]
    assert "Nothing was waived" in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"[", b"\xff", b"null", b'[{"waiver_id": "w"}]'])
def test_what_is_no_waiver_file_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidScenarioError):
        parse_waivers(data)


def test_every_structural_check_refuses_to_be_waived_by_a_file() -> None:
    assert parse_waivers(json.dumps([RECORD]))[0].reason == RECORD["reason"]
    for check in CHECKS:
        if issubclass(check, StructuralCheck):
            with pytest.raises(InvalidScenarioError, match="structural"):
                parse_waivers(json.dumps([RECORD | {"code": check.code}]))
