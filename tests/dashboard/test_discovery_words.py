"""What the pages of discovery say: averages with their number, trends with what was before, reasons."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard import discovery
from scenario_core.catalogue.production_index import production_entry
from scenario_core.custom.collections import Collection, CollectionItem
from scenario_core.custom.ratings import Rating, RatingSums
from scenario_core.discovery import Rising, Used
from scenario_core.discovery.traits import Alike
from tests.factories import OWNER, STRANGER, scenario

MOMENT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def collection(*ids: str, **fields: object) -> Collection:
    values: dict[str, object] = {
        "collection_id": "c", "owner_id": OWNER, "title": "Steps", "description": "", "is_public": False,
        "is_path": True, "version": 1, "updated_at": MOMENT,
        "items": tuple(CollectionItem(name, f"Note on {name}") for name in ids),
    }  # fmt: skip
    return Collection(**(values | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sums", "text"),
    [
        (RatingSums(1, 4, 16), "★ 4.0 of 5 from 1 rating"),
        (RatingSums(1_200, 5_130, 22_000), "★ 4.3 of 5 from 1,200 ratings"),
    ],
)
def test_an_average_never_stands_without_its_number(sums: RatingSums, text: str) -> None:
    assert discovery.average(sums) == text


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (6.25, "30 learners in 7 days, 6.2 a week before"),
        (0.0, "30 learners in 7 days, nobody in the four weeks before"),
        (None, "30 learners in 7 days, fewer than 5 in the four weeks before"),
    ],
)
def test_a_trend_says_what_was_before_unless_that_were_too_few(before: float | None, text: str) -> None:
    assert discovery.rising(Rising("x", 30, before, 0.4), 5) == text


def test_use_is_told_in_learners_and_starts() -> None:
    assert discovery.used(Used("x", 1_200, 1)) == "1 learner, 1,200 starts"


@pytest.mark.parametrize(
    ("alike", "text"),
    [
        (Alike("x", 1, ("menu",), (), is_same_category=False, is_same_level=False), "Shares 1 word: menu"),
        (
            Alike("x", 1, ("a", "b", "c", "d", "e"), ("exam",), is_same_category=True, is_same_level=True),
            "Shares 5 words: a, b, c, d, …; both tagged exam; same category and level",
        ),
        (Alike("x", 1, (), (), is_same_category=False, is_same_level=True), "Same level"),
        (Alike("x", 1, (), (), is_same_category=False, is_same_level=False), "Similar phrases"),
    ],
)
def test_the_reason_names_the_words_that_are_shared(alike: Alike, text: str) -> None:
    assert discovery.why(alike) == text


def test_a_part_of_a_collection_keeps_its_places_and_passes_over_what_can_not_be_listed() -> None:
    entries = {name: production_entry(scenario(name, name=f"Title of {name}")) for name in ("a", "b", "d")}
    data = discovery.collection_data(collection("a", "b", "c", "d", "e"), entries, 2, 4, {"as": "8"})
    assert [(item["place"], item["id"]) for item in data["items"]] == [(2, "b"), (4, "d")]
    assert (data["total"], data["first"], data["ordered"]) == (5, 2, True)
    assert data["items"][0]["href"] == "scenario?id=b&as=8"


def test_collections_are_told_apart_by_whose_they_are() -> None:
    found = [
        collection("a", description="x " * 200),
        collection(is_public=True, is_path=False),
        collection("a", "b", owner_id=STRANGER, is_public=True),
    ]
    rows = discovery.collection_rows(found, OWNER, lambda number: f"No. {number}", "Mine", {})["rows"]
    assert [(row["store_label"], row["facts"]) for row in rows] == [
        ("Mine, private", "Learning path · 1 scenario"),
        ("Mine, shared", "Collection · 0 scenarios"),
        ("Shared", f"Learning path · 2 scenarios · by No. {STRANGER}"),
    ]
    assert len(rows[0]["note"]) <= 120
    assert rows[0]["note"].endswith("…")


def test_reviews_carry_their_stars_as_a_picture_and_as_a_number() -> None:
    rating = Rating("x", STRANGER, 3, "Fine.", MOMENT, MOMENT)
    (shown,) = discovery.reviews([rating], lambda number: f"No. {number}")
    assert shown == {"name": f"No. {STRANGER}", "stars": "★★★☆☆", "number": 3, "day": "2026-11-20", "text": "Fine."}
