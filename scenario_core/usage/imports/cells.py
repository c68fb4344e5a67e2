"""Cells of CSV files: text that a spreadsheet could take for a formula stands behind an apostrophe, and comes back."""

from __future__ import annotations

from scenario_core.escaping import neutralised


def shielded(text: str) -> str:
    """The text as a cell; one that already looks shielded is shielded once more, so that `bare` gives it back."""
    return f"'{text}" if _needs_it(text) else text


def bare(cell: str) -> str:
    """The text of a cell that `shielded` made; any other cell as it is."""
    return cell[1:] if cell[:1] == "'" and _needs_it(cell[1:]) else cell


def _needs_it(text: str) -> bool:
    inner = text.lstrip("'")
    return neutralised(inner) != inner
