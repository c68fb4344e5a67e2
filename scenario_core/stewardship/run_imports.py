"""Imports and exports of runs by a person at the desk: who may, and from where to where."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from scenario_core.custom import audit
from scenario_core.custom.engine import READ_ONLY, create_engine, translated_errors
from scenario_core.errors import DatasetError, SchemaOutdatedError
from scenario_core.people import Operation
from scenario_core.production.atomic import flush_folder, real
from scenario_core.progress import Progress, silent
from scenario_core.scenario import Store
from scenario_core.stewardship.steward import Steward
from scenario_core.usage import imports
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.exporting import Period, export_runs
from scenario_core.usage.imports import Form, ImportPlan, RunImport, Source
from scenario_core.usage.learners import pseudonym_key
from scenario_core.usage.scope import PRIVATE, scope_of


def plan(steward: Steward, source: Source, progress: Progress = silent) -> ImportPlan:
    """What an import would do; nothing is changed.

    Raises:
        PermissionDeniedError: the person may not manage runs.
        InvalidRunsError: the source as a whole can't be read; faults of single records are in the plan.
        DatasetError: another process is writing the dataset, or its folder can't be written.
        DatabaseError: the database does not answer.
    """
    steward.require(Operation.MANAGE_RUNS)
    return imports.plan(steward.desk.dataset, source, _production(steward), progress)


def apply(
    steward: Steward, source: Source, *, leave_out_faulty: bool = False, progress: Progress = silent
) -> ImportPlan:
    """Import what is new, all of it or nothing, and return what was done.

    Raises:
        PermissionDeniedError: the person may not manage runs.
        InvalidRunsError: there are faults, and records that have one are not to be left out.
        StalePlanError: the source changed while it was read.
        DatasetError: another process is writing the dataset, or its folder can't be written.
        DatabaseError: the database does not answer.
    """
    steward.require(Operation.MANAGE_RUNS)
    return imports.apply(
        steward.desk.dataset,
        source,
        _production(steward),
        actor_id=steward.user_id,
        leave_out_faulty=leave_out_faulty,
        progress=progress,
    )


def file_source(path: Path, form: str | None = None, *, ignore_unknown: bool = False) -> Source:
    """A file of runs, in the form that is named or that its name ends with.

    Raises:
        InvalidQueryError: the form is not clear.
    """
    return imports.file_source(path, imports.form_of(path, form), ignore_unknown=ignore_unknown)


@contextmanager
def app_source(steward: Steward, url: str | None = None) -> Iterator[Source]:
    """The existing app's records, in the desk's own database unless another is named, whose users are other people.

    Raises:
        SettingsError: the URL can't be used.
        DatabaseError: one of the two does not answer.
    """
    if url is None:
        yield imports.AppDatabase(steward.desk.engine)
        return
    engine = create_engine(url)
    try:
        yield imports.AppDatabase(engine, is_own=_same_people(steward.desk.engine, engine))
    finally:
        engine.dispose()


def applied(steward: Steward) -> list[RunImport]:
    """All imports, the latest first.

    Raises:
        PermissionDeniedError: the person may not manage runs.
        DatabaseError: the database does not answer.
    """
    steward.require(Operation.MANAGE_RUNS)
    return imports.imports(steward.desk.engine)


def export(
    steward: Steward,
    form: Form,
    target: Path | BinaryIO,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Progress = silent,
) -> int:
    """Write all real runs, or those that began within a time, and return how many; sample runs are none.

    Private scenarios of others are not told apart. A file appears whole or not at all.

    Raises:
        PermissionDeniedError: the person may not manage runs.
        DatasetError: the file belongs to the dataset, or can't be written.
        DatabaseError: the database does not answer.
    """
    steward.require(Operation.MANAGE_RUNS)
    dataset, period = steward.desk.dataset, Period(since, until)
    if isinstance(target, Path):
        _require_outside(dataset, target)
        with _replaced(target) as file:
            count = export_runs(dataset, form, file, period, hidden=_hidden(steward), progress=progress)
    else:
        count = export_runs(dataset, form, target, period, hidden=_hidden(steward), progress=progress)
    _log(steward.desk.engine, steward.user_id, form, count)
    return count


def _same_people(own: sa.Engine, other: sa.Engine) -> bool:
    """Whether another URL names the desk's own database, or a copy of it: the key of its pseudonyms is there too."""
    keys = []
    for engine in (own, other):
        try:
            with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
                keys.append(pseudonym_key(connection))
        except (SchemaOutdatedError, sa.exc.NoResultFound):
            return False
    return keys[0] == keys[1]


def _production(steward: Steward) -> frozenset[str]:
    return frozenset(steward.desk.production.scenarios)


def _hidden(steward: Steward) -> list[str]:
    """The scenarios that others keep private, or had."""
    scenarios = scope_of(steward.person, steward.desk.production.scenarios, steward.desk.engine).scenarios
    return list(scenarios.loc[scenarios["shown"] == PRIVATE, "scenario"])


def _log(engine: sa.Engine, user_id: int, form: Form, count: int) -> None:
    with translated_errors(), engine.begin() as connection:
        audit.write(connection, user_id, "export_runs", Store.CUSTOM, None, {"form": form.value, "runs": count})


def _require_outside(dataset: Dataset, target: Path) -> None:
    if real(dataset.folder) in {real(target), *real(target).parents}:
        raise DatasetError(f"{target} lies among the files of runs; nothing was written.", hint="Choose another place.")


@contextmanager
def _replaced(target: Path) -> Iterator[BinaryIO]:
    """A file that takes its place when it is whole."""
    path = real(target)
    temporary = path.with_name(f".scenario-desk-{path.name}-{uuid.uuid4().hex[:8]}")
    try:
        with temporary.open("xb") as file:
            yield file
        temporary.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise DatasetError(
            f"{target} can't be written: {error.strerror or error}.", hint="Make room or give access."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
