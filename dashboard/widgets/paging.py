"""The numbered pages of a list; which one is shown stands in the address."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import state
from dashboard.address import is_number

__all__ = ["SIZE", "draw", "skipped"]

SIZE: Final = 50


def skipped(name: str, total: int) -> int:
    """How many of a list stand before the page that the address names; a page behind the last one is the last one."""
    return (_page(name, total) - 1) * SIZE


def draw(name: str, total: int) -> None:
    """The choice of the page; nothing where there is one alone."""
    if total > SIZE:
        state.hold(f"page_{name}", _page(name, total))
        st.pagination(_pages(total), key=f"page_{name}", on_change=_chose, args=(name,))


def _page(name: str, total: int) -> int:
    named = st.query_params.get(name, "")
    return max(1, min(int(named), _pages(total))) if is_number(named) else 1


def _pages(total: int) -> int:
    return max(1, -(-total // SIZE))


def _chose(name: str) -> None:
    st.query_params[name] = str(st.session_state[f"page_{name}"])
