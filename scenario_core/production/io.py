"""Loading and saving the production file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from scenario_core.errors import Fault, InvalidScenarioError, ProductionChangedError, ProductionUnreadableError
from scenario_core.faults import pointer
from scenario_core.production import atomic, backups, rendering, validation
from scenario_core.production.backups import Backup
from scenario_core.production.document import Document, Entry
from scenario_core.production.style import Style
from scenario_core.scenario import ConversationScenario


@dataclass(frozen=True, slots=True, eq=False)
class LoadedScenarios(Mapping[str, ConversationScenario]):
    """The readable scenarios by id, in file order. `errors` name every record that is not among them, and why.

    `revision` is the SHA-256 of the file's bytes.
    """

    path: Path
    document: Document
    scenarios: Mapping[str, ConversationScenario]
    errors: tuple[Fault, ...]
    revision: str

    def __getitem__(self, scenario_id: str) -> ConversationScenario:
        return self.scenarios[scenario_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scenarios)

    def __len__(self) -> int:
        return len(self.scenarios)


class ScenarioIO:
    """Reads and writes production files."""

    @staticmethod
    def load_scenarios_from_file(path: Path | str) -> LoadedScenarios:
        """Every scenario that can be read, and an error for each record that can't.

        Raises:
            ProductionUnreadableError: the file as a whole can't be read.
        """
        return parse(Path(path), read_bytes(Path(path)))

    @staticmethod
    def save_scenarios_to_file(
        scenarios: Mapping[str, ConversationScenario], path: Path | str, *, based_on: LoadedScenarios | None = None
    ) -> LoadedScenarios:
        """Make the file hold these scenarios, on top of what was loaded from it, and return it as loaded anew.

        Records that did not change, and all that could not be read, keep every byte. The former file is kept as a
        backup. Where nothing differs nothing is written.

        Raises:
            InvalidScenarioError: a scenario breaks production's rules, a record has a key twice, or one that could not
                be read would be lost.
            ProductionChangedError: the file has changed since it was loaded, or was never loaded.
            ProductionLockedError: another process has been writing for too long.
            ProductionError: the file can't be written; it is as it was.
        """
        with atomic.locked(Path(path)):
            return save_under_lock(scenarios, Path(path), based_on)[0]


def save_under_lock(
    scenarios: Mapping[str, ConversationScenario], path: Path, based_on: LoadedScenarios | None
) -> tuple[LoadedScenarios, Backup | None]:
    """What `ScenarioIO.save_scenarios_to_file` does once it holds the lock; also returns the backup, if one was kept.

    Raises:
        InvalidScenarioError, ProductionChangedError, ProductionError: see there.
    """
    current = current_bytes(path)
    require_unmoved(path, current, based_on)
    data = _rendered(scenarios, based_on)
    saved = parse(path, data, former=based_on)
    return saved, replace(path, current, data)


def replace(path: Path, current: bytes | None, data: bytes) -> Backup | None:
    """Put these bytes in the place of the file, under its lock; the current ones are kept as the backup it returns.

    None where nothing had to be written, or nothing was there to be kept.

    Raises:
        ProductionError: they can't be written; the file is as it was.
    """
    atomic.clear_litter(path)
    if data == current:
        return None
    kept = None if current is None else backups.keep(path, current)
    atomic.write_durably(path, data)
    return kept


def current_bytes(path: Path) -> bytes | None:
    """The bytes of a file, None if there is none.

    Raises:
        ProductionUnreadableError: it is there and can't be read.
    """
    return read_bytes(path) if path.exists() else None


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        ProductionUnreadableError: it is missing or can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProductionUnreadableError(
            f"The production file {path} can't be read: {error.strerror}.",
            hint="Check the path, or run `scenario-desk backup restore`.",
        ) from error


def parse(path: Path, data: bytes, *, former: LoadedScenarios | None = None) -> LoadedScenarios:
    """What the bytes of a production file hold. Scenarios whose record stands unchanged in `former` are taken from it.

    Raises:
        ProductionUnreadableError: they as a whole can't be read.
    """
    document = Document.parse(data)
    latest = document.latest()
    known = _no_scenario if former is None else _known(former)
    scenarios: dict[str, ConversationScenario] = {}
    errors: list[Fault] = []
    for entry in document.entries:
        if entry.has_key and latest[entry.key] is not entry:
            errors.append(_stands_again(document, entry, latest[entry.key]))
            continue
        scenario = known(document, entry)
        if scenario is None:
            scenario, faults = validation.read_entry(document, entry)
            errors += faults
        if scenario is not None:
            scenarios[entry.key] = scenario
    if document.problem and not any(fault.expected.startswith(validation.NOT_JSON) for fault in errors):
        errors.append(Fault("", "a file that is valid JSON as a whole", document.problem))
    return LoadedScenarios(path, document, MappingProxyType(scenarios), tuple(errors), hashlib.sha256(data).hexdigest())


def require_whole(path: Path, data: bytes) -> None:
    """Do nothing if these bytes are JSON as a whole.

    Raises:
        ProductionUnreadableError: they are not, be it for one record alone.
    """
    problem = Document.parse(data).problem
    if problem:
        raise ProductionUnreadableError(
            f"{path} is not JSON as a whole: {problem}.", hint="Mend or restore that record first."
        )


def _known(former: LoadedScenarios) -> Callable[[Document, Entry], ConversationScenario | None]:
    latest = former.document.latest()

    def find(document: Document, entry: Entry) -> ConversationScenario | None:
        scenario = former.scenarios.get(entry.key)
        same = scenario is not None and former.document.value(latest[entry.key]) == document.value(entry)
        return scenario if same else None

    return find


def _no_scenario(_document: Document, _entry: Entry) -> None:
    return None


def _stands_again(document: Document, entry: Entry, counting: Entry) -> Fault:
    found = f"it in line {document.line(entry.key_start)} and again in line {document.line(counting.key_start)}"
    return Fault(
        pointer((entry.key,)),
        "a key that stands once in the file",
        f"{found}; the last one counts",
        entry.key,
        "repeated_key",
    )


def require_unmoved(path: Path, current: bytes | None, based_on: LoadedScenarios | None) -> None:
    """Do nothing if the file still is what was loaded.

    Raises:
        ProductionChangedError: it has changed, or was never loaded.
    """
    if based_on is None and current is not None:
        raise ProductionChangedError(
            f"{path} is there already.", hint="Load it first, and save on top of what you read."
        )
    if based_on is not None and (current is None or hashlib.sha256(current).hexdigest() != based_on.revision):
        raise ProductionChangedError(
            f"{path} has changed since it was read; nothing was saved.", hint="Load it again, and make the change anew."
        )


def _rendered(scenarios: Mapping[str, ConversationScenario], based_on: LoadedScenarios | None) -> bytes:
    document = Document(b"{}\n", ()) if based_on is None else based_on.document
    known: Mapping[str, ConversationScenario] = {} if based_on is None else based_on.scenarios
    removed = frozenset(known.keys() - scenarios.keys())
    faults = [] if based_on is None else _losses(based_on, scenarios.keys() - known.keys(), removed)
    style = Style.of(document.data)
    latest = document.latest()
    values: dict[str, bytes] = {}
    for key, scenario in scenarios.items():
        former = known.get(key)
        if former is scenario:
            continue
        new, found = validation.checked(key, scenario)
        faults += found
        if new is None or (former is not None and not rendering.differ(former, new)):
            continue
        try:
            values[key] = rendering.rendered(style, new, former, document.value(latest[key]) if former else b"")
        except InvalidScenarioError as error:
            faults += error.faults
    if faults:
        raise InvalidScenarioError(faults, hint="Nothing was saved.")
    return document.edited(values, removed) if values or removed else document.data


def _losses(based_on: LoadedScenarios, added: AbstractSet[str], removed: AbstractSet[str]) -> list[Fault]:
    """What a save would drop though it was never read: a record under a new scenario's id, one of two of a key."""
    counts = Counter(entry.key for entry in based_on.document.entries)
    losses = [
        Fault(pointer((key,)), "an id that is free", "a record that can't be read; mend or restore it first", key)
        for key in added
        if key in counts
    ]
    return losses + [
        Fault(pointer((key,)), "a key that stands once in the file", f"it {counts[key]} times; leave one first", key)
        for key in removed
        if counts[key] > 1
    ]
