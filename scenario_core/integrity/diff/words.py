r"""Which words of a text changed.

    >>> for mark in marks("A table for two, please", "A table for three, please"):
    ...     print(mark.kind.value, repr(mark.text))
    equal 'A table for '
    removed 'two'
    added 'three'
    equal ', please'

A change that can't be seen is shown by name:

    >>> [mark.shown for mark in marks("Book now", "Book\u00a0now")]
    ['Book', '⟨SP⟩', '⟨NBSP⟩', 'now']
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Final

from rapidfuzz.distance import Indel

from scenario_core.integrity.diff.align import align
from scenario_core.integrity.diff.visible import accents_differ, disarmed, edges_named, revealed, spelled_out

MAX_COMPARISONS: Final = 100_000_000
MAX_CHANGED_PLACES: Final = 5_000
MAX_CHANGED_LETTERS: Final = 400_000
MAX_WORD: Final = 100
MAX_THIN: Final = 3

_Stretch = tuple[str, str]
_UNSPACED: Final = (  # scripts without spaces between words, and Hangul, whose words change by their ends
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
_COMMON_LETTERS: Final = "a-zA-Z0-9_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"  # asked first, to be quick
_ACCENTS: Final = (range(0x300, 0x1F000), range(0xE0100, 0xE01F0))  # where Unicode has them
_SKIN_TONES: Final = "\U0001f3fb-\U0001f3ff"
_FLAG_LETTERS: Final = "\U0001f1e6-\U0001f1ff"
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")


class MarkKind(StrEnum):
    """Which sides have a stretch of text."""

    EQUAL = "equal"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text that both sides have, or only one.

    Attributes:
        kind: Which sides have it.
        text: The text as it is.
        shown: The text for a page. What can't be seen stands by its name: in a change all of it, elsewhere only spaces
            at the edges of the text and what could disturb the page, such as marks of writing direction.
    """

    kind: MarkKind
    text: str
    shown: str


def marks(old: str, new: str) -> tuple[Mark, ...]:
    """The way from the old to the new text, word by word, or letter by letter in scripts without spaces.

    All that is equal or removed makes the old text, all that is equal or added the new one. Between two changes stands
    more than a space or a short word. Texts that are too long for that are compared by lines, and then by words
    within a few lines that changed.
    """
    stretches = _joined(_stretches(old, new))
    return tuple(mark for place, _ in enumerate(stretches) for mark in _marked(stretches, place))


def _stretches(old: str, new: str) -> Iterator[_Stretch]:
    """Parts of both texts, side by side: equal ones, and those that changed."""
    if _is_small(old, new):
        yield from _by_words(old, new)
        return
    start = _shared_start(old, new)
    end = _shared_start(old[start:][::-1], new[start:][::-1])
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    yield old[:start], new[:start]
    yield from (_by_words if _is_small(old_middle, new_middle) else _by_lines)(old_middle, new_middle)
    yield old[len(old) - end :], new[len(new) - end :]


def _is_small(old: str, new: str) -> bool:
    return len(old) * len(new) <= MAX_COMPARISONS


def _by_words(old: str, new: str) -> Iterator[_Stretch]:
    old_tokens, new_tokens = tokens(old), tokens(new)
    numbers: dict[str, int] = {}
    old_numbers, new_numbers = (
        [numbers.setdefault(token, len(numbers)) for token in side] for side in (old_tokens, new_tokens)
    )
    for step in Indel.opcodes(old_numbers, new_numbers):
        yield "".join(old_tokens[step.src_start : step.src_end]), "".join(new_tokens[step.dest_start : step.dest_end])


def _by_lines(old: str, new: str) -> Iterator[_Stretch]:
    old_lines, new_lines = _LINE.findall(old), _LINE.findall(new)
    stretches = list(_of_lines(old_lines, new_lines))
    changed = [stretch for stretch in stretches if _is_change(stretch)]
    if len(changed) > MAX_CHANGED_PLACES:
        yield old, new
    elif sum(map(_size, changed)) > MAX_CHANGED_LETTERS:
        yield from stretches
    else:
        for stretch in stretches:
            yield from _by_words(*stretch) if _is_change(stretch) and _is_small(*stretch) else [stretch]


def _of_lines(old: list[str], new: list[str]) -> Iterator[_Stretch]:
    old_start = new_start = 0
    for i, j in (*align(old, new).kept, (len(old), len(new))):
        yield "".join(old[old_start:i]), "".join(new[new_start:j])
        yield from ((line, line) for line in old[i : i + 1])
        old_start, new_start = i + 1, j + 1


def _shared_start(old: str, new: str) -> int:
    """How many letters both texts begin with, back to the last space if there is one near."""
    end = _first_difference(old, new)
    near = max(0, end - MAX_WORD)
    return max(old.rfind(" ", near, end), old.rfind("\n", near, end)) + 1 or end


def _first_difference(old: str, new: str) -> int:
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if old[low:middle] == new[low:middle] else (low, middle - 1)
    return low


def _joined(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """Changes and equal parts in turn: neighbours as one, and so are two changes with next to nothing between them."""
    found: list[_Stretch] = []
    for stretch in stretches:
        if not any(stretch):
            continue
        if _is_change(stretch) and len(found) > 1 and not _is_change(found[-1]) and _is_thin(found[-1][0]):
            found[-2:] = [_together(found[-2], found[-1], stretch)]
        elif found and _is_change(found[-1]) == _is_change(stretch):
            found[-1] = _together(found[-1], stretch)
        else:
            found.append(stretch)
    return found


def _together(*stretches: _Stretch) -> _Stretch:
    return "".join(old for old, _ in stretches), "".join(new for _, new in stretches)


def _is_change(stretch: _Stretch) -> bool:
    return stretch[0] != stretch[1]


def _size(stretch: _Stretch) -> int:
    return len(stretch[0]) + len(stretch[1])


def _is_thin(text: str) -> bool:
    word = text.strip(" \t")
    return len(word) <= MAX_THIN and "\n" not in word and len(tokens(word)) <= 1


def _marked(stretches: list[_Stretch], place: int) -> Iterator[Mark]:
    old, new = stretches[place]
    is_first, is_last = place == 0, place == len(stretches) - 1
    if old == new:
        yield Mark(MarkKind.EQUAL, old, disarmed(edges_named(old, start=is_first, end=is_last)))
        return
    accents = accents_differ(old, new)
    for kind, text in ((MarkKind.REMOVED, old), (MarkKind.ADDED, new)):
        if text.isspace():
            yield Mark(kind, text, spelled_out(text))
        elif text:
            edged = edges_named(text, start=is_first, end=is_last)
            yield Mark(kind, text, revealed(edged, accents=accents, keep="\n"))


def tokens(text: str) -> list[str]:
    """Words, single spaces and signs; letters in scripts without spaces. Together they are the text."""
    found: list[str] = _token(is_ascii=text.isascii()).findall(text)
    return found


@cache
def _token(*, is_ascii: bool) -> re.Pattern[str]:
    r"""What a token is; accents belong to their letter, and what is drawn as one picture stays together."""
    if is_ascii:
        return re.compile(r"\w+|\r\n|.", re.DOTALL)
    accents = rf"(?:(?=[^\x00-\u02ff])[{_accents()}{_SKIN_TONES}])*+"
    word = rf"(?:(?:[{_COMMON_LETTERS}]++|[^\W{_UNSPACED}]){accents})++"
    letter, flag = rf"[{_UNSPACED}]{accents}", rf"[{_FLAG_LETTERS}]{{2}}"
    picture = rf".{accents}(?:\u200d[^\w\s]{accents})*+"
    return re.compile(rf"{word}|{letter}|\r\n|{flag}|{picture}", re.DOTALL)


def _accents() -> str:
    """All accents and vowel signs that are characters of their own, as ranges: a set of single ones is slow."""
    codes = [code for part in _ACCENTS for code in part if unicodedata.category(chr(code))[0] == "M"]
    starts = [code for before, code in pairwise((0, *codes)) if code != before + 1]
    ends = [code for code, after in pairwise((*codes, sys.maxunicode)) if after != code + 1]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
