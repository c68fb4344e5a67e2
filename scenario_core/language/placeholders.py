"""What people and programs write where a text is still to come. `Todo` is one in English, and a word in Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_TODO_IS_A_WORD: Final = frozenset({"an", "ast", "es", "ext", "gl", "lad", "pt"})
_TEST: Final = "a record that was made to try something out"
_UNNAMED: Final = "a name that is still to come"
_RANDOM: Final = "keys struck at random"
_FILLER: Final = "filler text"
_TO_COME: Final = "a mark of a text that is still to come"
_SLOT: Final = "a slot that was not filled"

_SLOT_WORDS: Final = (
    "(?:your |the )?(?:name|first name|last name|date|day|time|city|town|country|place|location|number|price|amount"
    "|topic|product|company|title|address|role|level|item|thing|reason|restaurant|hotel)"
    "|(?:insert|enter|add|put) [^\\]]+|nombre|apellido|fecha|hora|ciudad|lugar|número|precio|nom|prénom|heure|ville"
    "|lieu|numéro|prix|vorname|nachname|datum|uhrzeit|stadt|ort|nummer|preis|nome|cognome|data|ora|città|luogo|numero"
    "|prezzo|sobrenome|cidade|preço|名前|氏名|日付|時間|場所|番号"
)


@dataclass(frozen=True, slots=True)
class _Mark:
    """One way to recognise a placeholder. Without one of `near` in the text there is no need to look for `form`."""

    what: str
    form: re.Pattern[str]
    near: tuple[str, ...] = ()

    def may_be_in(self, text: str, lowered: str) -> bool:
        """Whether it is in the text; `lowered` is the same text without capitals."""
        return (not self.near or any(each in lowered for each in self.near)) and self.form.search(text) is not None


def _mark(what: str, form: str, *near: str, flags: int = re.IGNORECASE) -> _Mark:
    return _Mark(what, re.compile(form, flags | re.MULTILINE), near)


_STRUCK: Final = ("asdf", "sdfg", "dfgh", "zxcv", "yxcv", "hjkl", "qwer")
_ANYWHERE: Final = (
    _mark(_FILLER, r"\blorem ipsum\b|\bdolor sit amet\b", "lorem ipsum", "dolor sit amet"),
    _mark(_TO_COME, r"\bFIXME\b|\bTODO[:(]", "fixme", "todo", flags=0),
    _mark(
        _TO_COME, r"\b(?:insert|enter|your|add) (?:text|title|name) here\b", " text here", " title here", " name here"
    ),
    _mark(_RANDOM, rf"\b(?:{'|'.join(_STRUCK)}(?!t[yz]\b))\w*\b", *_STRUCK),
    _mark(_FILLER, r"\bx{4,}\b", "xxxx"),
    _mark(_SLOT, r"\{\{?\s*[^\W\d][\w .-]{0,40}\}?\}|<[^\W\d][\w -]{0,40}>|%\([a-z_]+\)s|\$\{\w+\}", "{", "<", "%("),
)
_IN_SENTENCES: Final = (
    _mark(_TO_COME, r"\bTB[DCA]\b", "tbd", "tbc", "tba", flags=0),
    _mark(_TO_COME, r"\bto be (?:defined|written|added)[.\])]*$", "to be defined", "to be written", "to be added"),
    _mark(_TO_COME, r"^[^\w\s]+$"),
    _mark(_SLOT, rf"\[(?:(?i:{_SLOT_WORDS})|[A-Z][A-Z_ ]+|[a-z]+(?:_[a-z]+)+)\]", "[", flags=0),
)
_TODO: Final = _mark(_TO_COME, r"\bTODO\b|^(?i:to[ -]?do)[.:]?$", "todo", "to do", "to-do", flags=0)
_WHOLE: Final = (
    _mark(_RANDOM, r"^(?:([b-df-hj-np-tv-xz]{2,3})\1{2,}|qwert[yz]\w*|azerty\w*|foo|foo ?bar|bar ?baz)$"),
    _mark(_FILLER, r"^(\w)\1{3,}(?: (\w)\2{3,})*$"),
)
_WHOLE_SENTENCES: Final = (
    _mark(_TO_COME, r"^(?:n/?a|NULL|null|None|NaN|undefined|(?i:xx+|placeholder|coming soon))$", flags=0),
    _mark(_FILLER, r"^(?:sample|dummy|placeholder|example) (?:text|title|name|data)\b"),
)
_NAMES: Final = (
    _mark(
        _TEST,
        r"^(?:(?:this is )?(?:an? |my )?(?:new )?test[ _-]?(?:scenario|record|entry|title|name|data|test|\d+)[ \d]*"
        r"|(?:dummy|sample|demo)[ _-](?:scenario|record|entry|title|name|data)[ \d]*"
        r"|escenario de (?:prueba|test)[ \d]*|(?:prueba|essai|prova|teste) \d+|prueba prueba"
        r"|scénario (?:de test|d['\u2019]essai)[ \d]*|test-?szenario[ \d]*|scenario di (?:prova|test)[ \d]*"
        r"|cenário de teste[ \d]*|testscenario[ \d]*|テスト(?:シナリオ)?\d*|テスト用.*)[.!]?$",
    ),
    _mark(
        _UNNAMED,
        r"^(?:untitled|unnamed|no (?:title|name)|new (?:scenario|phase)|sin título|sin nombre|nuevo escenario"
        r"|nueva fase|sans titre|sans nom|nouveau scénario|nouvelle phase|ohne (?:titel|namen)|unbenannt"
        r"|neues szenario|neue phase|senza (?:titolo|nome)|nuovo scenario|nuova fase|sem (?:título|nome)"
        r"|novo cenário|nova fase|無題|新しいシナリオ)[ \d]*$",
    ),
)
_TITLES: Final = (_mark(_TEST, r"^(?:test|tests|testing|scenario|title|name)[ _-]?\d*[.!]?$"),)
_TEST_IDS: Final = re.compile(r"(?:test|dummy|sample|tmp|temp|foo|asdf)(?:_?\d+|_(?:scenario|record)(?:_?\d+)?)?")

_LONGEST_WHOLE: Final = 60
"""Longer texts are not placeholders as a whole."""
_NAMED: Final = frozenset({"name", "description"})
VOCABULARY: Final = frozenset({"key_vocabulary", "vocabulary_focus"})
"""Fields in which `test`, `null` and `to do` are words to learn, and `[something]` a part of an entry."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What stands in place of a text, in words, and where it was recognised."""

    what: str
    found: str

    @property
    def is_slot(self) -> bool:
        """Whether it is a slot in square brackets, which phrases may have on purpose."""
        return self.what == _SLOT and self.found.startswith("[")


def any_placeholder(texts: Iterable[tuple[str, str]], language: str) -> bool:
    """Whether `placeholder_in` may find something in one of the (field, text); much faster than asking it of each."""
    stripped = [(field, text.strip()) for field, text in texts]
    together = "\n".join(text for _, text in stripped)
    lowered = together.lower()
    if any(mark.may_be_in(together, lowered) for mark in (*_ANYWHERE, *_IN_SENTENCES, *_todo(language))):
        return True
    short = "\n".join(text for _, text in stripped if len(text) <= _LONGEST_WHOLE)
    if any(mark.form.search(short) for mark in (*_WHOLE, *_WHOLE_SENTENCES)):
        return True
    names = "\n".join(text for field, text in stripped if field in _NAMED and len(text) <= _LONGEST_WHOLE)
    return any(mark.form.search(names) for mark in (*_NAMES, *_TITLES))


def placeholder_in(text: str, field: str, language: str, *, is_title: bool = False) -> Placeholder | None:
    """What in a text stands for one that is still to come.

    Args:
        text: the text.
        field: the name of its field: what is a placeholder as a name may be a word to learn.
        language: the BCP 47 tag of the scenario.
        is_title: whether it is the name of the scenario itself.
    """
    stripped = text.strip()
    marks = [*_ANYWHERE, *(_WHOLE if len(stripped) <= _LONGEST_WHOLE else ())]
    if field not in VOCABULARY:
        marks += [*_IN_SENTENCES, *_todo(language)]
        marks += _WHOLE_SENTENCES if field not in {"prerequisites", "essential_phrases"} else ()
    if field in _NAMED:
        marks += _NAMES
    if is_title:
        marks += _TITLES
    for mark in marks:
        if found := mark.form.search(stripped):
            return Placeholder(mark.what, found[0].strip())
    return None


def is_test_id(scenario_id: str) -> bool:
    """Whether an id is that of a record to try something out, such as `test_2`; `test_results` is none."""
    return _TEST_IDS.fullmatch(scenario_id) is not None


def _todo(language: str) -> tuple[_Mark, ...]:
    return () if language.partition("-")[0].casefold() in _TODO_IS_A_WORD else (_TODO,)
