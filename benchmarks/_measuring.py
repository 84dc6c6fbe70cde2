"""All rows of a benchmark of searches, one after the other."""

from __future__ import annotations

from pathlib import Path

from benchmarks._estimate import estimate
from benchmarks._kept_rows import read_kept
from benchmarks._output import same_protocol, save_results
from benchmarks._protocol import Protocol, open_bench
from benchmarks._rows import Row, row_plans
from benchmarks._searches import Searched, run_search
from nni_autoattend.progress import Observer


def measure_rows(protocol: Protocol, path: Path, observer: Observer) -> Path:
    """Measure all rows, rewriting the result file ``path`` after each, and return it.

    What that file has of the same protocol is not measured again.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    with open_bench(protocol, observer) as (bench, splits):
        plans = row_plans(bench.settings.space.modality)
        minutes = estimate(plans, protocol, bench) / 60
        observer.say(f"{bench.data.name}: about {minutes:.0f} minutes in all; finished work is not repeated")
        kept = read_kept(path, same_protocol(protocol, bench), protocol, plans, bench.settings.space.genes)
        searches: list[Searched] = []
        rows: list[Row] = []
        for number, plan in enumerate(plans, start=1):
            observer.say(f"row {number} of {len(plans)}: {plan.name}")
            for search in (search for search in protocol.searches if search.name == plan.search):
                for seed in range(protocol.seeds_of(search.name)):
                    known = kept.searches.get((search.name, seed))
                    searches.append(known or run_search(search, seed, searches, protocol, bench))
            rows.append(kept.rows.get(plan.name) or plan.measure(bench, splits, searches))
            save_results(path, plans, rows, searches, protocol, bench)
    return path
