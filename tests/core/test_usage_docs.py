"""What docs/usage.md says of runs, measures and settings is what the code has, and its examples can be imported.

`SCENARIO_DESK_WRITE_DOCS=1` writes the two parts that follow from the code.
"""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path
from typing import Final

import pytest

from scenario_core.settings import Settings
from scenario_core.usage.measures import MEASURES
from scenario_core.usage.run import MEANINGS, SCHEMA
from tests.core.calling import Run
from tests.factories import ROOT

PAGE: Final = ROOT / "docs" / "usage.md"
VARIABLE: Final = "SCENARIO_DESK_WRITE_DOCS"
EXAMPLES: Final = {"csv": 2, "jsonl": 1, "xapi": 1}
"""The examples of forms, and how many runs each holds."""


def columns() -> str:
    rows = [f"| `{field.name}` | {field.type} | {MEANINGS[field.name]} |" for field in SCHEMA]
    return "\n".join(["| column | type | what it holds |", "|---|---|---|", *rows])


def measures() -> str:
    return "\n".join(f"- **{name}**. {' '.join((inspect.getdoc(ask) or '').split())}" for name, ask in MEASURES.items())


@pytest.mark.parametrize(
    ("part", "made"), [("columns", columns()), ("measures", measures())], ids=["columns", "measures"]
)
def test_the_page_says_what_the_code_says(part: str, made: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    wanted = f"<!-- {part} -->\n{made}\n<!-- end -->"
    if os.environ.get(VARIABLE):
        text = re.sub(rf"<!-- {part} -->\n.*?<!-- end -->", lambda _: wanted, text, flags=re.DOTALL)
        PAGE.write_text(text, encoding="utf-8")
    assert wanted in text, f"run this test with {VARIABLE}=1"


def test_every_setting_of_usage_is_told_with_its_default() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    defaults = {name: str(Settings.model_fields[name].default) for name in told}
    assert told == defaults
    assert {name for name in Settings.model_fields if name.startswith("usage")} <= told.keys()


@pytest.mark.parametrize("form", EXAMPLES)
def test_an_example_can_be_imported(run: Run, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENARIO_DESK_SMALLEST_GROUP", "1")
    [example] = re.findall(rf"^```{form}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    path = Path(f"example.{form}")
    path.write_text(example, encoding="utf-8")
    code, out, err = run("usage", "import", str(path), "--form", form)
    assert (code, err) == (0, ""), out
    code, out, err = run("usage", "measure", "totals", "--from", "2026-11-01", "--to", "2026-11-05")
    assert f"Counted: {EXAMPLES[form]}" in out


def test_its_commands_are_there(run: Run) -> None:
    named = set(re.findall(r"scenario-desk usage ([a-z-]+)|`usage ([a-z-]+)", PAGE.read_text(encoding="utf-8")))
    for command in sorted({first or second for first, second in named}):
        assert run("usage", command, "--help")[0] == 0, command
