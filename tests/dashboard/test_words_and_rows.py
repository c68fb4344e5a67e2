"""What the pages draw: authored text as text, counts beside choices, differences in the words of the form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import differences, rows, scenario_view, words
from dashboard.markup import render
from scenario_core.catalogue import Facets
from scenario_core.listing import CatalogueEntry, CatalogueFilter
from scenario_core.scenario import Store
from tests.core.test_exports import HOSTILE, seen
from tests.factories import phase_document, scenario, scenario_document

TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))


def entry(**fields: Any) -> CatalogueEntry:
    return CatalogueEntry.of(scenario(**fields), Store.CUSTOM, owner_id=7, is_public=True, state="ready")


@given(TEXTS)
def test_a_label_shows_exactly_the_signs_of_the_text(text: str) -> None:
    label = words.plain(text)
    shown = "".join(sign for at, sign in enumerate(label) if sign != "\\" or (at and label[at - 1] == "\\"))
    assert "\n" not in label
    for mark in (":material/", "://", "](", "www.", ":red["):
        assert mark not in label
    if "\\" not in text:
        flat = text.translate({ord("\n"): " ", ord("\r"): " ", ord("\t"): " "})
        assert shown.replace("\N{WORD JOINER}", "") == flat.replace("\N{WORD JOINER}", "")


@given(TEXTS)
def test_the_blocks_of_a_page_hold_authored_text_as_text(text: str) -> None:
    def document(value: str) -> dict[str, Any]:
        phase = phase_document(name=value, description=value, cultural_notes=value, key_vocabulary=[value] * 3)
        return scenario_document(
            name=value,
            description=value,
            setting=value,
            user_role=value,
            phases=[phase],
            cultural_context={value: value},
        )

    def page(value: str) -> str:
        head = render("scenario_head", **scenario_view.head(document(value), tags=[value]))
        return head + render("scenario_body", **scenario_view.body(document(value), [("Owner", value)]))

    wild, tame = seen(page(text)), seen(page("tame"))
    if text.strip():
        assert wild.elements == tame.elements
    assert wild.attributes <= tame.attributes


@given(st.dictionaries(st.sampled_from(["name", "phases", "cultural_context", "user_role"]), st.text() | st.none()))
def test_an_unfinished_draft_can_be_previewed(document: dict[str, Any]) -> None:
    assert render("scenario_body", **scenario_view.body(document))


def test_a_list_links_every_scenario_and_says_whose_it_is() -> None:
    look = rows.Look("List", ("store", "owner"), ticked={"a_one"}, carried={"as": "8"})
    data = rows.listing_data(
        [entry(scenario_id="a_one"), entry(scenario_id="b_two")], 7, lambda number: f"Person {number}", look
    )
    first, second = data["rows"]
    assert (first["href"], first["ticked"], second["ticked"]) == ("scenario?id=a_one&as=8", True, False)
    assert (first["store"], first["store_label"], first["owner"]) == ("mine", "Mine", "Person 7")
    assert [column["key"] for column in data["columns"]] == ["store", "owner"]


def test_a_choice_stays_listed_where_it_leaves_nothing() -> None:
    counts = {name: {"x": 3} for name in ("store", "category", "difficulty", "language", "length", "state")}
    wanted = CatalogueFilter(categories=frozenset({"travel"}))
    groups = {group["key"]: group for group in rows.facet_groups(Facets(3, counts, {7: 2}), wanted, str)}
    assert [(option["value"], option["number"], option["on"]) for option in groups["category"]["options"]] == [
        ("x", "3", False),
        ("travel", "0", True),
    ]
    assert "tag" not in groups


def test_lower_bounds_are_marked_as_such() -> None:
    counts = {name: {"x": 3} for name in ("store", "category", "difficulty", "language", "length", "state")}
    groups = rows.facet_groups(Facets(3, counts, {}, exact=False), CatalogueFilter(), str)
    assert groups[0]["options"][0]["number"] == "3+"


def test_differences_speak_the_words_of_the_form() -> None:
    old = scenario_document(phases=[phase_document(phase_id="a", name="Greeting"), phase_document(phase_id="b")])
    new = scenario_document(
        name="Other", phases=[phase_document(phase_id="a", name="Greeting", essential_phrases=["x", "y", "z"])]
    )
    lines = differences.between(old, new)
    where = {line["where"] for line in lines}
    assert {"Title", "Greeting · Essential phrases"} <= where
    assert any(line["kind"] == "removed" and line["where"].endswith("· Phase") for line in lines)


def test_ids_and_times_of_the_store_are_no_difference() -> None:
    old, new = scenario_document("a_one"), scenario_document("b_two", updated_at="2026-11-01T00:00:00")
    assert differences.between(old, new) == []


@pytest.mark.parametrize(("tag", "name"), [("pt-BR", "Portuguese (Brazil)"), ("es", "Spanish"), ("??", "??"), ("", "")])
def test_languages_have_names(tag: str, name: str) -> None:
    assert words.language(tag) == name
