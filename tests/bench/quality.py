#!/usr/bin/env python3
"""Quality of the vectors: ID Atlas against gensim and simple baselines, on the same hold-out, as a Markdown table.

    cargo build --release --no-default-features
    python3 tests/bench/quality.py --data ../shared/data --work /tmp/quality

Needs gensim, numpy, scipy, pyarrow. Every finished piece is kept in --work, so that an interrupted run goes on where it
stopped. `--split validation` takes each user's last session away first and holds out the one before: choose
hyperparameters there, report `--split test`.

All figures are hit rates at 10 in per cent over the same users, histories (last 20 training items) and candidates (every
trained item; for `new-to-user` those that the user has not taken in training). ID Atlas and the baselines are measured by
`idatlas evaluate`; gensim's vectors by the same protocol here (`tests/bench/check_evaluation.py` shows that both protocols
give the same figures).
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DATASETS = ["sample_cj", "online_retail", "cj_store", "cj"]
# Name, whether attributes are given, arguments of `train`.
MODELS = {
    "paper": (True, ["--preset", "paper"]),
    "default": (True, ["--preset", "default"]),
    "fast": (True, ["--preset", "fast"]),
    "items only": (False, ["--preset", "default"]),
}
# Epochs, negatives, exponent of the negatives' distribution.
GENSIM = {"gensim, paper's settings": (5, 2, 0.75), "gensim, tuned": (20, 5, 0.5)}
SCORES = ["context", "cosine", "composed"]
KINDS = ["all", "first-time", "new-to-user", "repeat"]


def column(path, name):
    return pq.read_table(path, columns=[name])[name].to_pylist()


class Bench:
    """Where the pieces of one table lie."""

    def __init__(self, arguments):
        self.data = pathlib.Path(arguments.data)
        self.work = pathlib.Path(arguments.work) / arguments.split
        self.binary = arguments.binary
        self.split = arguments.split
        self.scores = getattr(arguments, "scores", SCORES)
        self.extra = [piece for setting in arguments.set for piece in ("--set", setting)]
        self.work.mkdir(parents=True, exist_ok=True)

    def idatlas(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments), "--json", "--quiet"], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.binary} {' '.join(map(str, arguments))}\n{done.stderr}")
        return json.loads(done.stdout)

    def events(self, dataset):
        """The events to train on: all, or without each user's last session."""
        everything = self.data / dataset / "events.parquet"
        if self.split == "test":
            return everything
        path = self.work / f"{dataset}.parquet"
        if not path.exists():
            run = self.work / f"{dataset}-last"
            self.train(run, everything, None, ["--set", "epochs=1", "--set", "dims.item=4"])
            events, held = pq.read_table(everything), run / "holdout.parquet"
            held = set(zip(column(held, "user"), column(held, "session")))
            pairs = zip(events["user_id"].to_pylist(), events["session_id"].to_pylist())
            pq.write_table(events.filter(pa.array([pair not in held for pair in pairs])), path)
        return path

    def train(self, run, events, items, arguments):
        items = ["--items", items] if items else []
        return self.idatlas("train", "--events", events, *items, "--backend", "cpu", "--out", run, "--force", *arguments)

    def cached(self, name, compute):
        path = self.work / f"{name}.json"
        if not path.exists():
            path.write_text(json.dumps(compute()))
        return json.loads(path.read_text())

    def ours(self, dataset, model, seed):
        """Hit rates by score and kind of purchase, the baselines', the pairs a second."""
        attributes, arguments = MODELS[model]
        of_scores = "" if self.scores == SCORES else "-" + "-".join(self.scores)

        def compute():
            run = self.work / f"{dataset}-{model.replace(' ', '-')}-{seed}"
            items = self.data / dataset / "items.parquet" if attributes else None
            extra = self.extra if model != "paper" else []
            arguments_ = [*arguments, "--set", f"seed={seed}", *extra]
            trained = self.train(run, self.events(dataset), items, arguments_)
            result = {"pairs_per_second": trained["pairs_per_second"], "seconds": trained["seconds"]}
            for score in self.scores:
                report = self.idatlas("evaluate", run, "--score", score)
                result[score] = by_kind(report, lambda part: part["next_item"])
                if score == self.scores[0]:
                    names = ["popularity", "cooccurrence", "own_history"]
                    result["baselines"] = {
                        name: by_kind(report, lambda part, name=name: part["baselines"][name]) for name in names
                    }
                    for name in report["baselines"].get("same_attribute") or {}:
                        pick = lambda part, name=name: part["baselines"]["same_attribute"][name]
                        result["baselines"][f"same {name}"] = by_kind(report, pick)
            return result

        return self.cached(f"{dataset}-{model.replace(' ', '-')}-{seed}{of_scores}", compute)

    def protocol(self, dataset, seed):
        """Hold-out, histories and sequences, of a run that is made for them."""
        run = self.work / f"{dataset}-protocol-{seed}"
        if not (run / "run.json").exists():
            arguments = ["--set", "epochs=1", "--set", "dims.item=4", "--set", f"seed={seed}"]
            self.train(run, self.events(dataset), None, arguments)
        return Protocol(run, self.events(dataset))

    def gensim(self, dataset, settings, seed):
        """Hit rates of gensim's vectors by score and kind of purchase."""

        def compute():
            return word2vec(self.protocol(dataset, seed), *GENSIM[settings], seed)[1]

        return self.cached(f"{dataset}-{settings.replace(' ', '-')}-{seed}", compute)


def by_kind(report, pick):
    return {kind: 100 * pick(report["by_repeat"][kind])["10"]["hit_rate"] for kind in KINDS}


class Protocol:
    """Hold-out, histories and training sequences of a run folder."""

    def __init__(self, run, events):
        self.items = column(run / "ids" / "item.parquet", "id")
        row = {item: index for index, item in enumerate(self.items)}
        users = column(run / "histories.parquet", "user")
        histories = dict(zip(users, column(run / "histories.parquet", "items")))
        held = pq.read_table(run / "holdout.parquet")
        targets = {}
        for user, item, repeat in zip(*(held[name].to_pylist() for name in ("user", "item", "repeat"))):
            if item in row and histories.get(user):
                targets.setdefault(user, {})[row[item]] = repeat
        self.histories = [histories[user] for user in targets]
        self.targets = [
            {
                "all": np.array(list(of)),
                "first-time": np.array([i for i, again in of.items() if not again]),
                "repeat": np.array([i for i, again in of.items() if again]),
            }
            for of in targets.values()
        ]
        sessions = set(zip(held["user"].to_pylist(), held["session"].to_pylist()))
        table = pq.read_table(events)
        users, names = table["user_id"].to_pylist(), table["session_id"].to_pylist()
        kept = np.array([pair not in sessions for pair in zip(users, names)])
        number = {}
        self.user = np.array([number.setdefault(user, len(number)) for user in users])[kept]
        self.item = np.array([row.get(item, -1) for item in table["item_id"].to_pylist()])[kept]
        self.time = table["timestamp"].to_numpy().astype("int64")[kept]
        own = {}
        for user, item in zip(self.user, self.item):
            own.setdefault(user, set()).add(item)
        self.own = [np.array(sorted(own[number[user]] - {-1})) for user in targets]

    def sentences(self, seed):
        """One a user, in time order, purchases of one moment shuffled."""
        order = np.lexsort((np.random.default_rng(seed).random(len(self.user)), self.time, self.user))
        user, item = self.user[order], self.item[order].astype(str)
        return [list(part) for part in np.split(item, np.flatnonzero(np.diff(user)) + 1)]

    def hit_rates(self, vectors, candidates):
        hits, queries = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
        for start in range(0, len(self.histories), 128):
            block = range(start, min(start + 128, len(self.histories)))
            means = np.stack([vectors[self.histories[query]].mean(axis=0) for query in block])
            scores = means @ candidates.T
            best = np.argpartition(-scores, 10, axis=1)[:, :10]
            for query, row in zip(block, scores):
                row[self.own[query]] = -np.inf
            best_new = np.argpartition(-scores, 10, axis=1)[:, :10]
            for query, top, top_new in zip(block, best, best_new):
                for kind in KINDS:
                    targets = self.targets[query]["first-time" if kind == "new-to-user" else kind]
                    if len(targets):
                        queries[kind] += 1
                        hits[kind] += bool(np.isin(top_new if kind == "new-to-user" else top, targets).any())
        return {kind: 100 * hits[kind] / max(queries[kind], 1) for kind in KINDS}


def word2vec(protocol, epochs, negatives, exponent, seed):
    """gensim's skip-gram: seconds of training, and its hit rates by score and kind of purchase."""
    from gensim.models import Word2Vec

    sentences = protocol.sentences(seed)
    model = Word2Vec(
        vector_size=100, window=4, negative=negatives, ns_exponent=exponent, epochs=epochs, sg=1, min_count=1, sample=0,
        shrink_windows=False, workers=2, seed=seed,
    )
    model.build_vocab(sentences)
    begun = time.perf_counter()
    model.train(sentences, total_examples=model.corpus_count, epochs=epochs)
    seconds = time.perf_counter() - begun
    vectors, contexts = (np.zeros((len(protocol.items), 100), np.float32) for _ in range(2))
    rows = np.array([int(word) for word in model.wv.index_to_key])
    vectors[rows], contexts[rows] = model.wv.vectors, model.syn1neg
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return seconds, {"cosine": protocol.hit_rates(vectors, unit), "context": protocol.hit_rates(vectors, contexts)}


def cell(results):
    """Mean over the seeds and, of several, the sample standard deviation."""
    text = f"{statistics.mean(results):.1f}"
    return f"{text} ±{statistics.stdev(results):.1f}" if len(results) > 1 else text


def table(bench, datasets, seeds, models, settings):
    lines = [f"| data | method | score | {' | '.join(KINDS)} |", "| --- " * (3 + len(KINDS)) + "|"]

    def row(dataset, method, score, results):
        cells = [cell([result[kind] for result in results]) for kind in KINDS]
        lines.append(f"| {dataset} | {method} | {score} | {' | '.join(cells)} |")

    for dataset in datasets:
        for model in models:
            results = [bench.ours(dataset, model, seed) for seed in seeds]
            for score in bench.scores:
                row(dataset, f"**{model}**", score, [result[score] for result in results])
        for setting in settings:
            results = [bench.gensim(dataset, setting, seed) for seed in seeds]
            for score in ("context", "cosine"):
                row(dataset, setting, {"context": "in-out", "cosine": "cosine"}[score], [r[score] for r in results])
        if "default" in models:
            baselines = bench.ours(dataset, "default", seeds[0])["baselines"]
            for name in ("popularity", "same store", "cooccurrence", "own_history"):
                if name in baselines:
                    row(dataset, name.replace("_", " "), "", [baselines[name]])
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--work", required=True)
    parser.add_argument("--binary", default="target/release/idatlas")
    parser.add_argument("--split", choices=["test", "validation"], default="test")
    parser.add_argument("--datasets", nargs="*", default=DATASETS)
    parser.add_argument("--models", nargs="*", default=[m for m in MODELS if m != "fast"])
    parser.add_argument("--gensim", nargs="*", default=list(GENSIM))
    parser.add_argument("--scores", nargs="*", default=SCORES, help="of `evaluate --score`")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], help="KEY=VALUE for every model but paper")
    arguments = parser.parse_args()
    seeds = range(1, arguments.seeds + 1)
    print(table(Bench(arguments), arguments.datasets, seeds, arguments.models, arguments.gensim))


if __name__ == "__main__":
    main()
