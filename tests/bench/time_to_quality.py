#!/usr/bin/env python3
"""How good vectors are after how many seconds of training: ID Atlas against gensim, items only, as a Markdown table.

    cargo build --release --no-default-features
    python3 tests/bench/time_to_quality.py --data ../shared/data --work /tmp/quality

Needs gensim, numpy, scipy, pyarrow. Data, hold-out and figures are those of `quality.py`, whose kept pieces in --work are
used: every item, whatever its count. A cell is the seconds of training, and the hit rates at 10 in per cent by in-out
(gensim) or context, and by cosine. gensim has the tuned settings of `quality.py` and two workers; ID Atlas has two threads.
gensim has its sentences in memory: from a file it is a quarter faster, and worse on `cj`. Seconds are those of training
alone: loading, counting words, saving and evaluating are left out. Each cell is a training of its own, with its own
schedule.
"""

import argparse
import statistics

from quality import DATASETS, GENSIM, Bench, cell, word2vec

EPOCHS = {"gensim, tuned": [5, 10, 20], "`default`": [5, 10, 20, 50], "`fast`": [5, 10, 20, 40]}
SCORES = ["context", "cosine"]


def gensim(protocol, epochs, seed):
    """Seconds, and hit rates by score."""
    _, negatives, exponent = GENSIM["gensim, tuned"]
    seconds, rates = word2vec(protocol, epochs, negatives, exponent, seed)
    return {"seconds": seconds, **{score: rates[score]["all"] for score in SCORES}}


def ours(bench, run, events, preset, epochs, seed):
    """Seconds, and hit rates by score."""
    chosen = ["--preset", preset, "--set", f"epochs={epochs}", "--set", f"seed={seed}", "--threads", "2"]
    seconds = bench.train(run, events, None, chosen)["seconds"]
    reports = {score: bench.idatlas("evaluate", run, "--score", score) for score in SCORES}
    rates = {score: 100 * report["next_item"]["10"]["hit_rate"] for score, report in reports.items()}
    return {"seconds": seconds, **rates}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--work", required=True)
    parser.add_argument("--binary", default="target/release/idatlas")
    parser.add_argument("--datasets", nargs="*", default=DATASETS)
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    bench = Bench(argparse.Namespace(**vars(arguments), split="test", set=[]))
    every = sorted(set().union(*EPOCHS.values()))
    columns = ["data", "method", *(f"{epochs} epochs" for epochs in every)]
    print(f"| {' | '.join(columns)} |\n{'| --- ' * len(columns)}|")
    for dataset in arguments.datasets:
        events = bench.events(dataset)
        protocols = {seed: bench.protocol(dataset, seed) for seed in range(1, arguments.seeds + 1)}
        run = bench.work / f"{dataset}-timed"
        ways = {
            "gensim, tuned": lambda epochs, seed: gensim(protocols[seed], epochs, seed),
            "`default`": lambda epochs, seed: ours(bench, run, events, "default", epochs, seed),
            "`fast`": lambda epochs, seed: ours(bench, run, events, "fast", epochs, seed),
        }
        rows = {name: [] for name in ways}
        # Taking turns, so that other work on the machine disturbs all alike.
        for epochs in every:
            for name, train in ways.items():
                if epochs not in EPOCHS[name]:
                    rows[name].append("")
                    continue
                results = [train(epochs, seed) for seed in protocols]
                seconds = statistics.mean(result["seconds"] for result in results)
                rates = [cell([result[score] for result in results]) for score in SCORES]
                rows[name].append(f"{seconds:.1f} s: {' / '.join(rates)}")
        for name, cells in rows.items():
            print(f"| {dataset} | {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
