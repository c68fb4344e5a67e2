"""A figure as a file: its rows as CSV, XLSX or Parquet, its picture as PNG or SVG, and both as Vega-Lite JSON.

Each holds exactly what is drawn and says which runs that is, and when it was made. Whatever people wrote stays text.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import vl_convert
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from dashboard.charts.figure import Figure
from dashboard.usage.about import About
from dashboard.usage.picture import LIGHT, Look, spec_of, visible_spec
from scenario_core.errors import UsageError
from scenario_core.exports.sheets import Cell, Sheet, cells_of, csv_of, workbook_of
from scenario_core.integrity.reports.content import visible

__all__ = ["FORMS", "About", "Form", "drawn", "encoded", "svg_of"]

SCALE: Final = 2
"""Pixels of a PNG to each of its points."""
_PIXELS_AN_INCH: Final = 72
_HELPERS: Final = ("label", "key")
"""Columns that only the drawing needs: what an axis says and what a click picks by are put together from the others."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form: what it is called, how its files end, and what browsers call it."""

    title: str
    extension: str
    mime: str
    is_picture: bool = False


FORMS: Final[dict[str, Form]] = {
    "csv": Form("CSV table", "csv", "text/csv"),
    "xlsx": Form("Excel table", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": Form("Parquet", "parquet", "application/vnd.apache.parquet"),
    "png": Form("PNG picture", "png", "image/png", is_picture=True),
    "svg": Form("SVG picture", "svg", "image/svg+xml", is_picture=True),
    "vega-lite": Form("Vega-Lite chart", "vl.json", "application/json", is_picture=True),
}
"""Every form by its name. Those that are pictures need something that is drawn."""


def encoded(figure: Figure, form: str, about: About) -> bytes:
    """The file of a figure in a form of `FORMS`.

    Raises:
        UsageError: a picture is wanted of a figure in which nothing is drawn.
        KeyError: there is no such form.
    """
    if FORMS[form].is_picture and figure.chart is None:
        raise UsageError(
            f"There is no picture of {figure.title!r}: {figure.text}",
            hint="CSV, XLSX and Parquet hold the columns all the same.",
        )
    return _ENCODERS[form](figure, about)


def drawn(figure: Figure) -> pd.DataFrame:
    """The rows that are drawn, without the columns that repeat others for the drawing alone: `label` and `key`."""
    return figure.frame.drop(columns=[name for name in _HELPERS if name in figure.frame])


def svg_of(figure: Figure, about: About | None = None, look: Look = LIGHT) -> str:
    """The picture as SVG, titled and explained where there is something to say about it.

    It fetches nothing, neither when it is made nor when it is shown.
    """
    svg: str = vl_convert.vegalite_to_svg(visible_spec(spec_of(figure, about, look)), allowed_base_urls=[])
    if about is None:
        return svg
    head, _, rest = svg.partition(">")
    said = "\n".join(f"{name}: {text}" for name, text in _told(figure, about).items())
    return f"{head}><title>{_xml(figure.title)}</title><desc>{_xml(said)}</desc>{rest}"


def _csv(figure: Figure, about: About) -> bytes:
    frame = drawn(figure)
    return csv_of(list(frame.columns), cells_of(frame), about.pairs(figure))


def _xlsx(figure: Figure, about: About) -> bytes:
    frame = drawn(figure)
    said: list[Mapping[str, Cell]] = [{"what": name, "is": text} for name, text in about.pairs(figure)]
    return workbook_of(
        Sheet("Rows", list(frame.columns), cells_of(frame)),
        Sheet("About", ["what", "is"], said, {"what": 16, "is": 100}),
    )


def _parquet(figure: Figure, about: About) -> bytes:
    table = pa.Table.from_pandas(drawn(figure), preserve_index=False)
    table = table.replace_schema_metadata(
        {**(table.schema.metadata or {}), b"scenario_desk": orjson.dumps(_told(figure, about))}
    )
    target = io.BytesIO()
    pq.write_table(table, target, compression="zstd")
    return target.getvalue()


def _png(figure: Figure, about: About) -> bytes:
    made = vl_convert.vegalite_to_png(visible_spec(spec_of(figure, about, LIGHT)), scale=SCALE, allowed_base_urls=[])
    info = PngInfo()
    for name, text in _told(figure, about).items():
        info.add_itxt(name, visible(text))
    target = io.BytesIO()
    with Image.open(io.BytesIO(made)) as picture:
        picture.save(target, "PNG", pnginfo=info, dpi=(SCALE * _PIXELS_AN_INCH,) * 2)
    return target.getvalue()


def _svg(figure: Figure, about: About) -> bytes:
    return svg_of(figure, about).encode()


def _vega_lite(figure: Figure, about: About) -> bytes:
    spec = spec_of(figure, about, LIGHT) | {"usermeta": {"scenario_desk": _told(figure, about)}}
    return orjson.dumps(spec, option=orjson.OPT_INDENT_2)


def _told(figure: Figure, about: About) -> dict[str, str]:
    """What there is to say of a picture and of its rows, one text for each name."""
    told: dict[str, str] = {}
    for name, text in [*about.pairs(figure), ("In words", figure.text)]:
        told[name] = f"{told[name]}\n{text}" if name in told else text
    return told


def _xml(text: str) -> str:
    return escape(visible(text))


_ENCODERS: Final[dict[str, Callable[[Figure, About], bytes]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
    "png": _png,
    "svg": _svg,
    "vega-lite": _vega_lite,
}
