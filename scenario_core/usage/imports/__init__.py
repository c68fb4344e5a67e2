"""Imports of runs: files in four forms, and the existing app's database. A plan first, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scenario_core.usage.imports.app_database import AppDatabase
from scenario_core.usage.imports.applying import RunImport, apply, imports, plan
from scenario_core.usage.imports.forms import FILE_FORMS, Form, Source, form_of
from scenario_core.usage.imports.parquet_file import ParquetFile
from scenario_core.usage.imports.plan import ImportPlan
from scenario_core.usage.imports.statements import XapiFile
from scenario_core.usage.imports.text_files import CsvFile, JsonLinesFile

__all__ = [
    "FILE_FORMS",
    "AppDatabase",
    "CsvFile",
    "Form",
    "ImportPlan",
    "JsonLinesFile",
    "ParquetFile",
    "RunImport",
    "Source",
    "XapiFile",
    "apply",
    "file_source",
    "form_of",
    "imports",
    "plan",
]


def file_source(path: Path, form: Form, *, ignore_unknown: bool = False) -> Source:
    """A file of one of the forms; `ignore_unknown` lets columns pass that a run does not have."""
    made: dict[Form, Callable[..., Source]] = {
        Form.CSV: CsvFile,
        Form.JSONL: JsonLinesFile,
        Form.PARQUET: ParquetFile,
        Form.XAPI: XapiFile,
    }
    return made[form](path, ignore_unknown=ignore_unknown)
