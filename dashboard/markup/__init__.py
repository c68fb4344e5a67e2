"""The HTML blocks of the pages, made by templates that escape every text they are given."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboard import words
from scenario_core.scenario import DEFAULT_LANGUAGE

__all__ = ["render", "stylesheet"]

_FOLDER: Final = Path(__file__).parent
_TEMPLATES: Final = Environment(
    loader=PackageLoader("dashboard", "markup"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {
    "capitalize_first": lambda text: text[:1].upper() + text[1:],
    "category": words.category,
    "language": words.language,
    "level": words.level,
    "moment": words.moment,
}
_TEMPLATES.globals |= {"plural": words.plural, "default_language": DEFAULT_LANGUAGE}


def render(template: str, **values: Any) -> str:
    """A block of HTML; whatever `values` hold appears as text."""
    return _TEMPLATES.get_template(f"{template}.html.j2").render(**values)


@cache
def stylesheet(scheme: Literal["light", "dark"]) -> str:
    """The styles of all blocks, as a `<style>` element. Dialogs and popovers do not know the scheme by themselves."""
    parts = (path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.css")))
    return f"<style>:root {{ color-scheme: {scheme}; }} {''.join(parts)}</style>"
