"""A figure's files hold what is drawn, say which runs that is, and keep what people wrote as text."""

from __future__ import annotations

import csv
import io
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import altair as alt
import jsonschema
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from dashboard.charts.figure import Figure
from dashboard.usage.about import About
from dashboard.usage.files import FORMS, SCALE, drawn, encoded
from scenario_core.analysis import Analyst
from scenario_core.errors import UsageError
from scenario_core.escaping import neutralised
from scenario_core.exports.sheets import cells_of, plain_rows
from scenario_core.integrity.reports.content import visible
from scenario_core.usage.filters import Mark, UsageFilter
from scenario_core.usage.measures import Measure
from scenario_core.usage.period import Comparison, Period
from scenario_core.usage.run import Source
from tests.dashboard.usage_data import CHOSEN, HOSTILE, MOMENT, Drawn, figures_of, hostile_desk

NAMES: Final = (
    "over_time", "completion", "funnel", "durations", "phase_durations", "retention", "first_attempts", "coverage",
    "stores", "copies", "vocabulary", "at_risk",
)  # fmt: skip
PICTURED: Final = tuple(name for name in NAMES if name not in {"phase_durations", "copies"})
SAID: Final = ("31 August 2026 to 28 November 2026 (90 days)", "2026-11-28 01:00:00+01:00", "Europe/Berlin")
SVG: Final = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Drawn]]:
    with hostile_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield figures_of(Analyst.configured(desk), CHOSEN, Mark(scenario="scenario_2", started=True))


def file_of(made: Drawn, form: str) -> bytes:
    return encoded(made.figure, form, made.about)


def parsed(svg: bytes) -> Element:
    return ET.fromstring(svg.decode())  # noqa: S314 - the project wrote it itself


def test_every_figure_is_among_the_examples(figures: dict[str, Drawn]) -> None:
    assert tuple(figures) == NAMES
    assert {name for name, made in figures.items() if made.figure.chart is not None} == set(PICTURED)


@pytest.mark.parametrize("name", NAMES)
def test_csv_holds_the_rows_that_are_drawn(figures: dict[str, Drawn], name: str) -> None:
    made = figures[name]
    frame = drawn(made.figure)
    content = file_of(made, "csv")
    assert content.startswith(b"\xef\xbb\xbf#,")
    assert content.endswith(b"\r\n")
    read = pd.read_csv(io.BytesIO(content), comment="#", keep_default_na=False, na_values=[""])
    assert list(read.columns) == list(frame.columns)
    assert len(read) == len(frame)
    for column in frame.columns:
        expected = [
            neutralised(cell) if isinstance(cell, str) else cell for cell in (row[column] for row in cells_of(frame))
        ]
        assert [None if pd.isna(cell) else cell for cell in read[column].tolist()] == [
            cell or None if cell == "" else cell for cell in expected
        ]


@pytest.mark.parametrize("name", NAMES)
def test_csv_says_which_runs_it_is_of_in_three_cells_a_line(figures: dict[str, Drawn], name: str) -> None:
    made = figures[name]
    lines = [
        row for row in csv.reader(io.StringIO(file_of(made, "csv").decode("utf-8-sig"), newline="")) if row[0] == "#"
    ]
    assert {len(row) for row in lines} == {3}
    told = {row[1]: row[2] for row in lines}
    assert (told["Period"], told["Made at"], told["Time zone"]) == SAID
    assert told["Figure"] == made.figure.title
    assert told["Counted"] == f"{made.about.counted:,}"
    assert told["Picked"] == neutralised(" ".join(f"scenario: {HOSTILE[2]} (scenario_2)".split()))
    assert told["Sample"].startswith("Sample runs: made up")
    assert [row[2] for row in lines if row[1] == "Note"] == [
        neutralised(" ".join(note.split())) for note in made.about.notes
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_holds_the_rows_and_a_sheet_about_them_without_a_formula(
    figures: dict[str, Drawn], name: str
) -> None:
    made = figures[name]
    frame = drawn(made.figure)
    book = openpyxl.load_workbook(io.BytesIO(file_of(made, "xlsx")))
    assert book.sheetnames == ["Rows", "About"]
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    heading, *rows = book["Rows"].iter_rows(values_only=True)
    assert list(heading) == list(frame.columns)
    expected = [[_held(cell) for cell in row.values()] for row in cells_of(frame)]
    assert [[*row] for row in rows if row != (None,) * len(heading)] == expected
    told = {what: text for what, text, *_ in book["About"].iter_rows(min_row=2, values_only=True)}
    assert (told["Period"], told["Made at"], told["Time zone"]) == SAID


def _held(cell: Any) -> Any:
    """What a workbook can hold of a cell: 16 digits of a number, and no character that XML forbids."""
    if isinstance(cell, float):
        return pytest.approx(cell, rel=1e-15)
    return re.sub("[\x00-\x08\x0b-\x1f]", "", cell) if isinstance(cell, str) else cell


@pytest.mark.parametrize("name", NAMES)
def test_parquet_is_read_back_as_the_very_frame(figures: dict[str, Drawn], name: str) -> None:
    made = figures[name]
    table = pq.read_table(io.BytesIO(file_of(made, "parquet")))
    pd.testing.assert_frame_equal(table.to_pandas(), drawn(made.figure))
    told = json.loads(table.schema.metadata[b"scenario_desk"])
    assert (told["Period"], told["Made at"], told["Time zone"]) == SAID
    assert told.get("Note", "") == "\n".join(made.about.notes)


@pytest.mark.parametrize("name", PICTURED)
def test_png_is_a_sharp_picture_that_carries_what_it_is_of(figures: dict[str, Drawn], name: str) -> None:
    made = figures[name]
    content = file_of(made, "png")
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    root = parsed(file_of(made, "svg"))
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        assert [side / SCALE for side in picture.size] == pytest.approx(
            [float(root.attrib[side]) for side in ("width", "height")], abs=1
        )
        told: dict[str, str] = picture.text  # type: ignore[attr-defined]  # PNG files have it
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 20
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert (told["Period"], told["Made at"], told["Time zone"]) == SAID
    assert told["In words"] == visible(made.figure.text)


def test_a_png_draws_its_letters(figures: dict[str, Drawn]) -> None:
    """A font that is asked for in the wrong way leaves all texts out, without an error."""
    with Image.open(io.BytesIO(file_of(figures["at_risk"], "png"))) as picture:
        head = picture.convert("L").crop((0, 0, picture.width, 160))
    dark = sum(count for count, shade in head.getcolors() or [] if isinstance(shade, int) and shade < 100)
    assert dark > 1_000


@pytest.mark.parametrize("name", PICTURED)
def test_svg_is_a_drawing_with_a_title_and_nothing_that_runs_or_is_fetched(
    figures: dict[str, Drawn], name: str
) -> None:
    made = figures[name]
    root = parsed(file_of(made, "svg"))
    assert (root[0].tag, root[0].text) == (f"{SVG}title", made.figure.title)
    assert root[1].tag == f"{SVG}desc"
    assert [line for line in SAID if line not in (root[1].text or "")] == []
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        "svg", "title", "desc", "rect", "g", "path", "text", "line", "defs", "clipPath", "tspan",
    }  # fmt: skip
    names = {attribute for each in root.iter() for attribute in each.attrib}
    assert [each for each in names if "href" in each or each.startswith("on")] == []
    shown = "\n".join("".join(each.itertext()) for each in root.iter(f"{SVG}text"))
    assert made.figure.title in shown
    assert "compared with" in shown.lower()


@pytest.mark.parametrize("name", PICTURED)
def test_vega_lite_is_valid_and_holds_the_rows_that_are_drawn(figures: dict[str, Drawn], name: str) -> None:
    made = figures[name]
    spec = json.loads(file_of(made, "vega-lite"))
    schema = json.loads((files("altair.vegalite.v6.schema") / "vega-lite-schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(spec, schema)
    told = spec["usermeta"]["scenario_desk"]
    assert (told["Period"], told["Made at"], told["Time zone"]) == SAID
    assert isinstance(spec["width"], int)
    assert '"url"' not in json.dumps(spec)
    [rows] = spec["datasets"].values()
    expected = plain_rows(drawn(made.figure))
    if name == "retention":
        expected = [row for row in expected if row["week"] > 0]
    assert [{column: row[column] for column in expected[0]} for row in rows] == expected


@pytest.mark.parametrize("name", ["completion", "durations", "vocabulary"])
@pytest.mark.parametrize("form", FORMS)
def test_hostile_titles_are_in_every_file_as_text(figures: dict[str, Drawn], name: str, form: str) -> None:
    made = figures[name]
    titles = set(made.figure.frame["title"])
    assert titles <= set(HOSTILE)
    assert len(titles) >= 1
    content = file_of(made, form)
    if form == "svg":
        shown = [each.text or "" for each in parsed(content).iter(f"{SVG}text")]
        assert [title for title in titles if not any(visible(title)[:12] in text for text in shown)] == []
        assert "\u202e" not in content.decode()
    elif form == "vega-lite":
        [rows] = json.loads(content)["datasets"].values()
        assert {row["title"] for row in rows} == titles
    elif form == "parquet":
        assert set(pq.read_table(io.BytesIO(content))["title"].to_pylist()) == titles


@pytest.mark.parametrize("name", ["phase_durations", "copies"])
@pytest.mark.parametrize("form", FORMS)
def test_where_nothing_is_drawn_there_are_tables_and_a_clear_error_for_pictures(
    figures: dict[str, Drawn], name: str, form: str
) -> None:
    made = figures[name]
    if not FORMS[form].is_picture:
        assert file_of(made, form)
        return
    with pytest.raises(UsageError) as caught:
        file_of(made, form)
    assert made.figure.text in str(caught.value)
    assert "CSV, XLSX and Parquet" in str(caught.value)


def test_what_is_said_of_a_filter_names_everything_that_narrows_it() -> None:
    chosen = UsageFilter(
        Period(date(2026, 3, 1), date(2026, 3, 1)), comparison=Comparison.YEAR, stores=("custom",),
        categories=("travel", "social"), difficulties=("native",), languages=("pt-BR",), scenarios=("one", "two"),
        sources=(Source.APP, Source.REHEARSAL),
    )  # fmt: skip
    figure = Figure("stores", "Stores", pd.DataFrame({"label": ["a"], "n": [1]}), None, "In words.", ("A note.",))
    measure = Measure("stores", figure.frame, 1_234)
    about = About.of(
        figure, measure, chosen, datetime(2026, 3, 2, 23, 30, 0, 5, UTC), "Asia/Tokyo",
        picked=Mark(begins=date(2026, 3, 1), ends=date(2026, 3, 1), reached=2, started=True), titles={"one": "First"},
    )  # fmt: skip
    assert about.pairs(figure) == [
        ("Figure", "Stores"),
        ("Period", "1 March 2026 to 1 March 2026 (1 day)"),
        ("Stretches", "weeks"),
        ("Compared with", "the same weekdays a year before: 2 March 2025 to 2 March 2025 (1 day)"),
        ("Runs", "runs in the app, authors' rehearsals"),
        (
            "Filters",
            "store: custom; category: travel, social; difficulty: native; language: pt-BR; scenario: First (one), two",
        ),
        ("Time zone", "Asia/Tokyo"),
        ("Picked", "1 March 2026 to 1 March 2026 (1 day); runs that reached phase 2"),
        ("Made at", "2026-03-03 08:30:00+09:00"),
        ("Counted", "1,234"),
        ("Note", "A note."),
    ]  # fmt: skip
    assert list(drawn(figure).columns) == ["n"]
    assert MOMENT.tzinfo is not None


def _elsewhere(data: Any) -> Any:
    del data
    return {"name": "elsewhere"}


def test_a_setting_of_altair_for_the_whole_process_takes_no_rows_out_of_a_file(figures: dict[str, Drawn]) -> None:
    """Streamlit changes that setting while it draws a page of somebody else."""
    before = file_of(figures["completion"], "vega-lite")
    alt.data_transformers.register("elsewhere", _elsewhere)
    with alt.data_transformers.enable("elsewhere"):
        assert file_of(figures["completion"], "vega-lite") == before


def test_no_address_is_fetched_for_a_picture(figures: dict[str, Drawn]) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/rows.json"
        server.settimeout(0.2)
        made = replace(figures["completion"].figure, chart=alt.Chart(address).mark_point().encode(x="a:Q"))
        for form in ("svg", "png"):
            with pytest.raises(ValueError, match="not allowed"):
                encoded(made, form, figures["completion"].about)
        with pytest.raises(TimeoutError):
            asked.append(server.accept()[0].recv(1))
    assert asked == []


def test_the_files_of_two_looks_at_the_same_runs_are_the_same(tmp_path: Path) -> None:
    with hostile_desk(tmp_path, runs=500) as desk:
        analyst = Analyst.configured(desk)
        first, second = (figures_of(analyst, CHOSEN)["completion"] for _ in range(2))
    for form in ("csv", "parquet", "png"):
        assert file_of(first, form) == file_of(second, form)
