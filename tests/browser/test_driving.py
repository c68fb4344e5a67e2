"""The means of the browser tests: what goes wrong in a page is noticed, a missing Chromium installed or asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.driving import Watch, axe
from tests.chromium import NAMES, PACKAGE, VARIABLE, ChromiumMissingError, chromium

APT_GET = f"""#!/bin/sh
PATH=/usr/bin:/bin
folder=${{0%/*}}
echo "$*" >> "$folder/calls"
case "$1" in install) cp "$0" "$folder/{PACKAGE}" ;; esac
"""


def test_what_goes_wrong_in_a_page_is_noticed(page: Page, watch: Watch) -> None:
    page.set_content("<img src='http://localhost:1/x.png' alt=''><script>console.error('said'); nowhere()</script>")
    for text in ("console: said", "page error: nowhere is not defined", "foreign host: GET http://localhost:1/x.png"):
        assert any(text in problem for problem in watch.problems), watch.problems
    watch.allow += ["said", "nowhere", "localhost:1"]
    assert watch.problems == []


def test_an_image_without_a_text_and_pale_words_are_found(page: Page) -> None:
    page.set_content(
        "<html lang='en'><title>x</title><main><h1 style='color:#ccc;background:#fff'>Pale</h1>"
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='></main></html>"
    )
    found = axe(page)
    assert [each.split(" ")[0] for each in found] == ["color-contrast", "image-alt"]
    assert axe(page, without_rules=["color-contrast", "image-alt"]) == []


def test_a_missing_browser_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ChromiumMissingError, match=f"none of {', '.join(NAMES)} is on the PATH"):
        chromium()
    monkeypatch.setenv(VARIABLE, "no-such-browser")
    with pytest.raises(ChromiumMissingError, match="no-such-browser"):
        chromium()


@pytest.mark.skipif(os.name == "nt", reason="there is no apt-get on Windows")
def test_root_installs_a_missing_browser_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apt_get = tmp_path / "apt-get"
    apt_get.write_text(APT_GET, encoding="utf-8")
    apt_get.chmod(0o755)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert chromium() == chromium() == tmp_path / PACKAGE
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert calls == ["update", f"install -y --no-install-recommends {PACKAGE}"]
    assert PACKAGE in capsys.readouterr().err
