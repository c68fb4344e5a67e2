"""What stands in the audit log, in sentences: one a change, and the details behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from dashboard import state_names
from dashboard.words import plural
from scenario_core.stewardship.audit_log import AuditEntry

__all__ = ["details", "operation", "sentence"]

_OPERATIONS: Final = {
    "add_person": "Add a person",
    "add_sample_runs": "Add sample runs",
    "approve_baseline": "Approve a baseline",
    "ask_for_changes": "Ask for changes of a proposal",
    "comment_proposal": "Comment on a proposal",
    "create": "Create",
    "create_backup": "Make a backup",
    "create_link": "Make a read-only link",
    "decline_proposal": "Decline a proposal",
    "delete": "Delete",
    "delete_backups": "Delete backups",
    "delete_collection": "Delete a shared collection",
    "duplicate": "Duplicate",
    "edit_collection": "Change a shared collection",
    "edited_outside": "Edit by another program",
    "export_runs": "Export runs",
    "import": "Import",
    "import_runs": "Import runs",
    "mirror": "Re-sync the mirror",
    "rate": "Rate",
    "propose": "Propose to production",
    "publish_proposal": "Publish a proposal",
    "reinstall_protection": "Reinstall the protection",
    "remove_sample_runs": "Remove sample runs",
    "restore": "Bring back",
    "restore_backup": "Restore",
    "restore_collection": "Bring a collection back",
    "restore_revision": "Restore a version",
    "revoke_link": "Take a read-only link back",
    "revert_proposal": "Take a publication back",
    "share": "Share",
    "share_collection": "Share a collection",
    "tag": "Tag",
    "undo_delete": "Undo a deletion",
    "undo_share": "Undo sharing",
    "undo_tag": "Undo tagging",
    "undo_unshare": "Undo making private",
    "undo_untag": "Undo taking tags off",
    "unshare": "Make private",
    "unshare_collection": "Make a collection private",
    "untag": "Take tags off",
    "update": "Save",
    "update_proposal": "Update a proposal",
    "waive": "Waive a finding",
    "withdraw_rating": "Take a rating back",
    "withdraw_proposal": "Withdraw a proposal",
    "withdraw_waiver": "Withdraw a waiver",
}
_LABELS: Final = {
    "after_sha256": "Hash after",
    "before": "Kept as",
    "before_sha256": "Hash before",
    "origin": "Copied from",
    "origin_store": "Store of the original",
    "proposed_from": "Proposed from",
    "restored_version": "Version",
    "sha256": "Hash",
}
Detail = Mapping[str, Any]


def operation(name: str) -> str:
    """What an operation is called in a list of choices; one that nobody knows keeps its own name."""
    return _OPERATIONS.get(name, name)


def sentence(entry: AuditEntry, scenario: str) -> str:
    """What was done. `scenario` is the title of the entry's scenario, or its id, empty where it has none."""
    detail = entry.detail
    make = _SENTENCES.get(entry.operation)
    if make is not None:
        return make(detail, scenario)
    return f"{entry.operation}: {scenario}" if scenario else entry.operation


def details(entry: AuditEntry) -> list[tuple[str, str]]:
    """(label, text) of everything that the entry keeps."""
    return [(_LABELS.get(name, _spaced(name)), _text(value)) for name, value in entry.detail.items()]


def _spaced(name: str) -> str:
    spaced = name.replace("_", " ")
    return spaced[:1].upper() + spaced[1:]


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or "none"
    return json.dumps(value, ensure_ascii=False)


def _of(verb: str) -> Callable[[Detail, str], str]:
    return lambda _detail, scenario: f"{verb} {scenario}".rstrip()


def _count(detail: Detail, name: str) -> int:
    count = detail.get(name)
    return count if isinstance(count, int) else 0


def _source(name: Any) -> str:
    title = state_names.title(str(name), str)
    return title if title == name else title[:1].lower() + title[1:]


def _restored(detail: Detail, scenario: str) -> str:
    source, summary = detail.get("source"), detail.get("summary")
    subject = scenario or "production"
    said = f"Restored {subject}{f' from {_source(source)}' if source else ''}"
    return said if scenario or not summary else f"{said}: {summary}"


def _approved(detail: Detail, scenario: str) -> str:
    source = detail.get("source")
    whole = "Approved production as the baseline" if source == "production" else "Changed the baseline"
    if scenario:
        return f"Approved {scenario} in the baseline"
    return whole if source == "production" or not source else f"{whole}, from {_source(source)}"


def _mirrored(detail: Detail, _scenario: str) -> str:
    verbs = (("insert", "added"), ("update", "updated"), ("retire", "retired"))
    counts = ((detail.get(name), verb) for name, verb in verbs)
    facts = ", ".join(f"{count:,} {verb}" for count, verb in counts if isinstance(count, int) and count)
    return f"Re-synced the mirror: {facts or 'nothing changed'}"


def _tagged(verb: str) -> Callable[[Detail, str], str]:
    def said(detail: Detail, scenario: str) -> str:
        tags = _text(detail["tags"]) if detail.get("tags") else "tags"
        return f"{verb} {scenario}: {tags}"

    return said


def _duplicated(detail: Detail, scenario: str) -> str:
    origin = detail.get("origin")
    return f"Made {scenario}, a copy of {origin}" if origin else f"Made {scenario}, a copy"


def _waived(verb: str) -> Callable[[Detail, str], str]:
    def said(detail: Detail, scenario: str) -> str:
        return f"{verb} {detail.get('code', 'a finding')}{f' in {scenario}' if scenario else ''}"

    return said


def _aim(detail: Detail) -> str:
    replaces = detail.get("replaces")
    return f"production, in the place of {replaces}" if replaces else "production"


_SENTENCES: Final[Mapping[str, Callable[[Detail, str], str]]] = {
    "add_person": lambda detail, _: f"Added person {detail.get('person', '?')} ({_text(detail.get('roles', []))})",
    "add_sample_runs": lambda detail, _: f"Added {plural(_count(detail, 'runs'), 'sample run')}",
    "approve_baseline": _approved,
    "ask_for_changes": _of("Asked for changes of the proposal of"),
    "comment_proposal": _of("Commented on the proposal of"),
    "create": _of("Created"),
    "create_link": _of("Made a read-only link to"),
    "create_backup": lambda _detail, _: "Made a backup of production",
    "decline_proposal": _of("Declined the proposal of"),
    "delete": lambda detail, scenario: f"Deleted {detail.get('title') or scenario}",
    "delete_backups": lambda detail, _: f"Deleted {plural(int(detail.get('count') or 0), 'backup')}",
    "delete_collection": lambda _detail, _: "Deleted a shared collection",
    "duplicate": _duplicated,
    "edit_collection": lambda _detail, _: "Changed a shared collection",
    "edited_outside": lambda _detail, _: "Another program changed the production file",
    "export_runs": lambda detail, _: f"Exported {plural(_count(detail, 'runs'), 'run')}",
    "import": _of("Imported"),
    "import_runs": lambda detail, _: f"Imported {plural(_count(detail, 'added'), 'run')}",
    "mirror": _mirrored,
    "rate": lambda detail, scenario: f"Rated {scenario}: {plural(_count(detail, 'stars'), 'star')}",
    "propose": lambda detail, scenario: f"Proposed {scenario} to {_aim(detail)}",
    "publish_proposal": lambda detail, scenario: (
        f"Published {scenario}, a proposal by person {detail.get('author', '?')}"
    ),
    "reinstall_protection": lambda _detail, _: "Reinstalled the protection of system rows",
    "remove_sample_runs": lambda detail, _: f"Removed {plural(_count(detail, 'removed'), 'sample run')}",
    "restore": _of("Brought back"),
    "restore_backup": _restored,
    "restore_collection": lambda _detail, _: "Brought a collection back, private",
    "restore_revision": lambda detail, scenario: f"Restored version {detail.get('restored_version')} of {scenario}",
    "revoke_link": _of("Took back a read-only link to"),
    "revert_proposal": _of("Took back the publication of"),
    "share": _of("Shared"),
    "share_collection": lambda _detail, _: "Shared a collection",
    "tag": _tagged("Tagged"),
    "undo_delete": _of("Undid the deletion of"),
    "undo_share": _of("Undid the sharing of"),
    "undo_tag": _of("Undid the tagging of"),
    "undo_unshare": _of("Undid making private"),
    "undo_untag": _of("Undid taking tags off"),
    "unshare": _of("Made private"),
    "unshare_collection": lambda _detail, _: "Made a collection private",
    "untag": _tagged("Took tags off"),
    "update": _of("Saved"),
    "update_proposal": _of("Brought the proposal to the current version of"),
    "waive": _waived("Waived"),
    "withdraw_rating": _of("Took back a rating of"),
    "withdraw_proposal": _of("Withdrew the proposal of"),
    "withdraw_waiver": _waived("Withdrew the waiver of"),
}
