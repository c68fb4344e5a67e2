"""The one page so far: it lists the catalogue, says what is missing, and shows what people wrote as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import wiring
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.settings import Settings
from tests.factories import ROOT, SHIPPED, catalogue_document, scenario_document, write_production

PAGE = str(ROOT / "dashboard" / "main.py")
HOSTILE = "<script>alert(1)</script> ![x](http://localhost/x) :material/home: $x^2$ :red[y]"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The page over a copy of nothing but what the test puts into this folder."""
    monkeypatch.setenv("SCENARIO_DESK_PRODUCTION", str(tmp_path / "scenarios.json"))
    monkeypatch.setenv("SCENARIO_DESK_DATABASE", f"sqlite:///{tmp_path / 'desk.db'}")
    st.cache_resource.clear()
    yield AppTest.from_file(PAGE, default_timeout=60)
    wiring.desk().close()
    st.cache_resource.clear()


def custom_scenario(user_id: int, title: str) -> None:
    desk = Desk.open(Settings.read())
    schema.upgrade(desk.engine)
    with desk.builder() as service:
        service.create_scenario(user_id, scenario_document(name=title))
    desk.close()


def test_both_stores_are_listed_and_nobody_elses_private_work(page: AppTest, tmp_path: Path) -> None:
    (tmp_path / "scenarios.json").write_bytes(SHIPPED.read_bytes())
    custom_scenario(1, "My own")
    custom_scenario(8, "Not mine")
    page.run()
    titles = list(page.dataframe[0].value["title"])
    assert not page.exception
    assert len(titles) == 32
    assert "My own" in titles
    assert "Not mine" not in titles
    assert page.metric[0].value == "32"
    assert len(page.warning) == 0


def test_a_missing_database_is_said_and_production_listed(page: AppTest, tmp_path: Path) -> None:
    write_production(tmp_path / "scenarios.json", catalogue_document("a", "b"))
    page.run()
    assert len(page.dataframe[0].value) == 2
    assert "Custom scenarios can't be listed now" in page.text[0].value


def test_a_broken_file_is_said_and_its_backup_listed(page: AppTest, tmp_path: Path) -> None:
    write_production(tmp_path / "scenarios.json.backup", catalogue_document("a", "b"))
    (tmp_path / "scenarios.json").write_text("{ broken")
    page.run()
    assert len(page.dataframe[0].value) == 2
    assert "newest readable backup" in page.text[0].value


def test_what_people_wrote_is_never_read_as_markup(page: AppTest, tmp_path: Path) -> None:
    write_production(tmp_path / "scenarios.json", {"a": scenario_document("a", name=HOSTILE)})
    page.run()
    assert page.dataframe[0].value["title"][0] == HOSTILE
    assert not any(HOSTILE[:8] in element.value for element in [*page.markdown, *page.title, *page.caption])
