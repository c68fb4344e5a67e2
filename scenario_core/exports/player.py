"""A rehearsal as a page of its own: partner, words and rules are all in it, so that it works with the network off.

It finds what the matcher finds but for rare words that look like a sought one: those it takes for slips of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any, Final

from markupsafe import Markup

from scenario_core.exports.player_words import player_phases
from scenario_core.exports.templating import template
from scenario_core.language import term_of
from scenario_core.rehearsal import Matcher, lines_in
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario

_UNSAFE_IN_SCRIPT: Final = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def to_player(scenario: ConversationScenario) -> str:
    """The page. No text of the scenario can become markup or a script in it."""
    lesson = _lesson(scenario)
    data = json.dumps(lesson, ensure_ascii=False).translate(_UNSAFE_IN_SCRIPT)
    script = _script()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # Both are free of `<`: one by escaping it, the other since it is this project's own.
    trusted = {"data": Markup(data), "script": Markup(script)}  # noqa: S704 - as the line above says
    return template("player").render(lesson=lesson, script_hash=f"sha256-{digest}", **trusted)


def _lesson(scenario: ConversationScenario) -> dict[str, Any]:
    language = scenario.language or DEFAULT_LANGUAGE
    note = Matcher(language).note
    phases = zip(scenario.phases, player_phases(scenario), strict=True)
    return {
        "name": scenario.name,
        "description": scenario.description,
        "language": language,
        "user_role": scenario.user_role.replace("_", " "),
        "ai_role": scenario.ai_role.replace("_", " ") or "Partner",
        "note": note,
        "forgives": not note,
        "lines": asdict(lines_in(language)),
        "phases": [
            {
                "name": phase.name or "Unnamed phase",
                "description": phase.description,
                "minutes": phase.expected_duration_minutes,
                "criteria": list(phase.success_criteria),
                "wanted": [{**each, "term": term_of(each["entry"])} for each in wanted],
            }
            for phase, wanted in phases
        ],
    }


@cache
def _script() -> str:
    return (resources.files("scenario_core.exports") / "templates" / "player.js").read_text(encoding="utf-8")
