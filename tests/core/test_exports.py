"""What is taken away: complete, readable elsewhere, and never a program."""

from __future__ import annotations

import csv
import io
import json
import re
import string
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scenario_core import exports
from scenario_core.errors import InvalidScenarioError
from scenario_core.escaping import neutralised
from scenario_core.exports.outline import DEEPEST, Topic, outline
from scenario_core.exports.sheets import LONGEST_CELL
from scenario_core.listing import CatalogueEntry
from scenario_core.scenario import ConversationScenario, Store
from tests.factories import phase_document, scenario, scenario_document
from tests.strategies import JSON, SCENARIOS

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
    "see example.com, ftp://example.com/a, //example.com and a.b@example.co.uk",
    "first line\n    no code\n\n\t- no list\r\n# no heading\u2028last line\\",
    "[x]: http://localhost/x\n[x] [^1] :smile: http\\://example.com &copy; &#64;",
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
    "\ufeff=1",
    "\u3164=1",
    "\u0301=1",
    "\ufe66x",
    " \ttab after a space",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.text(string.punctuation + "a1 \n", max_size=30))
MARK = "quokka"
FAITHFUL = MarkdownIt("gfm-like", {"linkify": True, "html": True})
JOINER = "\N{WORD JOINER}"
SPACED = {"heading", "list_item", "paragraph", "hardbreak", "text", "text_special"}
OURS = {"heading", "bullet_list", "list_item", "paragraph", "inline", "text", "strong", "hardbreak", "text_special"}


def hostile(text: str) -> ConversationScenario:
    """A scenario in which every text is this one."""
    phase: dict[str, Any] = {"name": text, "description": text, "cultural_notes": text}
    lists = ("key_vocabulary", "essential_phrases", "learning_objectives", "success_criteria")
    phase |= {name: [text] for name in lists}
    fields: dict[str, Any] = {name: [text] for name in ("prerequisites", "learning_outcomes", "vocabulary_focus")}
    names = ("name", "description", "setting", "user_role", "ai_role", "category", "difficulty")
    fields |= dict.fromkeys(names, text)
    context = {"a_topic": text, "topics": [text, {"deeper": text}], text: 1}
    return scenario(**fields, language=text, cultural_context=context, phases=[phase_document(**phase)])


def entry(title: str) -> CatalogueEntry:
    made = scenario(name=title, category=title, difficulty=title)
    return CatalogueEntry.of(made, Store.CUSTOM, owner_id=7, is_public=False, state="ready")


def flat(text: str) -> str:
    """The text as far as a page or a lesson shows it: white space is one space, and ids are read as words."""
    return " ".join(text.replace("_", " ").split())


class Seen(HTMLParser):
    """The elements, attributes and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.values: list[tuple[str, str, str]] = []
        self.nodes = [""]
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.nodes.append("")
        self.attributes |= {name for name, _ in attrs}
        self.values += [(tag, name, flat(value or "")) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.elements.append(f"/{tag}")
        self.nodes.append("")

    def handle_data(self, data: str) -> None:
        self.nodes[-1] += data
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


@given(SCENARIOS)
def test_json_loses_nothing_of_any_scenario(fields: dict[str, Any]) -> None:
    it = ConversationScenario.model_validate_json(json.dumps(scenario_document(**fields)))
    [record] = json.loads(exports.to_json(it)).values()
    assert ConversationScenario.model_validate_json(json.dumps(record)) == it


def test_json_refuses_a_number_that_it_cannot_hold_and_says_in_which_scenario() -> None:
    with pytest.raises(InvalidScenarioError) as caught:
        exports.many_to_json([scenario("fine"), scenario("odd", house_style=[float("inf")])])
    assert [fault.scenario_id for fault in caught.value.faults] == ["odd"]


@given(TEXTS)
def test_a_page_shows_what_people_wrote_and_runs_nothing_of_it(text: str) -> None:
    assume(flat(text))
    tame, wild = seen(exports.to_html(hostile(MARK))), seen(exports.to_html(hostile(text)))
    assert wild.elements == tame.elements
    assert [flat(node) for node in wild.nodes] == [flat(node.replace(MARK, text)) for node in tame.nodes]
    assert wild.values == [(tag, name, flat(value.replace(MARK, text))) for tag, name, value in tame.values]
    assert not {"script", "img", "a"} & set(wild.elements)


@given(SCENARIOS)
def test_every_scenario_has_a_page_and_a_lesson(fields: dict[str, Any]) -> None:
    it = ConversationScenario.model_validate_json(json.dumps(scenario_document(**fields)))
    assert exports.to_html(it).startswith("<!doctype html>")
    assert exports.to_markdown(it).startswith("# ")


def test_a_page_leaves_out_what_nobody_wrote() -> None:
    page = seen(exports.to_html(hostile("  ")))
    assert "Untitled scenario" in page.text
    assert not {"Setting", "Key vocabulary", "Cultural note"} & set(page.nodes)


def test_a_page_asks_for_nothing_from_elsewhere() -> None:
    page = exports.to_html(scenario())
    assert "http:" not in page
    assert "https:" not in page
    assert "default-src 'none'" in page


@given(TEXTS)
@example("a\n\n\nb\n \nc")
def test_markdown_reads_what_people_wrote_as_text(text: str) -> None:
    assume(flat(text))
    tame, wild = list(tokens(exports.to_markdown(hostile(MARK)))), list(tokens(exports.to_markdown(hostile(text))))
    assert {kind(each) for each in wild} <= OURS
    for ours in ("heading_open", "bullet_list_open", "list_item_open", "strong_open"):
        assert sum(each.type == ours for each in wild) == sum(each.type == ours for each in tame)
    assert shown(wild) == flat(shown(tame).replace(MARK, flat(text).replace("\0", "\ufffd"))).replace(JOINER, "")


def kind(token: Any) -> str:
    return str(token.type).removesuffix("_open").removesuffix("_close")


def shown(found: list[Any]) -> str:
    """All that a reader sees, lines and blocks apart."""
    parts = (each.content if each.type in {"text", "text_special"} else " " for each in found if kind(each) in SPACED)
    return flat("".join(parts)).replace(JOINER, "")


def test_lines_and_paragraphs_stay_apart_in_markdown() -> None:
    lesson = exports.to_markdown(scenario(description="A - hello\nB - hi\n\n- the end", learning_outcomes=["x\n\ny"]))
    assert "A \\- hello\\\nB \\- hi\n\n\\- the end\n" in lesson
    assert "\n- x\n\n  y\n" in lesson


def test_context_becomes_an_outline_that_stops_at_four_levels() -> None:
    assert outline(None) == outline("") == outline({}) == ()
    assert outline("Be kind") == (Topic("", "Be kind"),)
    given_names = outline({"who_pays": [True, None, 2], "empty": []})
    assert given_names == (
        Topic("who pays", below=(Topic("", "yes"), Topic("", "none"), Topic("", "2"))),
        Topic("empty", "[]"),
    )
    topic = outline({"a": {"b": {"c": {"d": {"e": 1}}}}})[0]
    for _ in range(DEEPEST - 1):
        topic = topic.below[0]
    assert topic == Topic("d", '{"e": 1}')


@given(JSON)
def test_any_context_can_be_outlined(value: Any) -> None:
    assert isinstance(outline(value), tuple)


@pytest.mark.parametrize("text", FORMULAS, ids=range(len(FORMULAS)))
def test_no_cell_of_a_table_is_a_formula(text: str) -> None:
    assert neutralised(text) == f"'{text}"
    cells = next(csv.DictReader(io.StringIO(exports.to_csv([entry(text)]).decode("utf-8-sig"), newline="")))
    assert cells["title"] == f"'{text}"
    book = openpyxl.load_workbook(io.BytesIO(exports.to_xlsx([entry(text)])))
    kinds = {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row}
    assert "f" not in kinds


@given(TEXTS | st.sampled_from(FORMULAS))
def test_a_table_keeps_every_other_text(text: str) -> None:
    [row] = csv.DictReader(io.StringIO(exports.to_csv([entry(text)]).decode("utf-8-sig"), newline=""))
    assert row["title"] in {text, f"'{text}"}
    assert all(cell.lstrip()[:1] not in set("=+-@") and cell[:1] not in set("\t\r\n") for cell in row.values())


@given(TEXTS | st.sampled_from(FORMULAS))
def test_a_workbook_keeps_every_text_as_a_text(text: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(exports.to_xlsx([entry(text)]))).active
    assert sheet is not None
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    kept = "".join(sign for sign in text if sign in "\t\r\n" or (sign >= " " and sign not in "\ufffe\uffff"))
    assert (sheet.cell(2, 2).value or "") == re.sub("\r\n?", "\n", kept)


def test_a_workbook_keeps_texts_that_its_format_can_hold_and_leaves_out_what_it_cannot() -> None:
    long = "x" * (LONGEST_CELL + 10)
    content = exports.to_xlsx([entry("Café \x00\x07☕"), entry(long), entry("12"), entry("https://example.com")])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:L5"
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


def test_a_cell_is_cut_where_excel_counts_an_emoji_as_two_characters() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(exports.to_xlsx([entry("☕" + "🎈" * LONGEST_CELL)]))).active
    assert sheet is not None
    assert sheet.cell(2, 2).value == "☕" + "🎈" * (LONGEST_CELL // 2)


def test_the_file_of_a_scenario_goes_by_its_id_where_the_title_has_no_latin_letter() -> None:
    assert exports.file_name(scenario("travel_kyoto", name="京都"), "json") == "travel-kyoto.json"
    assert exports.file_name(scenario("travel_kyoto", name="Kyōto"), "json") == "kyoto.json"


@given(st.text(max_size=200))
def test_every_title_makes_a_short_plain_file_name(title: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.xlsx", exports.file_name(title, "xlsx"))
    assert len(exports.file_name(title, "xlsx")) <= 80
