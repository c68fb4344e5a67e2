"""Checks of names: what learners see first, and what programs and hurried saves leave behind in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scenario_core.integrity.checks.base import ContentCheck
from scenario_core.integrity.checks.content.wording import short
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.reading import Reading

_UNDERSCORED: Final = re.compile(r"[^\W_]+(_+[^\W_]+)+")
_NUMBERED: Final = re.compile(r"[a-z]+(-[a-z]+)*-\d+")
_CAMEL: Final = re.compile(r"[a-z]{2,}([A-Z][a-z]+)+\d*|([A-Z][a-z]+){3,}\d*")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MACHINE: Final = (_UNDERSCORED, _NUMBERED, _CAMEL, _UUID)

_EDITED: Final = (
    "updated|edited|revised|old|new|draft|final|copy|backup|bak|temp|tmp|wip|duplicate"  # English
    "|copia|actualizado|actualizada|borrador|nuevo|nueva|duplicado"  # Spanish
    "|copie|modifié|modifiée|brouillon|nouveau|nouvelle"  # French
    "|kopie|aktualisiert|überarbeitet|entwurf|neu|alt"  # German
    "|bozza|aggiornato|aggiornata|nuovo|nuova"  # Italian
    "|cópia|atualizado|atualizada|rascunho|novo|nova"  # Portuguese
    "|コピー|更新|下書き"  # Japanese
)
_COPY: Final = "copy|copia|copie|kopie|cópia"
_MARKS: Final = (
    re.compile(rf"[(\[\uff08\u3010]\s*(?:{_EDITED})(?:\s*\d+)?\s*[)\]\uff09\u3011]", re.IGNORECASE),
    re.compile(rf"(?:\s[-\u2013\u2014]\s*|_)(?:{_COPY})(?:\s*\(?\d+\)?)?\s*$", re.IGNORECASE),
    re.compile(rf"\s(?:{_COPY})\s*\(?\d+\)?\s*$", re.IGNORECASE),
    re.compile(r"[\s_-](?:(?i:final)[\s_-]*)?(?:v\.?|(?i:version)\s?)\d+(?:\.\d+)*\s*$"),
    re.compile(r"[\s_-]final[\s_-]*(?:final|\d+)\s*$", re.IGNORECASE),
    re.compile(
        r"^(?i:copy of|kopie von|copie de|copia de|copia di|cópia de) (?=[A-ZÀ-Þ'\"«\u201c\u201e])(?!The |An? |My )"
    ),
    re.compile(r"の(?:コピー|複製)(?:\s*\d+)?$"),
)
_HINT: Final = "Write the name that learners shall see."


class NamesAreWords(ContentCheck):
    """The names of scenarios and phases are written for people, not ids.

    ## Why it matters

    `hotel_check_in` as a title looks broken to a learner, and a screen reader spells it.

    ## How to mend it

    Write the name in words, in the language in which the catalogue is read.

    ## Examples

    Found: `hotel_check_in`, `askForTheBill`, `phase-2`, `ORDER_FOOD` as the name of a scenario or of a phase.

    Fine: `Check-in`, `Well-known faces`, `iPhone repair`; the role `business_professional`, since roles are ids by
    design.

    ## Limits

    An id of a single word, such as `greeting`, can't be told from a name. Only names are looked at.
    """

    code, name = "CQ204", "names written for people"

    def read(self, reading: Reading) -> Iterator[Finding]:
        """One finding for each name that is an id."""
        for text in reading.named("name"):
            name = text.value.strip()
            if any(form.fullmatch(name) for form in _MACHINE):
                yield self.of(
                    reading,
                    f"the name {short(name)!r} is an id",
                    at=text,
                    expected="a name in words",
                    actual=short(name),
                    hint=_HINT,
                )


class NamesAreFinished(ContentCheck):
    """No name carries a mark of how it was made, such as `(Updated)`, `- Copy` or `final v2`.

    ## Why it matters

    Learners see it, and it says that somebody meant to come back: there may be two versions, of which one is to go.

    ## How to mend it

    Take the mark out of the name. If it is a copy, decide which of both scenarios stays.

    ## Examples

    Found: `Dinner for Two (Updated)`, `Dinner for Two - Copy (2)`, `Copy of Dinner for Two`, `Dinner final v2`,
    `Abendessen (Kopie)`, `Cena (copia)`.

    Fine: `Copy of the Key`, `Copia de llaves`, `The Cup Final`, `At the Doctor (2)`: it may be the second of a series.

    ## Limits

    It knows the marks of English, Spanish, French, German, Italian, Portuguese and Japanese. A version at the end of
    a name, such as `Chess v2`, is found although it may be meant.
    """

    code, name = "CQ205", "names without marks of editing"

    def read(self, reading: Reading) -> Iterator[Finding]:
        """One finding for each name with a mark."""
        for text in reading.named("name"):
            found = next((match for mark in _MARKS if (match := mark.search(text.value))), None)
            if found:
                yield self.of(
                    reading,
                    f"{found[0].strip()!r} is left in the name",
                    at=text,
                    expected="a name without a mark of editing",
                    actual=short(text.value),
                    hint=_HINT,
                )


CHECKS: Final[tuple[type[ContentCheck], ...]] = (NamesAreWords, NamesAreFinished)
