"""Production scenarios as protected system rows in the database: compare, plan, then apply, as often as one likes.

The mirror is derived. Everything in it comes from production, and what production leaves open is reported as defaulted.
"""

from scenario_core.mirror.applying import apply, follow
from scenario_core.mirror.comparison import Comparison, MirrorState, Standing, compare
from scenario_core.mirror.planning import MirrorPlan, plan, plan_for_nothing
from scenario_core.mirror.rows import Note, Production, expected_rows, made_up

__all__ = [
    "Comparison",
    "MirrorPlan",
    "MirrorState",
    "Note",
    "Production",
    "Standing",
    "apply",
    "compare",
    "expected_rows",
    "follow",
    "made_up",
    "plan",
    "plan_for_nothing",
]
