from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from scenario_core.integrity.diff import diff_records, render_markdown, visible
from tests.core.diff_examples import DOCUMENTS, NBSP, Record, catalogue, changed, phase, scenario

READER = MarkdownIt("gfm-like", {"html": True})
BLOCKS = {"heading", "paragraph", "bullet_list", "list_item", "inline"}
SPANS = {"text", "strong", "s", "hardbreak", "softbreak"}
SIGNS = [*string.punctuation, *"ab1 \n\t漢€é👩\u0301\u00a0\u202e\ud800"]
BLOCK_MARKUP = ["```\n", "~~~\n", "| a | b |\n|---|---|\n", "# ", "- ", "1. ", "> ", "    ", "---\n", "===\n", "\n\n"]
LINKS = ["[x](http://a.b)", "![x](y)", "www.a.com", "http://a.com", "a@b.com", "&amp;", "<b>", "<!--"]
NASTY = st.text(alphabet=st.sampled_from(SIGNS), max_size=25)
MARKUP = st.lists(st.sampled_from([*BLOCK_MARKUP, *LINKS, "***", "~~", "`", "word", " "]), max_size=6).map("".join)


def rendered(old: Any, new: Any) -> str:
    return render_markdown(
        diff_records({"dinner": {"description": old}}, {"dinner": {"description": new}}), old_name="a", new_name="b"
    )


def tokens(source: str) -> list[Token]:
    return READER.parse(source)


def spans(source: str) -> Iterator[Token]:
    for token in tokens(source):
        yield from token.children or ()


def kinds(found: Iterator[Token] | list[Token]) -> set[str]:
    return {token.type.removesuffix("_open").removesuffix("_close") for token in found}


def side(source: str, hidden: str) -> str:
    """The text of the last item as a reader sees it, without what is marked in one way, and without its label."""
    inline = [token for token in tokens(source) if token.type == "inline"][-1]
    shown, depth = "", 0
    for token in inline.children or ():
        depth += (token.type == f"{hidden}_open") - (token.type == f"{hidden}_close")
        if not depth:
            shown += token.content if token.type == "text" else "\n" if "break" in token.type else ""
    return shown.partition(": ")[2].replace("\N{WORD JOINER}", "")


def spread(text: str) -> str:
    """Without what Markdown can't keep, and what is told by name only where it is part of a change."""
    shown = text.replace("⟨U+0301⟩", "\u0301")
    return re.sub(r"\s|⟨(LF|CR|SP|TAB)⟩", "", shown)


@settings(max_examples=500, deadline=None)
@given(old=NASTY | MARKUP, new=NASTY | MARKUP)
def test_no_sign_of_an_authored_text_is_read_as_markup_and_both_sides_can_be_read(old: str, new: str) -> None:
    if old == new:
        return
    source = rendered(old, new)
    assert kinds(tokens(source)) <= BLOCKS
    assert kinds(spans(source)) <= SPANS
    assert sum(token.type == "list_item_open" for token in tokens(source)) == 1
    assert spread(side(source, "strong")) == spread(visible(old))
    assert spread(side(source, "s")) == spread(visible(new))


@settings(max_examples=200, deadline=None)
@given(old=DOCUMENTS, new=DOCUMENTS)
def test_any_difference_is_told_in_headings_and_lists_only(old: Record, new: Record) -> None:
    source = render_markdown(diff_records(old, new), old_name="old", new_name="new")
    source.encode()
    assert kinds(tokens(source)) <= BLOCKS
    assert kinds(spans(source)) <= SPANS
    assert source == render_markdown(diff_records(old, new), old_name="old", new_name="new")


def test_the_summary_comes_first_then_a_section_a_scenario_then_its_fields() -> None:
    old, new = catalogue("a", "b"), catalogue("a", "b")
    new["a"]["phases"][1]["essential_phrases"][1] = "Have you got a table?"
    new["a"]["duration_minutes"] = 25
    new["b"]["phases"].insert(0, new["b"]["phases"].pop())
    assert render_markdown(diff_records(old, new), old_name="backup", new_name="production").splitlines() == [
        "# Differences",
        "",
        "backup\\, old → production\\, new\\: 2 changed in 3 fields",
        "",
        "## a",
        "",
        "2 changes in 2 fields",
        "",
        "### duration\\_minutes",
        "",
        "- changed: ~~20~~ → **25**",
        "",
        "### phases\\[order\\]\\.\N{WORD JOINER}essential\\_phrases",
        "",
        "- item 2 changed: ~~Do you have~~**Have you got** a table\\?",
        "",
        "## b",
        "",
        "1 change in 1 field",
        "",
        "### phases\\[farewell\\]",
        "",
        "- item 4 moved to 1: Farewell",
    ]


def test_what_is_added_or_removed_whole_is_listed_by_its_members() -> None:
    old, new = catalogue("a"), catalogue("a")
    new["a"]["phases"].append(phase("x", name="Waiting"))
    new["c"] = scenario("c", name="Lunch", phases=[])
    lines = render_markdown(diff_records(old, new), old_name="a", new_name="b").splitlines()
    assert lines[4:7] == ["## c", "", "added\\: Lunch"]
    assert "- phases: **\\[\\]**" in lines
    assert "- item 5 added:" in lines
    assert "  - name: **Waiting**" in lines
    assert "    - item 2: **x word 1**" in lines
    assert "  - cultural\\_notes: **null**" in lines


def test_a_scenario_that_moved_has_a_section() -> None:
    diff = diff_records(catalogue("a", "b"), catalogue("b", "a"))
    assert render_markdown(diff, old_name="a", new_name="b").splitlines()[4:] == ["## a", "", "moved from place 1 to 2"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("Book now", f"Book{NBSP}now", "- changed \\(looks the same\\): Boo&#107;~~⟨SP⟩~~**⟨NBSP⟩**&#110;ow"),
        ("Book", "Book ", "- changed \\(looks the same\\): Boo&#107;**⟨SP⟩**"),
        ("ですか", "です。", "- changed: です~~か~~**。**"),
        ("one x", "two x", "- changed: ~~one~~**two** x"),
        ("a\nb one", "a\nb two", "- changed: a\\\n  b ~~one~~**two**"),
        ("", "new", "- changed: **new**"),
        (1, "1", '- changed: ~~1~~ → **\\"1\\"**'),
        (None, "", '- changed: ~~null~~ → **\\"\\"**'),
    ],
)
def test_words_are_struck_out_and_bold(old: Any, new: Any, line: str) -> None:
    assert rendered(old, new).endswith(f"{line}\n")


def test_an_empty_text_that_one_side_has_is_told_in_words() -> None:
    _, _, change = changed(lambda new: new["prerequisites"].append(""))
    diff = diff_records({"a": {"x": []}}, {"a": {"x": [""]}})
    assert change.changes[0].new == ""
    assert render_markdown(diff, old_name="a", new_name="b").endswith("- item 1 added: empty text\n")


def test_long_stretches_without_a_change_are_shortened() -> None:
    source = rendered("word " * 500 + "one" + " word" * 500, "word " * 500 + "two" + " word" * 500)
    line = source.splitlines()[-1]
    assert ": … word" in line
    assert line.endswith("…")
    assert "~~one~~**two**" in line
    assert len(line) < 300
