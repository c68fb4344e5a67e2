"""What can be said of a draft while it is written: what the content checks find, and what three learners run into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scenario_core.authoring.mends import Mend, mend_of
from scenario_core.integrity import CHECKS
from scenario_core.integrity.checks import ContentCheck
from scenario_core.integrity.findings import Severity
from scenario_core.integrity.reading import Reading
from scenario_core.language import Phrases, distinct, known_language, reason_for, term_of, zipf
from scenario_core.rehearsal.self_walk import walk
from scenario_core.scenario import DEFAULT_LANGUAGE, ConversationScenario, Store

_LIMITS: Final = "CQ202"
"""The form tells these at their fields, as faults that keep a draft from being saved."""
_RARE_SHOWN: Final = 5
WALK: Final = "walk"


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to look at.

    Attributes:
        code: The check that found it, or `walk` for what a learner runs into.
        severity: How bad it is.
        pointer: A JSON pointer (RFC 6901) into the document.
        message: One sentence.
        hint: What to do.
        mend: What one click can do, None where only the author can.
    """

    code: str
    severity: Severity
    pointer: str
    message: str
    hint: str
    mend: Mend | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a draft measures.

    Attributes:
        vocabulary: How many entries of the key vocabulary there are.
        vocabulary_used: How many of them a phrase uses; None where the language has no lemmas.
        phrases: How many phrases there are.
        words: How many different words vocabulary and phrases have.
        minutes: The minutes of the phases added up.
        minutes_said: The minutes that the scenario says.
        rare: The rarest words of vocabulary and phrases on wordfreq's Zipf scale, rarest first; 3 is once in a million
            words. Names and words in no list are left out.
    """

    vocabulary: int
    vocabulary_used: int | None
    phrases: int
    words: int
    minutes: int
    minutes_said: int
    rare: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures and advice, the worst first; `not_run` names the checks that failed on this draft."""

    figures: Figures
    advice: tuple[Advice, ...]
    not_run: tuple[str, ...] = ()


def quality_of(scenario: ConversationScenario, document: Mapping[str, Any]) -> Quality:
    """Look at a draft.

    Args:
        scenario: the draft, with what is missing left empty.
        document: the same as it is written; mends are made for it.
    """
    reading = Reading(scenario, Store.CUSTOM)
    found: list[Advice] = []
    not_run = []
    for check in _checks():
        try:
            found += _found(check, reading, document)
        except Exception as error:  # noqa: BLE001 - a check that crashes must not hide what the others find
            not_run.append(f"{check.code}: {type(error).__name__}")
    try:
        found += [Advice(WALK, Severity.WARNING, each.pointer, each.message, each.hint) for each in walk(scenario)]
    except Exception as error:  # noqa: BLE001 - likewise
        not_run.append(f"{WALK}: {type(error).__name__}")
    found.sort(key=lambda each: list(Severity).index(each.severity))
    return Quality(figures_of(scenario), tuple(found), tuple(not_run))


def figures_of(scenario: ConversationScenario) -> Figures:
    """What a scenario measures."""
    tag = scenario.language or DEFAULT_LANGUAGE
    language = known_language(tag)
    entries = [term_of(entry) for phase in scenario.phases for entry in phase.key_vocabulary if entry.strip()]
    phrases = [phrase for phase in scenario.phases for phrase in phase.essential_phrases]
    used = None
    if language is not None and not reason_for(tag, needs_lemmas=True):
        held = Phrases(phrases, language)
        used = sum(1 for entry in entries if held.use(entry))
    words = distinct([*entries, *phrases])
    known = ((word, zipf(word, language.code)) for word in words) if language is not None else ()
    rare = sorted(((word, usual) for word, usual in known if usual > 0), key=lambda each: (each[1], each[0]))
    return Figures(
        vocabulary=len(entries),
        vocabulary_used=used,
        phrases=len(phrases),
        words=len(words),
        minutes=sum(phase.expected_duration_minutes for phase in scenario.phases),
        minutes_said=scenario.duration_minutes,
        rare=tuple(rare[:_RARE_SHOWN]),
    )


def _checks() -> Iterator[ContentCheck]:
    for check in CHECKS:
        if issubclass(check, ContentCheck) and check.code != _LIMITS:
            yield check()


def _found(check: ContentCheck, reading: Reading, document: Mapping[str, Any]) -> list[Advice]:
    if check.not_checked(reading):
        return []
    return [
        Advice(each.code, each.severity, each.pointer, each.message, each.hint, mend_of(each, document))
        for each in check.read(reading)
    ]
