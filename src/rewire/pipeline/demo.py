"""The demo: an embedded trial whose truth is known, analysed like any other."""

from __future__ import annotations

import rewire.measures
from rewire.core import registry
from rewire.pipeline.preparing import Prepared, Request, plan_for
from rewire.pipeline.run import Finished, analyse
from rewire.plan.model import Plan, apply_settings
from rewire.trial.check import check_trial
from rewire.trial.reading import Reading
from rewire.trial.synthetic import simulate_trial


def run_demo(request: Request) -> Finished:
    """Simulate the embedded trial and analyse it with the plan that its tables suggest."""
    specs = registry.discover(rewire.measures)
    trial = simulate_trial()
    checked = check_trial(
        Reading(trial, ()),
        n_procs=request.processes,
        rules=apply_settings(Plan(name="draft"), request.settings).quality,
        progress=lambda done, total: request.progress("Checking", done, total),
    )
    bound = plan_for(trial, None, request, specs, checked)
    return analyse(Prepared(trial, bound, checked), request)
