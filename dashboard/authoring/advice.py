"""Advice on a draft at the fields of its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.authoring.faults import FormFault, first_of_each, located
from scenario_core.authoring import Advice, Figures

__all__ = ["at_fields", "figures", "place_of"]


def place_of(document: Mapping[str, Any], advice: Advice) -> FormFault:
    """Where in the form a piece of advice belongs."""
    return located(document, advice.pointer, advice.message.rstrip(".") + ".", is_advice=True)


def at_fields(document: Mapping[str, Any], given: Sequence[Advice]) -> tuple[FormFault, ...]:
    """The first piece of advice on each field."""
    return first_of_each([place_of(document, each) for each in given])


def figures(measured: Figures) -> list[tuple[str, str]]:
    """What a draft measures, by what people call it."""
    rare = ", ".join(f"{word} {usual:.1f}" for word, usual in measured.rare)
    return [
        ("Vocabulary used in phrases", _share(measured)),
        ("Minutes of the phases", f"{measured.minutes} of {measured.minutes_said} planned"),
        ("Different words", f"{measured.words:,} in {measured.phrases:,} phrases"),
        ("Rarest words (Zipf scale)", rare or "none known"),
    ]


def _share(measured: Figures) -> str:
    used, total = measured.vocabulary_used, measured.vocabulary
    if used is None:
        return "unknown in this language"
    return f"{used} of {total} ({used / total:.0%})" if total else "no vocabulary yet"
