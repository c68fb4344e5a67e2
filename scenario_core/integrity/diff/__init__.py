"""The difference between two states of the catalogue, with its direction named: from old to new.

Scenarios are matched by id, phases by `phase_id` (a phase with a new id but the name of a removed one was renamed),
items of other lists by value. So an inserted phase is one change, and so is a moved phrase.

Equality is that of JSON values: the order of keys inside a record does not count, the order of lists does, and `1`,
`1.0` and `true` are three values. Of keys that repeat within one object the last counts. `apply` turns the old state
into the new one exactly:

    >>> old = {"hotel": {"name": "Hotel", "tips": ["smile", "wave", "bow"]}}
    >>> new = {"hotel": {"name": "Hotel", "tips": ["bow", "smile", "wave", "nod"]}}
    >>> diff = diff_records(old, new)
    >>> diff.summary()
    '1 changed in 1 field'
    >>> [(change.kind.value, change.pointer) for change in diff.changed["hotel"].changes]
    [('added', '/tips/3'), ('moved', '/tips/2')]
    >>> apply(diff, old) == new
    True
"""

from scenario_core.integrity.diff.applying import apply, apply_scenario
from scenario_core.integrity.diff.documents import diff_documents, diff_records, diff_scenario
from scenario_core.integrity.diff.markdown import render_markdown
from scenario_core.integrity.diff.model import CatalogueDiff, Change, ChangeKind, ScenarioChange
from scenario_core.integrity.diff.patch import json_patch
from scenario_core.integrity.diff.readable import diff_readable
from scenario_core.integrity.diff.selection import SCENARIO_ORDER, WHOLE, Unit, merged, take, take_units, unit_of, units
from scenario_core.integrity.diff.text import render_text
from scenario_core.integrity.diff.unified import render_unified
from scenario_core.integrity.diff.values import Place, canonical, fingerprint, json_pointer, same
from scenario_core.integrity.diff.visible import looks_same, visible
from scenario_core.integrity.diff.words import Mark, MarkKind, marks

__all__ = [
    "SCENARIO_ORDER",
    "WHOLE",
    "CatalogueDiff",
    "Change",
    "ChangeKind",
    "Mark",
    "MarkKind",
    "Place",
    "ScenarioChange",
    "Unit",
    "apply",
    "apply_scenario",
    "canonical",
    "diff_documents",
    "diff_readable",
    "diff_records",
    "diff_scenario",
    "fingerprint",
    "json_patch",
    "json_pointer",
    "looks_same",
    "marks",
    "merged",
    "render_markdown",
    "render_text",
    "render_unified",
    "same",
    "take",
    "take_units",
    "unit_of",
    "units",
    "visible",
]
