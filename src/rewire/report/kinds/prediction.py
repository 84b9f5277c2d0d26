"""Who responds, from what was known before treatment."""

from __future__ import annotations

import pandas as pd

from rewire.core.questions import Question
from rewire.effects.prediction import BEYOND
from rewire.numerics.prediction_size import people_to_detect
from rewire.plan.options.prediction import PredictionOptions
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures.prediction import prediction_figures
from rewire.report.phrases import caveat
from rewire.report.rows import EffectRow, Evidence
from rewire.report.tables import Table, from_frame
from rewire.report.wording import Exhibit, Wording

_SETS = {
    "clinic": "what was known without a scan",
    "brain": "the brain before treatment",
    "both": "the brain and what was known without a scan, together",
}
_TARGETS = {
    "after": "{scale} at {when}",
    "change": "the change in {scale} to {when}",
    "response": "response on {scale} at {when}",
    "remission": "remission on {scale} at {when}",
}


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether people who were left out were predicted better than by the mean.

    A small p says that outcome and predictors are related. That somebody left out is predicted
    better for it is claimed only where the interval of the performance lies above chance.
    """
    what = _predicted(row.outcome, row.session, question, contents)
    beyond = row.term == BEYOND
    source = _SETS.get(row.term, row.term)
    if row.evidence is Evidence.NONE:
        added = f"the brain before treatment added to the prediction of {what}"
        plain = f"{source} predicted {what} in people left out"
        return f"there was no evidence that {added if beyond else plain}"
    if not row.ci_low > (0.5 if row.effect_size_kind == "AUC" else 0.0):
        more = "beside what was known without a scan" if beyond else ""
        related = f"{'the brain before treatment' if beyond else source} went with {what} {more}"
        return (
            f"{related.strip()}{caveat(row)}, but there was no evidence that people left out were "
            "predicted better for it"
        )
    if beyond:
        told = f"the brain before treatment added to the prediction of {what}"
        return f"beside what was known without a scan, in people left out, {told}{caveat(row)}"
    return f"{source} predicted {what} better than chance in people left out{caveat(row)}"


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return, for each outcome, everybody's prediction, calibration, use and learning."""
    performance = _own(contents, "prediction_performance", question)
    found = []
    for at, outcome in enumerate(dict.fromkeys(performance.get("outcome", [])), 1):
        mine = performance[performance["outcome"] == outcome]
        session = str(mine["session"].iloc[0])
        what = _predicted(str(outcome), session, question, contents)
        tables = {
            name: frame[frame["outcome"] == outcome]
            for name in ("people", "calibration", "net_benefit", "curve", "weights")
            if not (frame := _own(contents, f"prediction_{name}", question)).empty
        }
        identity = f"{question.name}-{at}"
        found.append(
            Exhibit(
                f"Prediction of {what}",
                (*_lines(question, mine), _learning_line(tables.get("curve"))),
                prediction_figures(identity, what, tables, _of_classes(question)),
                _tables(identity, mine, tables),
            )
        )
    return tuple(found)


def _options(question: Question) -> PredictionOptions:
    held = question.options
    return held if isinstance(held, PredictionOptions) else PredictionOptions()


def _of_classes(question: Question) -> bool:
    return _options(question).of_classes


def _predicted(outcome: str, session: str, question: Question, contents: Contents) -> str:
    scale = names.scale_label(outcome, contents.trial.scales)
    when = names.time_label(session)
    return _TARGETS[_options(question).target].format(scale=scale, when=when)


def _own(contents: Contents, name: str, question: Question) -> pd.DataFrame:
    table = contents.tables.get(name)
    if table is None:
        return pd.DataFrame()
    return table[table["question"] == question.name]


def _lines(question: Question, performance: pd.DataFrame) -> tuple[str, ...]:
    options = _options(question)
    people = int(performance["n"].iloc[0])
    wanted = {
        str(f): int(w)
        for f, w in zip(performance["features"], performance["wanted_people"], strict=True)
    }
    lines = [
        f"{numbers.count(people, 'person', 'people')}, each predicted by models that never saw "
        "them: imputation, scaling, harmonisation, selection and the penalty were learned anew in "
        "each fold. None of this is of use for a patient: nobody outside this trial was predicted."
    ]
    short = {f: w for f, w in wanted.items() if people < w}
    if short:
        told = numbers.listing([f"{w:,} for {f}" for f, w in short.items()])
        lowered = (
            f" The plan lowered the bar to {options.refuse_below}." if options.refuse_below else ""
        )
        lines.append(
            f"Riley's criteria (2020) ask for more people than these: {told}.{lowered} Models "
            "from so few fit their own people better than new ones, and change from sample to "
            "sample."
        )
    detect = numbers.listing([f"{people_to_detect(r2)} for {r2:g}" for r2 in (0.25, 0.1, 0.05)])
    lines.append(
        f"To tell a true R\N{SUPERSCRIPT TWO} in people left out from 0 with 80% power takes at "
        f"least this many people: {detect}."
    )
    lines += [f"{note}." for note in dict.fromkeys(performance["note"]) if note]
    lines.append(f"The clinic is: {performance['clinic'].iloc[0]}.")
    return tuple(lines)


def _learning_line(curve: pd.DataFrame | None) -> str:
    if curve is None or curve.empty:
        return ""
    ends = []
    for features, part in curve.groupby("features", sort=False):
        first, last = part.iloc[0], part.iloc[-1]
        ends.append(
            f"{features} {numbers.unit_bound(float(first['r2']))} from "
            f"{int(first['training_people'])} and {numbers.unit_bound(float(last['r2']))} from "
            f"{int(last['training_people'])}"
        )
    return f"R\N{SUPERSCRIPT TWO} by the number of people learned from: {'; '.join(ends)}."


_HEADINGS = {
    "features": "Predicted from", "predictors": "Predictors", "n": "n",
    "r2": "R\N{SUPERSCRIPT TWO}", "r2_low": "low", "r2_high": "high", "r": "r",
    "mae": "Mean error", "mae_of_mean": "of the mean", "auc": "AUC", "auc_low": "AUC low",
    "auc_high": "AUC high", "brier": "Brier", "brier_of_mean": "of the share",
    "calibration_slope": "Calibration slope", "calibration_intercept": "intercept", "p": "p",
    "wanted_people": "People wanted",
}  # fmt: skip
_WEIGHTS = {
    "features": "Predicted from", "predictor": "Predictor", "kept": "Kept in", "slope": "Slope",
    "slope_sd": "SD over folds", "same_sign": "Same sign in",
}  # fmt: skip


def _tables(
    identity: str, performance: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> tuple[Table, ...]:
    caption = "Performance in people left out; the mean of the training people predicts R2 = 0"
    shown = performance.astype({"predictors": str, "wanted_people": str})
    made = [from_frame(f"performance-{identity}", caption, shown, _HEADINGS)]
    weights = tables.get("weights")
    if weights is not None and not weights.empty:
        order = weights.assign(size=weights["slope"].abs()).sort_values(
            ["kept", "size"], ascending=False, kind="stable"
        )
        caption = (
            "Brain predictors over folds: share of folds that kept each, and slope per standard "
            "deviation; slopes among correlated predictors do not say which of them matters"
        )
        made.append(from_frame(f"weights-{identity}", caption, order.head(30), _WEIGHTS))
    return tuple(made)


WORDING = Wording(
    label="prediction in people left out",
    noun="a relation between {what} and its predictors, judged in people left out,",
    symbol="{size} =",
    planned="nested cross-validation with everything learned inside the folds; corrected resampled "
    "t interval, permutation of the whole pipeline",
    method="Scores or classes after treatment were predicted from what was known before it by "
    "penalised regression in repeated nested cross-validation; harmonisation, imputation, "
    "scaling, selection and the choice of the penalty were learned within training folds alone; "
    "intervals are corrected resampled t (Nadeau and Bengio 2003), p counts permutations of the "
    "outcome under which the whole pipeline did as well, and of the increment outcomes that keep "
    "their clinical fit (Freedman and Lane 1983); numbers of people are held against Riley's "
    "criteria (2020)",
    finding=finding,
    estimate="bounded",
    exhibits=exhibits,
)
