"""What a run is: one learner walking through one scenario. The form that files hold and that measures read."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import pyarrow as pa


class Source(StrEnum):
    """Where a run comes from. Sample runs are made up, live in files of their own and never mix with the others."""

    APP = "app"
    IMPORT = "import"
    REHEARSAL = "rehearsal"
    SAMPLE = "sample"


class EndReason(StrEnum):
    """How a run ended; a run without one is still open."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"
    TERMINATED = "terminated"


_MOMENT: Final = pa.timestamp("us", tz="UTC")
_TEXTS: Final = pa.list_(pa.string())

MEANINGS: Final = {
    "run_id": "Names the run, once in all files; 1 to 100 characters.",
    "scenario_id": "The scenario; empty where the source names none.",
    "store": "`production` or `custom`; empty where no store knows the scenario.",
    "learner": "The learner's pseudonym, 16 hexadecimal digits; empty where the source names nobody.",
    "language": "The language practised, a BCP 47 tag.",
    "source": "`app`, `import`, `rehearsal` or `sample`.",
    "started_at": "When it began, in UTC; empty where the source has no readable moment.",
    "ended_at": "When it ended, in UTC; empty while it is open.",
    "end_reason": "`completed`, `abandoned` or `terminated`; empty while it is open.",
    "last_phase": "The `phase_id` of the phase that the learner was in last.",
    "phases_completed": "How many phases the learner has been through.",
    "total_phases": "How many phases the scenario had then.",
    "phase_seconds": "Seconds spent in each phase, in the scenario's order, as far as the learner came.",
    "minutes": "Minutes spent, where the source tells them; otherwise they follow from start and end.",
    "vocabulary": "The words and phrases of the scenario that the learner used, each once.",
    "objectives": "The learning objectives that were met.",
    "success_rate": "The share of the learner's turns that succeeded, 0 to 1.",
    "completion_score": "The score, 0 to 100.",
    "finished_only": "True where the source records finished runs only, so that starts can't be known from it.",
}
"""What each column holds."""

SCHEMA: Final = pa.schema(
    [
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("scenario_id", pa.string()),
        pa.field("store", pa.string()),
        pa.field("learner", pa.string()),
        pa.field("language", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("started_at", _MOMENT),
        pa.field("ended_at", _MOMENT),
        pa.field("end_reason", pa.string()),
        pa.field("last_phase", pa.string()),
        pa.field("phases_completed", pa.int32()),
        pa.field("total_phases", pa.int32()),
        pa.field("phase_seconds", pa.list_(pa.float64())),
        pa.field("minutes", pa.float64()),
        pa.field("vocabulary", _TEXTS),
        pa.field("objectives", _TEXTS),
        pa.field("success_rate", pa.float64()),
        pa.field("completion_score", pa.float64()),
        pa.field("finished_only", pa.bool_(), nullable=False),
    ]
)
"""The columns of a run in Arrow and Parquet, in this order."""

COLUMNS: Final = tuple(SCHEMA.names)
