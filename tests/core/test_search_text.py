"""Folding: what a person types finds what is written, whatever its accents, case, form or script."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_core.search_text import fold, matches, query_terms


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("cafe", "Le Café"),
        ("CAFÉ", "cafe\u0301 terrace"),
        ("cafe\u0301", "caf\u00e9"),
        ("terr", "café terrace"),
        ("terr cafe", "café terrace"),
        ("strasse", "Hauptstraße"[5:]),
        ("予約", "金曜日の予約をお願いします"),
        ("お願い", "予約をお願いします"),
        ("ガソリン", "ガソリン代"),
        ("o'clock", "at eight o'clock"),
        ("ﬁre", "fire brigade"),
        ("a8", "Panne auf der A8"),
    ],
)
def test_a_query_finds(query: str, text: str) -> None:
    assert matches(query_terms(query), fold(text))


@pytest.mark.parametrize(
    ("query", "text"), [("afe", "café"), ("約予", "予約"), ("dinner tea", "dinner for two"), ("ab", "a b")]
)
def test_a_query_does_not_find(query: str, text: str) -> None:
    assert not matches(query_terms(query), fold(text))


def test_a_query_of_signs_alone_has_no_terms() -> None:
    assert query_terms('?! " * ()') == []


@given(st.text())
def test_folding_is_stable_and_blind_to_the_unicode_form(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text())
def test_every_text_is_found_by_itself(text: str) -> None:
    assert matches(query_terms(text), fold(text))
