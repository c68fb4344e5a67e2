"""What is taken away: complete, readable elsewhere, and never a program."""

from __future__ import annotations

import csv
import io
import json
import string
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scenario_core import exports
from scenario_core.exports.tables import LONGEST_CELL, neutralised
from scenario_core.listing import CatalogueEntry
from scenario_core.scenario import ConversationScenario, Store
from tests.factories import phase_document, scenario

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %}",
    "</style><b>bold</b>",
    "![x](http://localhost/x) [y](javascript:alert(1))",
    "# no heading\n- no list\n\n> no quote\n```\nno code",
    "www.example.com https://example.com a@example.com mailto:a@b.c",
    "**no** _emphasis_ `code` ~~gone~~ $x^2$ :material/home: &lt;b&gt; &amp;",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "1. one\n2) two\n=== \n---\n***",
    "\\* \\\\ \\`",
]
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u200b=1",
    "\u00a0+1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.text(string.punctuation + "a1 \n", max_size=30))
FAITHFUL = MarkdownIt("gfm-like", {"linkify": True, "html": True})
OURS = {"heading", "bullet_list", "list_item", "paragraph", "inline", "text", "strong", "softbreak", "text_special"}


def hostile(text: str) -> ConversationScenario:
    """A scenario in which every text is this one."""
    phase: dict[str, Any] = {"name": text, "description": text, "cultural_notes": text}
    lists = ("key_vocabulary", "essential_phrases", "learning_objectives", "success_criteria")
    phase |= {name: [text] for name in lists}
    fields: dict[str, Any] = {name: [text] for name in ("prerequisites", "learning_outcomes", "vocabulary_focus")}
    names = ("name", "description", "setting", "user_role", "ai_role", "category", "difficulty")
    fields |= dict.fromkeys(names, text)
    return scenario(**fields, cultural_context={text: text}, phases=[phase_document(**phase)])


def entry(title: str) -> CatalogueEntry:
    made = scenario(name=title, category=title, difficulty=title)
    return CatalogueEntry.of(made, Store.CUSTOM, owner_id=7, is_public=False, state="ready")


class Seen(HTMLParser):
    """The elements, attributes and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(page: str) -> Seen:
    parser = Seen()
    parser.feed(page)
    parser.close()
    return parser


def tokens(markdown: str) -> Iterator[Any]:
    for token in FAITHFUL.parse(markdown):
        yield token
        yield from token.children or ()


def test_json_is_read_back_as_the_same_scenario() -> None:
    it = scenario(name="Café ☕", language="fr", house_style={"colour": ["red", 1.5]})
    [(name, record)] = json.loads(exports.to_json(it)).items()
    assert (name, ConversationScenario.model_validate_json(json.dumps(record))) == (it.scenario_id, it)


def test_many_scenarios_are_one_document_in_their_order() -> None:
    text = exports.many_to_json([scenario("b_two"), scenario("a_one")])
    assert list(json.loads(text)) == ["b_two", "a_one"]


@given(TEXTS)
def test_a_page_shows_what_people_wrote_and_runs_nothing_of_it(text: str) -> None:
    tame, wild = seen(exports.to_html(hostile("tame"))), seen(exports.to_html(hostile(text)))
    if text.strip():
        assert wild.elements == tame.elements
        assert " ".join(text.split()) in " ".join(wild.text.split())
    assert wild.attributes <= tame.attributes
    assert "script" not in wild.elements


def test_a_page_asks_for_nothing_from_elsewhere() -> None:
    page = exports.to_html(scenario())
    assert "http:" not in page
    assert "https:" not in page
    assert "default-src 'none'" in page


@given(TEXTS)
def test_markdown_reads_what_people_wrote_as_text(text: str) -> None:
    allowed = {kind.removesuffix("_open").removesuffix("_close") for kind in (each.type for each in tokens(
        exports.to_markdown(hostile("tame"))
    ))}  # fmt: skip
    found = list(tokens(exports.to_markdown(hostile(text))))
    assert {each.type.removesuffix("_open").removesuffix("_close") for each in found} <= allowed | OURS
    shown = "".join(each.content for each in found if each.type in {"text", "text_special"})
    wanted = " ".join(text.split()).replace("\0", "\N{REPLACEMENT CHARACTER}")
    assert wanted in shown.replace("\N{WORD JOINER}", "") or "\N{WORD JOINER}" in text


@pytest.mark.parametrize("text", FORMULAS, ids=range(len(FORMULAS)))
def test_no_cell_of_a_table_is_a_formula(text: str) -> None:
    assert neutralised(text) == f"'{text}"
    cells = next(csv.DictReader(io.StringIO(exports.to_csv([entry(text)]).decode("utf-8-sig"), newline="")))
    assert cells["title"] == f"'{text}"
    book = openpyxl.load_workbook(io.BytesIO(exports.to_xlsx([entry(text)])))
    kinds = {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row}
    assert "f" not in kinds


@given(st.text(max_size=60))
def test_a_table_keeps_every_other_text(text: str) -> None:
    rows = list(csv.DictReader(io.StringIO(exports.to_csv([entry(text)]).decode("utf-8-sig"), newline="")))
    assert rows[0]["title"] in {text, f"'{text}"}
    assert rows[0]["title"][:1] not in set("=+-@\t\r\n")


def test_a_workbook_keeps_texts_that_its_format_can_hold_and_leaves_out_what_it_cannot() -> None:
    long = "x" * (LONGEST_CELL + 10)
    content = exports.to_xlsx([entry("Café \x00\x07☕"), entry(long), entry("12"), entry("https://example.com")])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    titles = [row[1].value for row in sheet.iter_rows(min_row=2)]
    assert titles == ["Café ☕", long[:LONGEST_CELL], "12", "https://example.com"]
    assert [row[1].hyperlink for row in sheet.iter_rows(min_row=2)] == [None] * 4


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Café à la carte", "cafe-a-la-carte.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        ("予約", "scenario.md"),
        ("", "scenario.md"),
        ("CON", "scenario-con.md"),
        ("x" * 300, "x" * 77 + ".md"),
    ],
    ids=range(6),
)
def test_file_names_are_safe_everywhere(title: str, expected: str) -> None:
    assert exports.file_name(title, "md") == expected
