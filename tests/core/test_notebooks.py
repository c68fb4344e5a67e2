"""The notebooks run as they are committed: from either folder, without a network, and without touching the data."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from dashboard.charts.figures import figure
from dashboard.usage.files import drawn
from dashboard.usage.keeper import UsageKeeper
from dashboard.usage.view import UsageView
from scenario_core.analysis import Analyst, engine_of
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.custom.columns import now
from scenario_core.settings import Settings
from scenario_core.stewardship.sample_runs import add_sample
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.measures import MEASURES
from scenario_core.usage.period import today_in
from tests.core.calling import SETTINGS
from tests.factories import ROOT, SHIPPED

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(path.name for path in FOLDER.glob("*.ipynb"))
CATALOGUE, USAGE, INTEGRITY = "01_catalogue.ipynb", "02_usage.ipynb", "03_integrity.ipynb"
SHOWN = {
    CATALOGUE: ["31 scenarios, 0 that can't be read", "hotel_check_in", "daily_life", "all"],
    USAGE: ["5,000 sample runs", "sample runs, which are made up", "phase_durations", "overall_rate", "in the chart"],
    INTEGRITY: [
        "green: 2 notices: 36 checks over 31 production scenarios",
        "a single rooom for two nights",
        *("CQ201", "CQ209", "CQ211", "CQ215", "IC103", "IC105"),
        "ja: no word list",
        "2       3  green",
    ],
}
"""What a reader must find in what a notebook puts out."""
SECONDS = 60
KERNEL = "scenario-desk-tests"

GUARD = """
import socket, warnings

def refuse(*_):
    raise OSError("a notebook may not use the network")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
warnings.simplefilter("error")
"""
AT_EASE = 'warnings.simplefilter("default")'
"""After the last cell, since the kernel warns of itself when it ends."""


def read(name: str) -> Any:
    return nbformat.read(FOLDER / name, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def data_files() -> dict[str, str]:
    """What lies in data/, databases aside, by its hash."""
    files = [path for path in (ROOT / "data").rglob("*") if path.is_file() and ".db" not in path.name]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kernel of this very Python, known to this test alone."""
    spec = tmp_path / "data" / "kernels" / KERNEL / "kernel.json"
    spec.parent.mkdir(parents=True)
    arguments = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": arguments, "display_name": KERNEL, "language": "python"}), encoding="utf-8")
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "TMPDIR"):
        folder = tmp_path / name.removeprefix("JUPYTER_").removesuffix("_DIR").lower()
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv(name, str(folder))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    for name in SETTINGS:
        monkeypatch.delenv(f"SCENARIO_DESK_{name}", raising=False)
    return KERNEL


def execute(notebook: Any, kernel: str, folder: Path) -> Any:
    """The notebook's code cells with what they put out; a warning is an error, and so is a call over the network."""
    cells = notebook.cells
    new = nbformat.v4.new_code_cell
    notebook.cells = [new(GUARD), *cells, new(AT_EASE)]  # type: ignore[no-untyped-call]  # nbformat has no types
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name=kernel, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    notebook.cells = cells
    return code_cells(notebook)


def said(cells: list[Any]) -> str:
    return "\n".join(
        output.data["text/plain"] for cell in cells for output in cell.outputs if "text/plain" in output.get("data", {})
    )


@pytest.mark.slow
@pytest.mark.parametrize("folder", [ROOT, FOLDER], ids=["from the repository", "from its folder"])
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_from_either_folder_shows_its_findings_and_leaves_the_data_alone(
    kernel: str, name: str, folder: Path, tmp_path: Path
) -> None:
    before = data_files()
    cells = execute(read(name), kernel, folder)
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type in {"stream", "error"}] == []
    shown = said(cells)
    assert [each for each in SHOWN[name] if each not in shown] == []
    assert sum("vega-embed" in output.data.get("text/html", "") for output in outputs) >= 1
    assert data_files() == before
    assert list((tmp_path / "tmpdir").iterdir()) == []


@pytest.mark.slow
def test_the_frames_of_the_notebook_are_those_of_the_page(kernel: str, tmp_path: Path) -> None:
    """Through the page's own ways: its address, its keeper of measures, its figures, and the rows that it shows."""
    notebook, folder = read(USAGE), tmp_path / "frames"
    folder.mkdir()
    kept = f"for name, frame in frames.items():\n    frame.to_pickle(f'{folder.as_posix()}/{{name}}.pickle')"
    notebook.cells.insert(-2, nbformat.v4.new_code_cell(kept))  # type: ignore[no-untyped-call]  # nbformat has no types
    execute(notebook, kernel, ROOT)

    with own_desk(tmp_path) as desk:
        keeper = UsageKeeper(engine_of(desk), desk.dataset)
        assert keeper.look() is not None
        analyst = Analyst(desk, keeper.engine, desk.directory.person(1))
        today = today_in(desk.settings.time_zone, now())
        chosen = UsageView().filter(today, today, only_sample=analyst.has_only_sample)
        names = {path.stem for path in folder.iterdir()}
        measures = keeper.measures(analyst, {name: (name, chosen) for name in names}, today)
        shown = {name: drawn(figure(measure)) for name, measure in measures.items()}
        keeper.close()
    assert names == set(MEASURES) - {"totals"}
    assert sum(len(frame) for frame in shown.values()) > 200
    for name, frame in shown.items():
        pd.testing.assert_frame_equal(pd.read_pickle(folder / f"{name}.pickle"), frame)  # noqa: S301 - written above


@contextmanager
def own_desk(folder: Path) -> Iterator[Desk]:
    """The notebook's desk, made once more."""
    database = f"sqlite:///{(folder / 'desk.db').as_posix()}"
    desk = Desk.open(Settings.read(production=SHIPPED, database=database, usage=folder / "usage"))
    schema.upgrade(desk.engine)
    add_sample(Steward.configured(desk), 5_000, seed=1)
    yield desk
    desk.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", ["import warnings; warnings.warn('old')", "import urllib.request as r; r.urlopen('http://127.0.0.1:1')"]
)
def test_a_notebook_that_warns_or_reaches_out_would_fail(kernel: str, fault: str, tmp_path: Path) -> None:
    new = nbformat.v4
    notebook = new.new_notebook(cells=[new.new_code_cell(fault)])  # type: ignore[no-untyped-call]  # nbformat has no types
    with pytest.raises(Exception, match=r"UserWarning\S*: old|may not use the network"):
        execute(notebook, kernel, tmp_path)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_committed_without_outputs_and_counts(name: str) -> None:
    cells = code_cells(read(name))
    assert cells
    assert [cell for cell in cells if cell.outputs or cell.execution_count is not None] == []
    assert set(read(name).metadata) <= {"kernelspec", "language_info"}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_code_cell_is_led_by_a_sentence(name: str) -> None:
    cells = read(name).cells
    unled = [
        cell.source
        for before, cell in zip([None, *cells], cells, strict=False)
        if cell.cell_type == "code"
        and (before is None or before.cell_type != "markdown" or not before.source.rstrip().endswith((".", ":")))
    ]
    assert unled == []


def test_all_notebooks_are_there() -> None:
    assert NOTEBOOKS == [CATALOGUE, USAGE, INTEGRITY]
