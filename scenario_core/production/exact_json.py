"""JSON that is read and written again without loss: numbers as they were written, and no key dropped unasked."""

from __future__ import annotations

import json
import math
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final

from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.faults import pointer

_PLAIN_DIGITS: Final = 18
"""Longer integers are kept as text: Python refuses to convert very long ones."""


@dataclass(frozen=True, slots=True)
class ExactNumber:
    """A number that Python would write in another way than the file does, such as `1.10`, `1e400` or 5000 digits."""

    text: str


class _Doubled(dict[str, Any]):
    """An object with a key that stands twice."""

    key: str


def loads(raw: bytes, scenario_id: str) -> Any:
    """A record's value.

    Raises:
        InvalidScenarioError: a key stands twice in it, so that one of the two would be lost.
    """
    value = json.loads(
        raw, parse_int=_integer, parse_float=_decimal, parse_constant=ExactNumber, object_pairs_hook=_object
    )
    if path := _doubled(value):
        raise InvalidScenarioError(
            [Fault(pointer((scenario_id, *path)), "a key that stands once", "it twice", scenario_id)],
            hint="Remove one of the two in the production file; saving would drop one unasked.",
        )
    return value


def dumps(value: Any, *, separators: tuple[str, str], indent: str | None = None) -> bytes:
    """The value as UTF-8, exact numbers as they were.

    Raises:
        ValueError: it has a number or a text that JSON can't hold.
    """
    mark = secrets.token_hex(16)

    def marked(number: Any) -> str:
        if not isinstance(number, ExactNumber):
            raise TypeError(f"{type(number).__name__} is no JSON value")
        return mark + number.text

    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=separators, indent=indent, default=marked)
    return re.sub(f'"{mark}([^"]*)"', r"\1", text).encode()


def _integer(text: str) -> int | ExactNumber:
    return int(text) if len(text) <= _PLAIN_DIGITS and text != "-0" else ExactNumber(text)


def _decimal(text: str) -> float | ExactNumber:
    number = float(text)
    return number if math.isfinite(number) and repr(number) == text else ExactNumber(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled = _Doubled(made)
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            doubled.key = key
            break
        seen.add(key)
    return doubled


def _doubled(value: Any) -> tuple[int | str, ...]:
    """The path to the first key that stands twice; empty where none does."""
    if isinstance(value, _Doubled):
        return (value.key,)
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for step, child in children:
        if below := _doubled(child):
            return (step, *below)
    return ()
