"""Records to compare, and short ways to say what changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

from scenario_core.integrity.diff import (
    Change,
    ScenarioChange,
    apply_scenario,
    diff_scenario,
)

Record = dict[str, Any]
Edit = Callable[[Record, Random], None]

NBSP = "\u00a0"

TEXTS = st.text(alphabet='ab é\u0301\u00a0"\\~/\ud800\n漢', max_size=4)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, -0.0, 1.0, 1e300, 2**64, 2**64 + 1]), TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
PHASES = st.lists(
    st.fixed_dictionaries(
        {"phase_id": st.sampled_from("abcdef") | SCALARS},
        optional={"name": st.sampled_from(["", "One", "Two", "Three"]), "key_vocabulary": VALUES},
    ),
    max_size=5,
)
RECORDS = VALUES | st.fixed_dictionaries({}, optional={"name": SCALARS, "phases": PHASES | VALUES, "tags": VALUES})
DOCUMENTS = st.dictionaries(st.sampled_from("abcde") | TEXTS, RECORDS, max_size=5)


def exactly(value: Any) -> str:
    """JSON equality told by the standard library: types count, the order of keys does not."""
    return json.dumps(value, sort_keys=True)


def phase(phase_id: str, **fields: Any) -> Record:
    return {
        "phase_id": phase_id,
        "name": phase_id.title(),
        "description": f"What happens in {phase_id}",
        "expected_duration_minutes": 4,
        "key_vocabulary": [f"{phase_id} word {n}" for n in range(4)],
        "essential_phrases": ["Good evening", "Do you have a table?", "For two, please", "Thank you"],
        "learning_objectives": [f"Manage the {phase_id}"],
        "success_criteria": ["Understood", "Polite"],
        "cultural_notes": None,
        **fields,
    }


def scenario(scenario_id: str = "dinner", **fields: Any) -> Record:
    return {
        "scenario_id": scenario_id,
        "name": "Dinner reservation",
        "category": "restaurant",
        "difficulty": "beginner",
        "description": "Book a table.",
        "user_role": "customer",
        "ai_role": "waiter",
        "setting": "A restaurant",
        "duration_minutes": 20,
        "phases": [phase("greeting"), phase("order"), phase("payment"), phase("farewell")],
        "prerequisites": ["greetings", "numbers"],
        "learning_outcomes": ["book", "order", "pay"],
        "vocabulary_focus": [],
        "cultural_context": {"tipping": "ten percent", "dress code": None},
        "is_active": True,
        "created_at": "2025-12-20T14:46:22",
        **fields,
    }


def changed(edit: Callable[[Record], object], **fields: Any) -> tuple[Record, Record, ScenarioChange]:
    """A record, the same record after an edit, and their difference, proved to be exact."""
    old = scenario(**fields)
    new = copy.deepcopy(old)
    edit(new)
    change = diff_scenario(old, new)
    assert exactly(apply_scenario(change, old)) == exactly(new)
    return old, new, change


def seen(change: ScenarioChange) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.pointer, one.field) for one in change.changes]


def only(change: ScenarioChange) -> Change:
    assert len(change.changes) == 1, seen(change)
    return change.changes[0]


def as_bytes(document: Any, **options: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, **options).encode()


def catalogue(*ids: str) -> dict[str, Record]:
    return {scenario_id: scenario(scenario_id) for scenario_id in ids}


def _some_phase(record: Record, random: Random) -> Record:
    phases = record["phases"]
    found: Record = random.choice(phases) if phases else phase("spare")
    return found


def _insert_phase(record: Record, random: Random) -> None:
    record["phases"].insert(random.randint(0, len(record["phases"])), phase(f"new_{random.randrange(50)}"))


def _remove_phase(record: Record, random: Random) -> None:
    if record["phases"]:
        record["phases"].remove(_some_phase(record, random))


def _move_phase(record: Record, random: Random) -> None:
    random.shuffle(record["phases"])


def _rename_phase(record: Record, random: Random) -> None:
    _some_phase(record, random)[random.choice(("phase_id", "name"))] = f"renamed_{random.randrange(5)}"


def _edit_list(record: Record, random: Random) -> None:
    holder, field = random.choice(
        [(record, "prerequisites"), (record, "learning_outcomes"), (_some_phase(record, random), "essential_phrases")]
    )
    items = [
        *holder[field],
        *random.choices(("again", "numbers", "Thank you", "Thank\u00a0you"), k=random.randrange(3)),
    ]
    random.shuffle(items)
    holder[field] = items[random.randrange(2) :]


def _change_scalar(record: Record, random: Random) -> None:
    holder = random.choice((record, _some_phase(record, random)))
    field = random.choice(("name", "description", "unknown", "cultural_notes"))
    holder[field] = random.choice((None, "", "new", "new ", 1, 1.0, True, {"a": [1]}, {"a": [True]}, ["b"]))


def _reword_phrase(record: Record, random: Random) -> None:
    phrases = _some_phase(record, random)["essential_phrases"]
    if phrases:
        words = ("two", "deux", "二人", "Cafe\u0301", "Café", "a\u200bb", "\u202eabc", "👩\u200d🍳")
        place = random.randrange(len(phrases))
        phrases[place] = f"{phrases[place]} {random.choice(words)}"


def _change_unknown(record: Record, random: Random) -> None:
    media = record.setdefault("media", [])
    if media and random.random() < 0.5:
        random.choice(media)["url"] = random.choice(("a.png", "b.png", "ü.png"))
    else:
        media.insert(random.randint(0, len(media)), {"url": f"{random.randrange(9)}.png", "sizes": [1, 2.5, None]})


def _change_culture(record: Record, random: Random) -> None:
    record["cultural_context"][random.choice(("tipping", "dress code", "挨拶", "a/b~c"))] = random.choice(
        ("ten percent", "10\u00a0%", None, ["bow", "smile"], {"when": "late"})
    )


def _drop_field(record: Record, random: Random) -> None:
    record.pop(random.choice(("name", "unknown", "setting", "created_at")), None)


def _repeat_phase(record: Record, random: Random) -> None:
    record["phases"].append(copy.deepcopy(_some_phase(record, random)))


EDITS: list[Edit] = [
    _insert_phase,
    _remove_phase,
    _move_phase,
    _rename_phase,
    _edit_list,
    _change_scalar,
    _drop_field,
    _reword_phrase,
    _change_unknown,
    _change_culture,
    _repeat_phase,
]


def edited(record: Record, random: Random, edits: int) -> Record:
    result = copy.deepcopy(record)
    for _ in range(edits):
        random.choice(EDITS)(result, random)
    return result


def edited_catalogue(old: dict[str, Record], random: Random) -> dict[str, Record]:
    ids = [scenario_id for scenario_id in old if random.random() < 0.8] + [f"new_{random.randrange(4)}"]
    if random.random() < 0.5:
        random.shuffle(ids)
    return {
        scenario_id: edited(old.get(scenario_id, scenario(scenario_id)), random, random.randrange(4))
        for scenario_id in ids
    }
