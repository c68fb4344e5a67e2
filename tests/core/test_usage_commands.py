"""The commands over usage: measures and reports that a script can trust, and one clear line for what can't be asked."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from scenario_core.bootstrap import Desk
from scenario_core.custom.directory import add_person
from scenario_core.people import Role
from scenario_core.scenario import Store
from scenario_core.settings import Settings
from scenario_core.usage import recorder
from scenario_core.usage.filters import UsageFilter
from scenario_core.usage.measures import MEASURES
from scenario_core.usage.period import Comparison, Grain, Period, suiting_grain
from scenario_core.usage.run import EndReason, Source
from scenario_core.usage.wording import filter_words
from tests.core.calling import FILE, Run, hand_out, prepared

SPAN = ("--from", "2026-09-01", "--to", "2026-11-27")
UNTIL = "2026-11-28"


@pytest.fixture(scope="module")
def sampled_home(intact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    sample = ("usage", "sample", "--runs", "2000", "--seed", "3", "--until", UNTIL)
    return prepared(tmp_path_factory.mktemp("home"), lambda: hand_out(intact), *sample)


@pytest.fixture
def sampled(run: Run, sampled_home: Path) -> Run:
    """The same with sample runs."""
    shutil.copytree(sampled_home, ".", dirs_exist_ok=True)
    return run


def report(run: Run, *arguments: str) -> str:
    code, out, err = run("usage", "report", *arguments)
    assert (code, err) == (0, "")
    return out


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_printed_with_its_n_and_what_was_left_out(sampled: Run, name: str) -> None:
    code, out, err = sampled("usage", "measure", name, *SPAN, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told.keys() >= {"n", "left_out", "absent", "rows", "period", "filters", "time_zone", "made_at", "sample"}
    assert (told["measure"], told["n"] > 0 or told["absent"] != "") == (name, True)
    code, out, err = sampled("usage", "measure", name, *SPAN)
    assert (code, err) == (0, "")
    assert f"Counted: {told['n']:,}" in out
    assert [reason for reason in told["left_out"] if reason not in out] == []


def test_a_measure_as_csv_holds_the_same_rows_as_its_json(sampled: Run) -> None:
    rows = json.loads(sampled("usage", "measure", "completion", *SPAN, "--json")[1])["rows"]
    text = sampled("usage", "measure", "completion", *SPAN, "--csv")[1]
    frame = pd.read_csv(io.BytesIO(text.encode()), comment="#")
    assert frame["scenario"].tolist() == [row["scenario"] for row in rows]
    assert frame["rate"].tolist() == pytest.approx(
        [math.nan if row["rate"] is None else row["rate"] for row in rows], nan_ok=True
    )
    lines = {row[1]: row[2] for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if row[0] == "#"}
    assert lines["Period"] == "1 September 2026 to 27 November 2026 (88 days)"


def test_options_narrow_what_is_measured_and_are_said(sampled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENARIO_DESK_SMALLEST_GROUP", "1")
    options = (
        "--store", "production", "--category", "travel", "--category", "social", "--difficulty", "beginner",
        "--language", "en", "--source", "sample", "--scenario", "hotel_check_in", "--grain", "month",
        "--compare", "year",
    )  # fmt: skip
    told = json.loads(sampled("usage", "measure", "over_time", *SPAN, *options, "--json")[1])
    every = json.loads(sampled("usage", "measure", "over_time", *SPAN, "--json")[1])
    assert told["filters"] == (
        "store: production; category: travel, social; difficulty: beginner; language: en; scenario: hotel_check_in"
    )
    assert (told["stretches"], len(told["rows"])) == ("months", 3)
    assert told["compared_with"].startswith("the same weekdays a year before: 2 September 2025")
    assert 0 < told["n"] < every["n"]


WRONG = {
    "--from 2026-11-02 --to 2026-11-01": "end on 2026-11-01, before it begins on 2026-11-02",
    "--from 1999-12-31": "--from must lie between 2000-01-01 and 2100-12-31",
    "--from yesterday": "'yesterday'",
    "--source sample --source app": "Sample runs are made up",
    "--language english_please": "is no BCP 47 tag. Examples are",
    "--scenario hotel_chek_in": "Did you mean hotel_check_in",
    "--category holidays": "There are: business, daily_life",
    "--difficulty beginer": "Did you mean beginner",
    "--store attic": "'attic'",
    "--grain hour": "'hour'",
    "--csv --json": "Only one form",
    "--output data/scenarios/scenarios.json --csv": "belongs to production",
    "--output rows.txt": "--csv or --json",
}


@pytest.mark.parametrize("options", WRONG)
def test_what_cannot_be_asked_is_said_in_one_line_and_nothing_is_written(sampled: Run, options: str) -> None:
    before = FILE.read_bytes()
    code, out, err = sampled("usage", "measure", "completion", *options.split())
    assert (code, out) == (2, "")
    assert WRONG[options] in " ".join(re.sub("[│╭╮╰╯─]", " ", err).split())
    assert "Traceback" not in err
    assert FILE.read_bytes() == before
    assert not Path("rows.txt").exists()


def test_an_unknown_measure_is_answered_with_those_that_there_are(sampled: Run) -> None:
    code, _, err = sampled("usage", "measure", "happiness")
    assert (code, "There is no measure 'happiness'. There are: totals, over_time" in err) == (2, True)


def test_without_dates_a_command_looks_at_what_the_page_looks_at(run: Run) -> None:
    told = json.loads(run("usage", "measure", "totals", "--json")[1])
    [row] = [row for row in told["rows"] if row["period"] == "chosen"]
    first = date.fromisoformat(row["first"])
    assert (first.weekday(), date.fromisoformat(row["last"])) == (0, datetime.now(UTC).date())
    assert (told["runs"], told["n"]) == ("runs in the app, imported runs", 0)


@pytest.mark.parametrize(
    ("days", "grain"), [(1, Grain.DAY), (45, Grain.DAY), (46, Grain.WEEK), (735, Grain.WEEK), (736, Grain.MONTH)]
)
def test_a_longer_period_is_drawn_in_longer_stretches(days: int, grain: Grain) -> None:
    first = date(2026, 1, 1)
    assert suiting_grain(Period(first, first + timedelta(days=days - 1))) is grain


def test_a_report_is_one_file_for_cron_and_says_so(sampled: Run) -> None:
    out = report(sampled, *SPAN, "--html", "--output", "usage.html")
    page = Path("usage.html").read_text(encoding="utf-8")
    assert out.startswith("usage.html: ")
    assert "runs, 1 September 2026 to 27 November 2026 (88 days)" in out
    assert page.startswith("<!doctype html>")
    assert page.count("<svg ") > 8
    assert "Sample data: these runs are made up." in page
    assert report(sampled, *SPAN).startswith("<!doctype html>")


def test_a_report_as_json_holds_the_frames(sampled: Run) -> None:
    told = json.loads(report(sampled, *SPAN, "--json"))
    assert set(told["figures"]) == set(MEASURES) - {"totals"}
    assert told["sample"] is True
    rows = json.loads(sampled("usage", "measure", "completion", *SPAN, "--json")[1])["rows"]
    assert told["figures"]["completion"]["rows"] == [row for row in rows if row["starts"] is not None]


def test_a_report_without_a_run_says_so(run: Run) -> None:
    page = report(run, *SPAN, "--html")
    assert "Sample data" not in page
    assert "No run in this period." in page


def test_a_report_is_no_way_to_change_production_and_has_one_form(sampled: Run) -> None:
    before = FILE.read_bytes()
    assert sampled("usage", "report", "--output", str(FILE))[0] == 2
    assert "not --html and --json" in sampled("usage", "report", "--html", "--json")[2]
    assert FILE.read_bytes() == before


def test_the_engine_is_named_without_its_password_and_counts_all_runs(
    sampled: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads(sampled("usage", "engine", "--json")[1])
    assert (told["engine"], told["runs"], told["sample_runs"]) == ("duckdb://", 2_000, 2_000)
    assert "runs: 2,000" in sampled("usage", "engine")[1]
    monkeypatch.setenv("SCENARIO_DESK_USAGE_ENGINE", "postgresql://me:secret@127.0.0.1:1/usage")
    code, out, err = sampled("usage", "engine")
    assert (code, "secret" in out + err) == (2, False)


def test_ended_runs_are_compacted_once_and_counted_as_before(run: Run) -> None:
    desk = Desk.open(Settings.read())
    hotel = desk.production.scenarios["hotel_check_in"]
    with desk.engine.begin() as connection:
        for learner in range(1, 8):
            run_id = recorder.start(connection, learner, hotel, Store.PRODUCTION)
            if learner > 1:
                recorder.finish(connection, run_id, EndReason.COMPLETED)
    desk.close()
    before = json.loads(run("usage", "engine", "--json")[1])
    assert (before["runs"], before["waiting_for_compaction"], before["files"]) == (7, 6, 0)
    assert "6 runs compacted into" in run("usage", "compact")[1]
    assert json.loads(run("usage", "compact", "--json")[1]) == {"compacted": 0}
    after = json.loads(run("usage", "engine", "--json")[1])
    assert (after["runs"], after["waiting_for_compaction"], after["files"]) == (7, 0, 1)
    assert after["revision"] != before["revision"]


def test_roles_decide_who_may_compact(sampled: Run) -> None:
    desk = Desk.open(Settings.read())
    author = str(add_person(desk.engine, desk.directory.person(1), "An author", [Role.AUTHOR]).user_id)
    desk.close()
    assert sampled("--user", author, "usage", "measure", "totals", *SPAN)[0] == 0
    code, _, err = sampled("--user", author, "usage", "compact")
    assert (code, "error:" in err) == (2, True)


def test_a_filter_in_words_leaves_nothing_out() -> None:
    chosen = UsageFilter(
        Period(date(2026, 1, 1), date(2026, 1, 2)), sources=(Source.SAMPLE,), comparison=Comparison.NONE
    )
    assert filter_words(chosen) == "none"
    assert chosen.is_sample
