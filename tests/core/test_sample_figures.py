from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scenario_core.errors import InvalidQueryError, UsageError
from scenario_core.production import ScenarioManager
from scenario_core.scenario import Store
from scenario_core.usage import sample
from scenario_core.usage.learners import PATTERN
from scenario_core.usage.run import SCHEMA, EndReason
from scenario_core.usage.sample_model import SamplePlan, SampleScenario
from tests.factories import SHIPPED

UNTIL: Final = date(2026, 11, 28)
PLAN: Final = SamplePlan(60_000, 7, UNTIL)
NEWEST: Final = "university_tutorial_feedback"


def shipped() -> list[SampleScenario]:
    production = ScenarioManager(SHIPPED)
    production.initialize()
    return [SampleScenario.of(scenario, Store.PRODUCTION) for scenario in production.scenarios.values()]


def written(folder: Path, scenarios: list[SampleScenario], plan: SamplePlan) -> pa.Table:
    sample.write_sample(folder, scenarios, plan)
    return pa.concat_tables(pq.ParquetFile(path).read() for path in sorted(folder.glob("month=*/*.parquet")))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """Runs of the shipped scenarios."""
    return written(tmp_path_factory.mktemp("sample"), shipped(), PLAN)


@pytest.fixture(scope="module")
def frame(runs: pa.Table) -> pd.DataFrame:
    """The same for pandas, each with its scenario's difficulty and how often its learner had started that scenario."""
    found: pd.DataFrame = runs.to_pandas()
    found["difficulty"] = found["scenario_id"].map({each.scenario_id: each.difficulty for each in shipped()})
    found["completed"] = found["end_reason"] == EndReason.COMPLETED
    found["attempt"] = found.groupby(["learner", "scenario_id"]).cumcount()
    found["spent"] = (found["ended_at"] - found["started_at"]).dt.total_seconds()
    return found


def test_a_sample_has_the_form_of_runs_and_as_many_as_were_asked_for(runs: pa.Table) -> None:
    assert runs.schema.equals(SCHEMA)
    assert runs.num_rows == PLAN.runs
    assert len(set(runs["run_id"].to_pylist())) == PLAN.runs


def test_all_of_a_sample_is_labelled_and_its_learners_have_pseudonyms(frame: pd.DataFrame) -> None:
    assert set(frame["source"]) == {"sample"}
    assert frame["learner"].str.fullmatch(PATTERN).all()
    assert not frame["finished_only"].any()


def test_the_same_plan_gives_the_same_bytes_in_whatever_order_the_scenarios_come(tmp_path: Path) -> None:
    plan = SamplePlan(3_000, 5, UNTIL)
    first, again = written(tmp_path / "a", shipped(), plan), written(tmp_path / "b", shipped()[::-1], plan)
    assert first.equals(again)
    files = [sorted((tmp_path / name).glob("*/*.parquet")) for name in ("a", "b")]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]


@pytest.mark.parametrize("other", [{"seed": 6}, {"runs": 2_999}, {"days": 399}, {"until": UNTIL - timedelta(days=1)}])
def test_another_plan_gives_other_runs(tmp_path: Path, other: dict[str, Any]) -> None:
    plan = SamplePlan(3_000, 5, UNTIL)
    first, second = written(tmp_path / "a", shipped(), plan), written(tmp_path / "b", shipped(), replace(plan, **other))
    assert not first["run_id"].equals(second["run_id"]) or not first["started_at"].equals(second["started_at"])


def test_runs_lie_in_the_period_and_each_month_is_in_order(tmp_path: Path) -> None:
    plan = SamplePlan(2_000, 1, date(2026, 3, 1), 60)
    sample.write_sample(tmp_path, shipped(), plan)
    for folder in tmp_path.iterdir():
        starts = pq.ParquetFile(folder / "runs.parquet").read()["started_at"].to_pylist()
        assert starts == sorted(starts)
        assert {f"month={moment:%Y-%m}" for moment in starts} == {folder.name}
        assert plan.begin <= starts[0] <= starts[-1] < plan.end
    assert {folder.name for folder in tmp_path.iterdir()} == {"month=2025-12", "month=2026-01", "month=2026-02"}


def test_more_runs_than_are_drawn_at_once_are_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "AT_ONCE", 300)
    seen: list[tuple[int, int]] = []
    sample.write_sample(tmp_path, shipped(), plan := SamplePlan(5_000, 2, UNTIL, 90), lambda *now: seen.append(now))
    found = pa.concat_tables(pq.ParquetFile(path).read() for path in tmp_path.glob("*/*.parquet"))
    assert len(set(found["run_id"].to_pylist())) == plan.runs
    assert seen[-1] == (plan.runs, plan.runs)
    assert len(seen) > plan.runs // 300


def test_weekdays_and_hours_have_their_rhythm(frame: pd.DataFrame) -> None:
    by_day = frame["started_at"].dt.day_of_week.value_counts()
    assert by_day[5] < 0.75 * by_day[1]
    by_hour = frame["started_at"].dt.hour.value_counts()
    assert by_hour[19] > 10 * by_hour[3]


def test_there_are_runs_on_every_day_and_more_of_them_at_the_end(frame: pd.DataFrame) -> None:
    by_day = frame.groupby(frame["started_at"].dt.date).size()
    assert len(by_day) == PLAN.days
    assert by_day.iloc[-28:].sum() > 1.2 * by_day.iloc[:28].sum()


def test_some_learners_come_once_and_a_few_very_often(frame: pd.DataFrame) -> None:
    by_learner = frame.groupby("learner").size()
    assert 0.1 < (by_learner == 1).mean() < 0.4
    assert by_learner.quantile(0.99) > 8 * by_learner.median()


def test_learners_come_back_less_and_less(frame: pd.DataFrame) -> None:
    first = frame.groupby("learner")["started_at"].transform("min")
    early = frame[first < datetime(2026, 6, 1, tzinfo=UTC)]
    week = (early["started_at"] - first).dt.days // 7
    active = early.groupby(week)["learner"].nunique()
    assert active[0] > 2 * active[1] > 2 * active[4] > 0


def test_a_learners_runs_do_not_begin_before_the_one_before(frame: pd.DataFrame) -> None:
    gaps = frame.sort_values("started_at").groupby("learner")["started_at"].diff().dropna()
    assert (gaps > pd.Timedelta(0)).all()


def test_later_phases_lose_more(frame: pd.DataFrame) -> None:
    four = frame[frame["total_phases"] == 4]["phases_completed"]
    losses = [(four == phase).sum() / (four >= phase).sum() for phase in range(4)]
    assert losses == sorted(losses)
    assert losses[3] > 1.4 * losses[0]


def test_harder_scenarios_lose_more(frame: pd.DataFrame) -> None:
    completed = frame.groupby("difficulty")["completed"].mean()
    assert completed["beginner"] > completed["intermediate"] > completed["advanced"]
    lost_at_once = (frame["phases_completed"] == 0).groupby(frame["difficulty"]).mean()
    assert 1.8 * lost_at_once["beginner"] < 1.2 * lost_at_once["intermediate"] < lost_at_once["advanced"]


def test_first_attempts_succeed_less_than_repeats(frame: pd.DataFrame) -> None:
    first, later = frame[frame["attempt"] == 0], frame[frame["attempt"] > 0]
    assert later["completed"].mean() > first["completed"].mean() + 0.05
    assert later["success_rate"].mean() > first["success_rate"].mean() + 0.05


def test_the_newest_scenario_starts_in_the_middle(frame: pd.DataFrame) -> None:
    middle = PLAN.begin + timedelta(days=PLAN.days // 2)
    first = frame.groupby("scenario_id")["started_at"].min()
    assert middle <= first[NEWEST] < middle + timedelta(days=7)
    assert first.drop(NEWEST).quantile(0.8) < PLAN.begin + timedelta(days=14)


def test_two_scenarios_are_never_run_and_few_very_often(frame: pd.DataFrame) -> None:
    by_scenario = frame.groupby("scenario_id").size()
    assert len(by_scenario) == len(shipped()) - 2
    assert by_scenario.max() > 4 * by_scenario.median()


def test_a_few_learners_do_one_scenario_far_more_than_others(frame: pd.DataFrame) -> None:
    busy = frame.groupby("learner").filter(lambda runs: len(runs) >= 20)
    share = busy.groupby("learner")["scenario_id"].agg(lambda names: names.value_counts(normalize=True).iloc[0])
    assert 0 < (share > 0.8).mean() < 0.1


def test_a_scenario_is_practised_in_its_own_language_or_in_the_learners(frame: pd.DataFrame) -> None:
    own = {each.scenario_id: each.language for each in shipped() if each.language}
    assert (frame["language"] == frame["scenario_id"].map(own).fillna(frame["language"])).all()
    free = frame[~frame["scenario_id"].isin(own)]
    assert 0.4 < (free["language"] == "en").mean() < 0.5
    assert free["language"].nunique() >= 5


def test_ends_phases_times_and_scores_fit_together(frame: pd.DataFrame) -> None:
    is_open = frame["end_reason"].isna()
    assert (is_open == frame["ended_at"].isna()).all()
    assert (frame["completed"] == (frame["phases_completed"] == frame["total_phases"])).all()
    told = frame["phase_seconds"].map(len)
    assert (told == frame["phases_completed"] + (~is_open & ~frame["completed"])).all()
    ended = frame[~is_open]
    assert ((ended["phase_seconds"].map(sum) - ended["spent"]).abs() < 0.01).all()
    assert (ended["ended_at"] <= PLAN.end).all()
    assert ended["success_rate"].between(0, 1).all()
    assert ended["completion_score"].between(0, 100).all()
    assert (ended.loc[ended["phases_completed"] == 0, "completion_score"] == 0).all()
    for column in ("success_rate", "completion_score", "vocabulary", "objectives"):
        assert frame.loc[is_open, column].isna().all()
    assert {"abandoned", "terminated"} < set(ended["end_reason"])


def test_the_last_phase_is_the_one_that_the_learner_was_in(frame: pd.DataFrame) -> None:
    phases = {each.scenario_id: [phase.phase_id for phase in each.phases] for each in shipped()}
    expected = [
        phases[name][min(done, len(phases[name]) - 1)]
        for name, done in zip(frame["scenario_id"], frame["phases_completed"], strict=True)
    ]
    assert frame["last_phase"].tolist() == expected


def test_an_open_run_is_the_learners_last_of_that_scenario_and_mostly_recent(frame: pd.DataFrame) -> None:
    last = frame.groupby(["learner", "scenario_id"])["attempt"].transform("max")
    is_open = frame["end_reason"].isna()
    assert (frame["attempt"] == last)[is_open].mean() > 0.99
    recent = frame["started_at"] > PLAN.end - timedelta(days=3)
    assert is_open[recent].mean() > 5 * is_open[~recent].mean() > 0


def test_times_lie_around_what_is_planned_with_a_tail_and_a_few_impossible_ones(frame: pd.DataFrame) -> None:
    planned = {each.scenario_id: sum(phase.minutes for phase in each.phases) * 60 for each in shipped()}
    done = frame[frame["completed"]]
    ratio = done["spent"] / done["scenario_id"].map(planned)
    usual = ratio.groupby(done["scenario_id"]).median()
    assert 0.8 < usual.median() < 1.3
    assert 1 <= (usual > 1.6).sum() <= 6
    first = done["phase_seconds"].map(lambda seconds: seconds[0]).astype(float)
    first /= first.groupby(done["scenario_id"]).transform("median")
    assert 0.008 < first.between(3, 20).mean() < 0.05
    assert 0 < (frame["spent"] == 0).mean() < 0.005
    assert 0 < (frame["spent"] > 4 * 3_600).mean() < 0.005


def test_words_are_the_scenarios_and_more_of_them_the_further_the_learner_came(frame: pd.DataFrame) -> None:
    ended = frame[frame["vocabulary"].notna()]
    used = ended["vocabulary"].map(len).groupby(ended["phases_completed"]).mean()
    assert used[0] < used[1] < used[2] < used[3]
    never = 0
    for each in shipped():
        own = {word for phase in each.phases for word in phase.vocabulary}
        said = {word for words in ended.loc[ended["scenario_id"] == each.scenario_id, "vocabulary"] for word in words}
        assert said <= own
        never += len(own - said) if said else 0
    assert 10 < never < 100


def test_objectives_are_met_in_completed_phases_only(frame: pd.DataFrame) -> None:
    ended = frame[frame["objectives"].notna()]
    assert (ended.loc[ended["phases_completed"] == 0, "objectives"].map(len) == 0).mean() > 0.5
    met = ended["objectives"].map(len).groupby(ended["completed"]).mean()
    assert met[True] > met[False] + 1


def test_a_shared_scenario_is_not_run_before_it_was_made(tmp_path: Path) -> None:
    made = datetime(2026, 9, 9, 9, tzinfo=UTC)
    custom = replace(shipped()[0], scenario_id="custom_travel_1_0123abcd", store=Store.CUSTOM, created_at=made)
    found = written(tmp_path, [*shipped(), custom], PLAN).to_pandas()
    own = found[found["scenario_id"] == custom.scenario_id]
    assert len(own)
    assert set(own["store"]) == {"custom"}
    assert own["started_at"].min() >= made


@pytest.mark.parametrize("count", [1, 2, 3])
def test_even_one_scenario_and_one_run_are_enough(tmp_path: Path, count: int) -> None:
    assert written(tmp_path, shipped()[:count], SamplePlan(1, 0, UNTIL, 14)).num_rows == 1


def test_without_a_scenario_there_is_no_sample(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no scenario"):
        sample.write_sample(tmp_path, [], PLAN)


@pytest.mark.parametrize(
    "wrong", [{"runs": 0}, {"runs": 10**9}, {"seed": -1}, {"days": 13}, {"days": 9_999}, {"until": date(1, 1, 1)}]
)
def test_a_plan_out_of_range_is_refused_with_the_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidQueryError, match=r"must be \d+ to \d+, not"):
        replace(PLAN, **wrong)
