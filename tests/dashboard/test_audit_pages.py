"""What the audit log and the backups show: sentences, addresses, rows."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import audit_address, audit_words, backup_rows
from dashboard.audit_address import AuditView
from dashboard.audit_rows import listing_data
from dashboard.backup_rows import Facts, Told
from scenario_core.production.backups import BackupFile
from scenario_core.scenario import Store
from scenario_core.stewardship.audit_log import AuditEntry
from scenario_core.stewardship.backups import Reason
from tests.factories import ROOT

MOMENT = datetime(2026, 11, 20, 14, 3, 11, tzinfo=UTC)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VIEWS = st.builds(
    AuditView,
    person=st.none() | st.integers(0, 10**6),
    operation=NAMES,
    store=st.none() | st.sampled_from(Store),
    scenario=NAMES.map(str.strip),
    since=st.none() | st.dates(date(1000, 1, 1)),
    until=st.none() | st.dates(date(1000, 1, 1)),
    before=st.none() | st.integers(0, 10**6),
    entry=st.none() | st.integers(0, 10**6),
)
SENTENCES = [
    ("restore_backup", {"source": "backup", "summary": "1 changed"}, "Tea", "Restored Tea from approved backup"),
    ("restore_backup", {"source": "mirror", "summary": "9 added"}, "", "Restored production from mirror: 9 added"),
    ("approve_baseline", {"source": "production"}, "", "Approved production as the baseline"),
    ("approve_baseline", {"source": "production"}, "Tea", "Approved Tea in the baseline"),
    ("delete_backups", {"count": 3}, "", "Deleted 3 backups"),
    ("duplicate", {"origin": "hotel"}, "Tea", "Made Tea, a copy of hotel"),
    ("duplicate", {}, "Tea", "Made Tea, a copy"),
    ("delete", {"title": "Old Tea"}, "custom_x", "Deleted Old Tea"),
    ("tag", {"tags": ["exam", "warm-up"]}, "Tea", "Tagged Tea: exam, warm-up"),
    ("mirror", {"insert": 2, "update": 0, "retire": 1}, "", "Re-synced the mirror: 2 added, 1 retired"),
    ("waive", {"code": "CQ101"}, "Tea", "Waived CQ101 in Tea"),
    ("restore_revision", {"restored_version": 4}, "Tea", "Restored version 4 of Tea"),
    ("edited_outside", {}, "", "Another program changed the production file"),
    ("something_new", {"x": 1}, "Tea", "something_new: Tea"),
    ("something_new", {}, "", "something_new"),
]


def entry(operation: str, detail: dict[str, object] | None = None, scenario_id: str | None = None) -> AuditEntry:
    return AuditEntry(7, MOMENT, 1, operation, Store.PRODUCTION, scenario_id, detail or {})


@pytest.mark.parametrize(("operation", "detail", "scenario", "said"), SENTENCES)
def test_an_entry_is_a_sentence(operation: str, detail: dict[str, object], scenario: str, said: str) -> None:
    assert audit_words.sentence(entry(operation, detail), scenario) == said


def operations() -> set[str]:
    """Every operation that the core writes into the log, as its source says."""
    written = re.compile(
        r'(?:audit\.write|audit\.write_all|\.log|\.log_all|_log|self\._answered)\([^\n]*?"(?P<name>[a-z_]+)"'
    )
    named = re.compile(
        r'^(?:RESTORE|APPROVE|OUTSIDE|PUBLISH|REVERT|ADDED|REMOVED): Final = "(?P<name>[a-z_]+)"', re.MULTILINE
    )
    text = "\n".join(path.read_text(encoding="utf-8") for path in Path(ROOT / "scenario_core").rglob("*.py"))
    return {found["name"] for pattern in (written, named) for found in pattern.finditer(text)}


def test_every_operation_of_the_core_has_a_name_and_a_sentence_whatever_its_details_are() -> None:
    known = operations() | {f"undo_{kind}" for kind in ("share", "unshare", "delete", "tag", "untag")}
    known |= {f"{kind}_collection" for kind in ("share", "unshare", "edit", "delete", "restore")}
    assert len(known) > 20
    for name in sorted(known):
        assert audit_words.operation(name) != name
        assert audit_words.sentence(entry(name), "Tea") != f"{name}: Tea"


def test_details_are_told_in_words() -> None:
    found = audit_words.details(
        entry("x", {"before": None, "names": ["a", "b"], "count": 3, "roles": [], "deep": {"a": 1}})
    )
    assert found == [("Kept as", "none"), ("Names", "a, b"), ("Count", "3"), ("Roles", "none"), ("Deep", '{"a": 1}')]


@given(VIEWS)
def test_every_view_of_the_log_has_an_address_that_leads_back_to_it(view: AuditView) -> None:
    query = urlencode(audit_address.params(view))
    assert audit_address.parse(parse_qs(query, keep_blank_values=True)) == view


@given(
    st.dictionaries(
        st.sampled_from(["person", "operation", "store", "scenario", "from", "to", "before", "entry"]), st.lists(NAMES)
    )
)
def test_every_address_gives_a_view_of_the_log(found: dict[str, list[str]]) -> None:
    assert audit_address.parse(found).wanted is not None


def test_both_days_of_a_period_are_within_it() -> None:
    wanted = AuditView(since=date(2026, 11, 20), until=date(2026, 11, 20)).wanted
    assert (wanted.since, wanted.until) == (datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
    assert AuditView(until=date.max).wanted.until is None


def test_another_filter_begins_with_the_latest_entry() -> None:
    view = AuditView(before=50, entry=51).narrowed(operation="update")
    assert (view.before, view.entry, view.operation) == (None, None, "update")
    assert view.is_narrowed
    assert not AuditView(before=5).is_narrowed


def test_every_line_of_the_log_leads_to_its_entry() -> None:
    data = listing_data(
        [entry("update", scenario_id="tea")],
        lambda number: AuditView(operation="update", entry=number),
        lambda number: f"Person {number}",
        str.title,
        {"as": "8"},
    )
    (line,) = data["rows"]
    assert line["href"] == "audit_log?operation=update&entry=7&as=8"
    assert (line["title"], line["person"], line["at"]) == ("Saved Tea", "Person 1", "2026-11-20 14:03")


def backup(kind: str = "kept", name: str = "a.json") -> BackupFile:
    return BackupFile(name, Path(name), MOMENT, kind, "1a2b3c4d5e6f7a8b", 155_740, (1, 2, 3, 4))  # type: ignore[arg-type]  # a literal


def told(facts: Facts | None = None, **reasons: Reason) -> Told:
    return Told(
        {f"{name}.json": reason for name, reason in reasons.items()}, lambda number: f"P{number}", lambda _: facts
    )


def test_a_backup_that_nobody_has_looked_into_is_listed_at_once() -> None:
    (line,) = backup_rows.listing_data([backup()], told(), page=2, carried={})["rows"]
    assert (line["change"], line["state"], line["why"], line["hash"]) == ("…", "…", "not logged", "1a2b3c4d")
    assert line["href"] == "backups?backup=a.json&page=2"
    assert line["size"] == "156\N{NO-BREAK SPACE}kB"


def test_a_backup_says_who_made_it_and_whether_it_can_be_used() -> None:
    facts = Facts("", "1 changed in 1 field", "ffff0000eeee")
    (line,) = backup_rows.listing_data([backup()], told(facts, a=Reason("restore_backup", 3)), page=1, carried={})[
        "rows"
    ]
    assert (line["why"], line["state"], line["change"]) == ("P3, before a restore", "Readable", "1 changed in 1 field")
    broken = told(Facts("not JSON", "can't be told", ""))
    assert backup_rows.listing_data([backup()], broken, page=1, carried={})["rows"][0]["state"] == "Damaged"


def test_the_approved_backup_goes_by_its_name_as_a_state() -> None:
    baseline = backup("baseline", "scenarios.json.backup")
    assert backup_rows.state_name(baseline) == "backup"
    approved = Told({baseline.name: Reason("approve_baseline", 3)}, lambda number: f"P{number}", lambda _: None)
    assert backup_rows.why(baseline, approved) == "P3, approved it"


@pytest.mark.parametrize(("number", "said"), [(0, "0 B"), (999, "999 B"), (1_500, "2 kB"), (47_100_000, "47.1 MB")])
def test_sizes_are_read_at_a_glance(number: int, said: str) -> None:
    assert backup_rows.size(number).replace("\N{NO-BREAK SPACE}", " ") == said
