"""Taking a publication back gives every byte back, however the file is laid out, with its backup and without."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from scenario_core.stewardship import proposals
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import bytes_of, copy_proposed, publish, record_of
from tests.core.proposal_examples import proposed as added
from tests.core.steward_examples import edit
from tests.factories import catalogue_document

Change = Callable[[bytes], bytes]
_SETTING: Final = b'    "setting"'
ODD: Final[dict[str, Change]] = {
    "an empty line": lambda two: two.replace(_SETTING, b"\n" + _SETTING, 1),
    "a line that begins with a tab": lambda two: two.replace(_SETTING, b'\t"setting"', 1),
    "a line at the left margin": lambda two: two.replace(_SETTING, b'"setting"', 1),
    "other line ends than the file": lambda two: two.replace(b"\n", b"\r\n", 5),
}


def _write(manager: Steward, data: bytes) -> None:
    manager.desk.production.path.write_bytes(data)
    manager.desk.production.refresh()


def _drop_backups(manager: Steward) -> None:
    for file in manager.desk.production.backup_files():
        file.path.unlink()


def _take_back(manager: Steward, proposal_id: str) -> None:
    proposals.revert(manager, proposals.plan_revert(manager, proposal_id))


@pytest.mark.parametrize("is_backup_kept", [True, False])
@pytest.mark.parametrize("odd", ODD)
def test_the_replaced_record_comes_back_as_it_was_laid_out(local: Steward, odd: str, *, is_backup_kept: bool) -> None:
    text = json.dumps(catalogue_document("one", "two", "three"), indent=2).encode() + b"\n"
    start, end = text.index(b'"two": {'), text.index(b'"three": {')
    before = text[:start] + ODD[odd](text[start:end]) + text[end:]
    assert before != text
    _write(local, before)
    done = publish(local, copy_proposed(local.desk))
    assert bytes_of(local) != before
    if not is_backup_kept:
        _drop_backups(local)
    _take_back(local, done.proposal_id)
    assert bytes_of(local) == before


@pytest.mark.parametrize("is_backup_kept", [True, False])
@pytest.mark.parametrize("layout", [b"{}\n", b"\xef\xbb\xbf{}\n"])
def test_an_empty_catalogue_is_empty_again(local: Steward, layout: bytes, *, is_backup_kept: bool) -> None:
    _write(local, layout)
    done = publish(local, added(local.desk))
    if not is_backup_kept:
        _drop_backups(local)
    _take_back(local, done.proposal_id)
    assert bytes_of(local) == layout


def test_an_edit_while_publishing_was_interrupted_outlives_taking_it_back(
    local: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise ConnectionError("gone")

    found = added(local.desk)
    with monkeypatch.context() as patch:
        patch.setattr("scenario_core.mirror.follow", lost)
        with pytest.raises(ConnectionError):
            publish(local, found)
    edit(local, lambda it: it["one"].update(setting="Elsewhere"))
    done = publish(local, found)
    _take_back(local, done.proposal_id)
    assert record_of(local, "one")["setting"] == "Elsewhere"
