"""Validation errors of pydantic as faults: where, what was expected, what was found."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ValidationError

from scenario_core.errors import Fault

LONGEST_SHOWN: Final = 60


def faults_of(error: ValidationError, *, below: str = "", scenario_id: str | None = None) -> list[Fault]:
    """Every error as a fault; `below` is the pointer to what was validated."""
    return [
        Fault(below + pointer(item["loc"]), _expected(item), _actual(item), scenario_id)
        for item in error.errors(include_url=False)
        if not _is_long_enough(item)
    ]


def pointer(path: tuple[int | str, ...]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def shown(value: object) -> str:
    """A value, short enough for a sentence."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _is_long_enough(item: Any) -> bool:
    """Pydantic counts only the entries without faults, which are reported on their own."""
    return bool(item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"])


def _expected(item: Any) -> str:
    context = item.get("ctx", {})
    match item["type"]:
        case "missing":
            return "a value"
        case "string_too_short":
            return f"at least {_count(context['min_length'], 'character')}"
        case "string_too_long":
            return f"at most {_count(context['max_length'], 'character')}"
        case "too_short":
            return f"at least {_count(context['min_length'], 'entry')}"
        case "too_long":
            return f"at most {_count(context['max_length'], 'entry')}"
        case "greater_than_equal":
            return f"at least {context['ge']}"
        case "less_than_equal":
            return f"at most {context['le']}"
        case "literal_error":
            return f"one of {context['expected']}"
        case "value_error":
            return str(context["error"])
        case _:
            return str(item["msg"]).removeprefix("Input should be ")


def _count(number: int, noun: str) -> str:
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"


def _actual(item: Any) -> str:
    value = item["input"]
    match item["type"]:
        case "missing":
            return "nothing"
        case "string_too_short" | "string_too_long":
            return str(len(value.strip()))
        case "too_short" | "too_long":
            return str(len(value))
        case _:
            return shown(value)
