"""Any scenarios that production may hold."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.factories import phase_document

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PHASES = st.builds(
    lambda number, fields, extra: phase_document(f"p{number}", **{**extra, **fields}),
    st.integers(0, 10**9),
    st.fixed_dictionaries(
        {"name": TEXT, "key_vocabulary": st.lists(TEXT, max_size=3), "cultural_notes": st.none() | TEXT}
    ),
    st.dictionaries(TEXT.map("x_{}".format), JSON, max_size=2),
)
SCENARIOS = st.builds(
    lambda fields, extra: {**extra, **fields},
    st.fixed_dictionaries(
        {
            "name": TEXT,
            "user_role": TEXT,
            "duration_minutes": st.integers(0, 10**6),
            "phases": st.lists(PHASES, min_size=1, max_size=3, unique_by=lambda each: str(each["phase_id"])),
            "cultural_context": st.none() | TEXT | st.dictionaries(TEXT, JSON, max_size=2),
            "is_active": st.booleans(),
        }
    ),
    st.dictionaries(TEXT.map("x_{}".format), JSON, max_size=2),
)
FILES = st.dictionaries(
    TEXT.filter(lambda name: name and not name.casefold().startswith("custom_")), SCENARIOS, max_size=4
)
