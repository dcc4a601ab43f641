#!/usr/bin/env python3
"""Which vectors of new items are the better ones: `embed --method centroid` against `--method transfer`.

    cargo build --release --no-default-features
    python3 tests/bench/placement.py --data ../shared/data --work /tmp/placement

A tenth of the items is hidden from training (`train --hide-items 0.1`) and then placed by `embed`. A query is the mean
vector of a user's last 20 training items; it asks for the hidden items that the user took in the hold-out. Hit rates at
10 by cosine in per cent, among the new items alone and among all items, with vectors as they are and less the mean of
all trained items' vectors (queries too). Mean and standard deviation over seeds, each of which hides other items.
`--split validation` is that of quality.py: the test split stays unseen while a default is chosen.
"""

import argparse
import statistics

import numpy as np
import pyarrow.parquet as pq

from quality import Bench, cell, column

METHODS = {
    "centroid": ["--method", "centroid"],
    "transfer": ["--method", "transfer"],
    "transfer, centred": ["--method", "transfer", "--centred"],
}


def vectors_of(path):
    table = pq.read_table(path)
    return table["id"].to_pylist(), np.stack(table["vector"].to_pylist()).astype(np.float32)


def hit_rates(queries, candidates, targets):
    unit = candidates / np.maximum(np.linalg.norm(candidates, axis=1, keepdims=True), 1e-12)
    hits = 0
    for query, wanted in zip(queries, targets):
        top = np.argpartition(-(unit @ query), 10)[:10]
        hits += bool(np.isin(wanted, top).any())
    return 100 * hits / len(targets)


def measure(bench, dataset, seed):
    run = bench.work / f"{dataset}-hidden-{seed}"
    catalogue = bench.data / dataset / "items.parquet"
    if not (run / "run.json").exists():
        arguments = ["--hide-items", "0.1", "--set", f"seed={seed}", *bench.extra]
        bench.train(run, bench.events(dataset), catalogue, arguments)
    trained = column(run / "ids" / "item.parquet", "id")
    known = set(trained)
    table = pq.read_table(catalogue)
    new = [row for row, item in enumerate(table["item_id"].to_pylist()) if item not in known]
    pq.write_table(table.take(new), run / "new-items.parquet")
    bench.idatlas("export", run, "--type", "item", "--format", "parquet", "--out", run / "items-out.parquet")
    names, items = vectors_of(run / "items-out.parquet")
    assert names == trained
    histories = dict(zip(column(run / "histories.parquet", "user"), column(run / "histories.parquet", "items")))
    held = pq.read_table(run / "holdout.parquet")
    result = {}
    for method, arguments in METHODS.items():
        out = run / "placed.parquet"
        bench.idatlas("embed", run, "--items", run / "new-items.parquet", *arguments, "--out", out)
        placed, vectors = vectors_of(out)
        at = {item: row for row, item in enumerate(placed)}
        targets = {}
        for user, item in zip(held["user"].to_pylist(), held["item"].to_pylist()):
            if item in at and histories.get(user):
                targets.setdefault(user, set()).add(at[item])
        queries = np.stack([items[histories[user][-20:]].mean(axis=0) for user in targets])
        targets = [np.array(sorted(of)) for of in targets.values()]
        mean = items.mean(axis=0)
        everything = np.concatenate([vectors, items])
        result[method] = {
            "new, as they are": hit_rates(queries, vectors, targets),
            "new, centred": hit_rates(queries - mean, vectors - mean, targets),
            "all, as they are": hit_rates(queries, everything, targets),
            "all, centred": hit_rates(queries - mean, everything - mean, targets),
            "queries": len(targets),
            "new items": len(placed),
        }
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--binary", default="target/release/idatlas")
    parser.add_argument("--split", choices=["test", "validation"], default="validation")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--datasets", nargs="+", default=["sample_cj", "cj_store"])
    arguments = parser.parse_args()
    bench = Bench(arguments)
    figures = ["new, as they are", "new, centred", "all, as they are", "all, centred"]
    print("| data | method | " + " | ".join(figures) + " |")
    print("| --- " * (2 + len(figures)) + "|")
    for dataset in arguments.datasets:
        results = [measure(bench, dataset, seed) for seed in range(1, arguments.seeds + 1)]
        for method in METHODS:
            cells = [cell([result[method][figure] for result in results]) for figure in figures]
            print(f"| {dataset} | {method} | " + " | ".join(cells) + " |")
        queries = statistics.mean(result["centroid"]["queries"] for result in results)
        items = statistics.mean(result["centroid"]["new items"] for result in results)
        print(f"{dataset}: {queries:.0f} queries, {items:.0f} new items on average", flush=True)


if __name__ == "__main__":
    main()
