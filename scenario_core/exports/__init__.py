"""Scenarios to take away: JSON, Markdown, a page to print, a page to rehearse on, and tables."""

from scenario_core.exports.file_names import file_name
from scenario_core.exports.page import to_html
from scenario_core.exports.player import to_player
from scenario_core.exports.tables import to_csv, to_xlsx
from scenario_core.exports.text import many_to_json, to_json, to_markdown

__all__ = ["file_name", "many_to_json", "to_csv", "to_html", "to_json", "to_markdown", "to_player", "to_xlsx"]
