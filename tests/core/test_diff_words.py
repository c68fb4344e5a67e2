from __future__ import annotations

import doctest
import itertools
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_core.integrity.diff import Mark, MarkKind, looks_same, marks, visible, words
from tests.core.diff_examples import NBSP

LETTERS = st.text(alphabet='ab é\u0301\u00a0\u200b\u200d\ufe0f\u202e"\\~*\t\r\n漢かกำ한👩🏽🇯🇵\ud800', max_size=30)
SENTENCES = st.lists(st.sampled_from(["a", "table", "for", "two", "three", ",", "please", "\n", "予約", "é"])).map(
    " ".join
)
SIGNS = {MarkKind.EQUAL: "{}", MarkKind.REMOVED: "[-{}-]", MarkKind.ADDED: "{{+{}+}}"}


def marked(old: str, new: str) -> str:
    return "".join(SIGNS[mark.kind].format(mark.shown) for mark in marks(old, new))


def sides(found: tuple[Mark, ...]) -> tuple[str, str]:
    old = "".join(mark.text for mark in found if mark.kind is not MarkKind.ADDED)
    return old, "".join(mark.text for mark in found if mark.kind is not MarkKind.REMOVED)


@settings(max_examples=400, deadline=None)
@given(old=LETTERS | SENTENCES, new=LETTERS | SENTENCES)
def test_marks_put_together_are_both_texts_exactly(old: str, new: str) -> None:
    found = marks(old, new)
    assert sides(found) == (old, new)
    assert all(mark.text and mark.shown for mark in found)
    assert all(one.kind is not other.kind for one, other in itertools.pairwise(found))
    assert any(mark.kind is not MarkKind.EQUAL for mark in found) == (old != new)


@settings(max_examples=200, deadline=None)
@given(old=LETTERS | SENTENCES, new=LETTERS | SENTENCES)
def test_a_change_that_looks_like_nothing_has_something_to_see_in_its_marks(old: str, new: str) -> None:
    if old != new and looks_same(old, new):
        removed, added = (
            "".join(mark.shown for mark in marks(old, new) if mark.kind is not kind)
            for kind in (MarkKind.ADDED, MarkKind.REMOVED)
        )
        assert removed != added


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("A table for two, please", "A table for three, please", "A table for [-two-]{+three+}, please"),
        ("Please come in", "Please do come in", "Please {+do +}come in"),
        ("Good evening.", "Good evening!", "Good evening[-.-]{+!+}"),
        ("ご予約ですか", "ご予約ですね", "ご予約です[-か-]{+ね+}"),
        ("สวัสดีครับ", "สวัสดีค่ะ", "สวัสดี[-ครับ-]{+ค่ะ+}"),
        ("नमस्ते दोस्त", "नमस्कार दोस्त", "[-नमस्ते-]{+नमस्कार+} दोस्त"),
        ("감사합니다", "감사했습니다", "감사[-합-]{+했습+}니다"),
        ("👍🏽 hi", "👍🏿 hi", "[-👍🏽-]{+👍🏿+} hi"),
        ("🇯🇵 hi", "🇫🇷 hi", "[-🇯🇵-]{+🇫🇷+} hi"),
    ],
)
def test_words_are_marked_whole_and_scripts_without_spaces_by_letter(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("red green", "blue white", "[-red green-]{+blue white+}"),
        ("one to nine", "two to eight", "[-one to nine-]{+two to eight+}"),
        ("Hello, world", "Bye, moon", "[-Hello, world-]{+Bye, moon+}"),
        ("one great nine", "two great eight", "[-one-]{+two+} great [-nine-]{+eight+}"),
        ("one to the nine", "two to the eight", "[-one-]{+two+} to the [-nine-]{+eight+}"),
        ("first\nlast", "one\ntwo", "[-first-]{+one+}\n[-last-]{+two+}"),
    ],
)
def test_two_changes_with_next_to_nothing_between_them_are_one(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Book now", f"Book{NBSP}now", "Book[-⟨SP⟩-]{+⟨NBSP⟩+}now"),
        ("Book", "Book ", "Book{+⟨SP⟩+}"),
        ("Book  now", "Book now", "Book [-⟨SP⟩-]now"),
        ("Bo\u00adok it", "Book it", "[-Bo⟨SHY⟩ok-]{+Book+} it"),
        ("Book", "\ufeffBook", "{+⟨BOM⟩+}Book"),
        ("Book", "Book\u200b", "Book{+⟨ZWSP⟩+}"),
        ("Book", "\u202eBook", "{+⟨RLO⟩+}Book"),
        ("Caf\u00e9 now", "Cafe\u0301 now", "[-Café-]{+Cafe⟨U+0301⟩+} now"),
        ("❤\ufe0f now", "❤ now", "[-❤⟨VS16⟩-]{+❤+} now"),
        ("a\tb", "a b", "a[-⟨TAB⟩-]{+⟨SP⟩+}b"),
        ("a\r\nb", "a\nb", "a[-⟨CR⟩⟨LF⟩\n-]{+⟨LF⟩\n+}b"),
        ("end", "end\n", "end{+⟨LF⟩\n+}"),
    ],
)
def test_what_can_not_be_seen_of_a_change_stands_by_its_name(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected
    assert looks_same(old, new)


def test_what_can_not_be_seen_stays_as_it_is_where_nothing_changed() -> None:
    assert marked(f"10{NBSP}% Cafe\u0301 one", f"10{NBSP}% Cafe\u0301 two") == f"10{NBSP}% Cafe\u0301 [-one-]{{+two+}}"


def test_spaces_at_the_edges_are_shown_even_where_nothing_changed() -> None:
    assert marked(" one great ", " two great ") == "⟨SP⟩[-one-]{+two+} great⟨SP⟩"
    assert marked("one great \nend one", "one great \nend two") == "one great⟨SP⟩\nend [-one-]{+two+}"


def test_what_could_disturb_the_page_is_shown_even_where_nothing_changed() -> None:
    assert marked("a\u202eb\x00\ud800\x1b one", "a\u202eb\x00\ud800\x1b two") == (
        "a⟨RLO⟩b⟨U+0000⟩⟨U+D800⟩⟨U+001B⟩ [-one-]{+two+}"
    )


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("plain", None, "plain"),
        (f" a{NBSP}b ", None, "⟨SP⟩a⟨NBSP⟩b⟨SP⟩"),
        ("a\tb\r\nc \nd", None, "a\tb\r\nc⟨SP⟩\nd"),
        ("a\tb", "a b", "a⟨TAB⟩b"),
        ("a\nb", "a\r\nb", "a⟨LF⟩\nb"),
        ("a\nb", "c\nb", "a\nb"),
        ("Cafe\u0301", None, "Cafe\u0301"),
        ("Cafe\u0301", "Caf\u00e9", "Cafe⟨U+0301⟩"),
        ("Cafe\u0301 one", "Cafe\u0301 two", "Cafe\u0301 one"),
        ("a\u3164b\u2800", None, "a⟨U+3164⟩b⟨U+2800⟩"),
    ],
)
def test_visible_names_what_can_not_be_seen_or_not_be_told_apart(text: str, other: str | None, expected: str) -> None:
    assert visible(text, other) == expected


@pytest.mark.parametrize(("old", "new"), [("a", "b"), ("a\nb", "a b"), ("ab", "a b"), ("ab", "a\tb"), ("é", "e")])
def test_texts_that_differ_to_the_eye_do_not_look_the_same(old: str, new: str) -> None:
    assert not looks_same(old, new)


def _prose(random: Random, line_end: str) -> str:
    kinds = ("reservation", "évening", "menü", "予約", "to", "for", "the", "a")
    return "".join(random.choice(kinds) + (line_end if random.random() < 0.1 else " ") for _ in range(190_000))


def _edited_twice(text: str) -> str:
    return f"{text[:900]}NEW{text[900:-900]}NEW{text[-900:]}"


LONG: dict[str, Callable[[Random], tuple[str, str]]] = {
    "many lines, some of them changed": lambda random: (
        text := _prose(random, ".\n"),
        text.replace("menü the", "new words", 500),
    ),
    "many lines, all of them others": lambda random: (_prose(random, ".\n"), _prose(random, ".\n")),
    "one line, all of it another": lambda random: (_prose(random, ". "), _prose(random, ". ")),
    "one line, changed near both ends": lambda random: (text := _prose(random, ". "), _edited_twice(text)),
    "no spaces": lambda _: ("予約" * 500_000, "予約で" * 333_333),
    "spaces": lambda _: (" " * 1_000_000, " \t" * 500_000),
    "empty lines": lambda _: ("\n" * 1_000_000, "a\n" * 500_000),
    "lines of one letter": lambda _: ("a\nb\n" * 250_000, "b\nc\na\n" * 166_666),
    "accents": lambda _: ("e\u0301" * 500_000, "é" * 1_000_000),
    "a long and a short text": lambda _: ("予" * 1_000_000, "x" * 99),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", LONG)
def test_texts_of_a_megabyte_are_marked_exactly(kind: str) -> None:
    old, new = LONG[kind](Random(20251220))
    found = marks(old, new)
    assert sides(found) == (old, new)


def test_a_long_text_without_lines_is_marked_at_its_change_only() -> None:
    text = "word " * 50_000
    found = marks(text + "old " + text, text + "new " + text)
    assert [(mark.kind.value, mark.text.strip()) for mark in found[1:-1]] == [("removed", "old"), ("added", "new")]


def test_the_examples_of_the_words_are_true() -> None:
    assert doctest.testmod(words) == doctest.TestResults(failed=0, attempted=2)
