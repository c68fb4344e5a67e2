"""Cultural context, which may be any JSON, as topics with topics below them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

DEEPEST: Final = 4
_WORDS: Final = {True: "yes", False: "no", None: "none"}


@dataclass(frozen=True, slots=True)
class Topic:
    """A line of an outline. It has a text or topics below it; entries of a list of texts have no label."""

    label: str
    text: str = ""
    below: tuple[Topic, ...] = ()


def outline(value: Any) -> tuple[Topic, ...]:
    """The topics of a JSON value, none for an empty one; what lies deeper than four levels is shown as JSON."""
    return () if value in (None, "", [], {}) else tuple(_topics(value, DEEPEST))


def _topics(value: Any, levels: int) -> Iterator[Topic]:
    if isinstance(value, dict):
        pairs = [(str(key).replace("_", " "), item) for key, item in value.items()]
    elif isinstance(value, list):
        pairs = [(str(number) if isinstance(item, dict | list) else "", item) for number, item in enumerate(value, 1)]
    else:
        pairs = [("", value)]
    for label, item in pairs:
        if isinstance(item, dict | list) and item and levels > 1:
            yield Topic(label, below=tuple(_topics(item, levels - 1)))
        else:
            yield Topic(label, _words(item))


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value
    return _WORDS[value] if value is None or isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
