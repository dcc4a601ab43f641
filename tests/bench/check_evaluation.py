"""Recomputes the report of `idatlas evaluate` from a run folder with numpy alone, and prints the largest difference.

    python3 tests/bench/check_evaluation.py RUN [PROGRAM]

PROGRAM is the idatlas binary (default: idatlas). Needs numpy and pyarrow. Exits with 1 if a figure differs by more
than 1e-9, or, where scores of vectors are ranked, by more than what a rounding of near ties in float32 can move.
"""

import json
import pathlib
import struct
import subprocess
import sys

import numpy as np
import pyarrow.parquet as parquet

CUTOFFS = (10, 50, 100)
# Places beyond which two events of one basket do not count as together.
LONGEST_REACH = 500
METRICS = ("hit_rate", "recall", "ndcg", "mrr")


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in info["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], dtype="<f4").reshape(info["shape"])
    return tensors


class Run:
    """What the run folder says, IDs as row numbers."""

    def __init__(self, folder):
        self.about = json.loads((folder / "run.json").read_text())
        self.types = self.about["types"]
        self.tensors = read_safetensors(folder / "vectors.safetensors")
        tables = {name: parquet.read_table(folder / "ids" / f"{name}.parquet") for name in [*self.types, "user"]}
        rows = {name: {id: row for row, id in enumerate(table["id"].to_pylist())} for name, table in tables.items()}
        self.counts = tables[self.types[0]]["count"].to_numpy().astype(np.int64)
        self.ids = {name: tables[name]["id"].to_pylist() for name in self.types}
        carried = {name: tables[name]["items"].to_numpy().astype(np.int64) for name in self.types}
        self.type_counts = {name: tables[name]["count"].to_numpy().astype(np.int64) for name in self.types}
        items = parquet.read_table(folder / "items.parquet")
        catalogue = {id: row for row, id in enumerate(items["id"].to_pylist())}
        own = [catalogue[id] for id in self.ids[self.types[0]]]
        self.size = len(own)
        self.id_of_item, self.weight = {}, {}
        power = {"inverse-count": -1.0, "inverse-sqrt": -0.5, "uniform": 0.0}[self.about["hyperparameters"]["weighting"]]
        for k, name in enumerate(self.types):
            if k == 0:
                self.id_of_item[name] = np.arange(self.size)
            else:
                texts = items[name].to_pylist()
                self.id_of_item[name] = np.array([rows[name].get(texts[row], -1) for row in own])
            known = self.id_of_item[name] >= 0
            weight = np.zeros(self.size)
            weight[known] = carried[name][self.id_of_item[name][known]].astype(float) ** power
            self.weight[name] = weight
        histories = parquet.read_table(folder / "histories.parquet")["items"].to_pylist()
        baskets = parquet.read_table(folder / "baskets.parquet")
        self.unit = parquet.read_metadata(folder / "baskets.parquet").metadata[b"unit"].decode()
        self.baskets = list(zip(baskets["user"].to_pylist(), baskets["items"].to_pylist()))
        self.own = [[] for _ in histories]
        for user, basket in self.baskets:
            self.own[user].extend(basket)
        held = parquet.read_table(folder / "holdout.parquet")
        targets, repeats = {}, {}
        for user, item, repeat in zip(*(held[name].to_pylist() for name in ("user", "item", "repeat"))):
            user, item = rows["user"].get(user), rows[self.types[0]].get(item)
            if user is not None and item is not None and item not in targets.setdefault(user, []):
                targets[user].append(item)
                repeats.setdefault(user, []).append(repeat)
        self.queries = [
            (user, histories[user], np.array(targets[user]), np.array(repeats[user]))
            for user in sorted(targets)
            if targets[user] and histories[user]
        ]

    def log_probability(self):
        kind = self.about["hyperparameters"]["negative_sampling"]
        if kind == "log-uniform":
            ranks = np.arange(self.size)
            return np.log(np.log1p(1 / (ranks + 1))) - np.log(np.log(self.size + 1))
        weights = self.counts.astype(float) ** float(kind.split(":")[1])
        return np.log(weights / weights.sum())

    def composed(self, side):
        parts = []
        for name in self.types:
            table = self.tensors[f"{side}/{name}"].astype(np.float64)
            ids = self.id_of_item[name]
            parts.append(np.where(ids[:, None] >= 0, self.weight[name][:, None] * table[ids], 0.0))
        return np.concatenate(parts, axis=1)


def figures(queries, ranks, repeat):
    """Means over queries; `repeat` None counts all held-out items, else those of that kind."""
    sums = {cutoff: np.zeros(4) for cutoff in CUTOFFS}
    count = 0
    for (_, _, targets, repeats), own in zip(queries, ranks):
        kept = np.ones(len(targets), bool) if repeat is None else repeats == repeat
        if not kept.any():
            continue
        count += 1
        own = np.sort(own[kept])
        for cutoff in CUTOFFS:
            hits = own[own < cutoff]
            if len(hits):
                ideal = (1 / np.log2(np.arange(min(len(own), cutoff)) + 2)).sum()
                gain = (1 / np.log2(hits + 2)).sum() / ideal
                sums[cutoff] += (1, len(hits) / len(own), gain, 1 / (hits[0] + 1))
    return {str(cutoff): dict(zip(METRICS, sums[cutoff] / max(count, 1))) for cutoff in CUTOFFS}


def ranks_of(row, query, own):
    """Ranks of the query's targets among all, or with the user's `own` items left out; ties by index."""
    if own is not None:
        row = row.astype(np.float64)
        row[own[query[0]]] = -np.inf
    return np.array([(row > row[t]).sum() + (row[:t] == row[t]).sum() for t in query[2]])


def model_ranks(run, score, own=None, block=64):
    """Ranks by full float64 products; ties by index."""
    sources, candidates, bias = score
    ranks = []
    for start in range(0, len(run.queries), block):
        queries = run.queries[start : start + block]
        vectors = np.array([sources[history].mean(axis=0) for _, history, _, _ in queries])
        scores = vectors @ candidates.T + bias
        ranks.extend(ranks_of(row, query, own) for query, row in zip(queries, scores))
    return ranks


def sparse_ranks(run, score_of_query):
    """Ranks by rules among all items and among those new to the user, ties by falling count, then index: the items'
    order."""
    both = [[], []]
    for query in run.queries:
        row = score_of_query(query)
        for ranks, own in zip(both, (None, run.own)):
            ranks.append(ranks_of(row, query, own))
    return both


def cooccurrence(run):
    rows = {}
    wanted = {item for _, history, _, _ in run.queries for item in history}
    window = run.about["hyperparameters"]["window"]
    for _, basket in run.baskets:
        basket = np.array(basket)
        if run.unit == "session":
            distinct = np.unique(basket)
            for item in distinct:
                if item in wanted:
                    near = distinct
                    if len(basket) > LONGEST_REACH:
                        around = [basket[max(0, at - LONGEST_REACH) : at + LONGEST_REACH + 1]
                                  for at in np.flatnonzero(basket == item)]
                        near = np.unique(np.concatenate(around))
                    rows.setdefault(item, []).append(near[near != item])
        else:
            reach = LONGEST_REACH if window == "session" else int(window)
            for at, item in enumerate(basket):
                if item in wanted:
                    near = basket[max(0, at - reach) : at + reach + 1]
                    rows.setdefault(item, []).append(near[near != item])
    rows = {item: np.concatenate(parts) for item, parts in rows.items()}

    def score(query):
        together = [rows[item] for item in query[1] if item in rows]
        return np.bincount(np.concatenate(together), minlength=run.size) if together else np.zeros(run.size)

    return sparse_ranks(run, score)


def same_attribute(run, name):
    ids = run.id_of_item[name]
    events = run.type_counts[name]

    def score(query):
        taken = ids[run.own[query[0]]]
        share = np.bincount(taken[taken >= 0], minlength=len(events)) / events
        return np.where(ids >= 0, share[ids] * run.counts, 0.0)

    return sparse_ranks(run, score)


def attribute_auc(run, k):
    name = run.types[k]
    items = run.tensors[f"target/{run.types[0]}"].astype(np.float64)
    images = run.tensors[f"target/{name}"].astype(np.float64) @ run.tensors[f"transfer/{name}"].astype(np.float64).T
    aucs = []
    for a in range(len(images)):
        own = run.id_of_item[name] == a
        if not 0 < own.sum() < run.size:
            continue
        scores = items @ images[a]
        order = np.argsort(scores, kind="stable")
        ranks = np.empty(run.size)
        ranks[order] = np.arange(run.size)
        n = own.sum()
        aucs.append((ranks[own].sum() - n * (n - 1) / 2) / (n * (run.size - n)))
    return float(np.mean(aucs)) if aucs else None


def segments(run, ranks, name):
    counts = {}
    for (_, _, targets, _), own in zip(run.queries, ranks):
        hit = {}
        for target, rank in zip(targets, own):
            a = run.id_of_item[name][target]
            if a >= 0:
                hit[a] = hit.get(a, False) or rank < 10
        for a, found in hit.items():
            queries, hits = counts.get(a, (0, 0))
            counts[a] = (queries + 1, hits + found)
    return {run.ids[name][a]: (queries, hits / queries) for a, (queries, hits) in counts.items()}


def main():
    folder = pathlib.Path(sys.argv[1])
    program = sys.argv[2] if len(sys.argv) > 2 else "idatlas"
    run = Run(folder)
    count = len(run.queries)
    target = run.composed("target")
    context = run.composed("context")
    items = run.tensors[f"target/{run.types[0]}"].astype(np.float64)
    unit = lambda rows: rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-300)
    scores = {
        "context": (target, context, run.log_probability()),
        "composed": (target, unit(target), 0.0),
        "cosine": (items, unit(items), 0.0),
    }
    worst = {"rules": 0.0, "vectors": 0.0}

    def compare(what, ours, theirs, kind):
        for cutoff in theirs:
            for metric in METRICS:
                worst[kind] = max(worst[kind], abs(ours[cutoff][metric] - theirs[cutoff][metric]))
        row = " ".join(f"{ours['10'][m]:.6f}/{theirs['10'][m]:.6f}" for m in METRICS)
        print(f"{what:32s} {row}")

    print(f"{count} queries, {run.size} candidates; at 10, program/numpy: {', '.join(METRICS)}")
    rules = {"popularity": sparse_ranks(run, lambda query: run.counts)}
    rules["cooccurrence"] = cooccurrence(run)
    rules["own_history"] = sparse_ranks(run, lambda query: np.bincount(run.own[query[0]], minlength=run.size))
    for name in run.types[1:]:
        rules[f"same {name}"] = same_attribute(run, name)
    for score, parts in scores.items():
        command = [program, "evaluate", str(folder), "--score", score, "--json", "--quiet"]
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        assert report["protocol"]["queries"] == count and report["protocol"]["candidates"] == run.size
        ranks = model_ranks(run, parts)
        by_kind = {"new-to-user": model_ranks(run, parts, run.own)}
        kinds = {"all": None, "first-time": False, "new-to-user": False, "repeat": True}
        for kind, repeat in kinds.items():
            ours = report["by_repeat"][kind]
            found = figures(run.queries, by_kind.get(kind, ranks), repeat)
            compare(f"{score}, {kind}", ours["next_item"], found, "vectors")
            if score != "context":
                continue
            for rule, of_rule in rules.items():
                baselines = ours["baselines"]
                own = baselines["same_attribute"][rule[5:]] if rule.startswith("same ") else baselines[rule]
                of_kind = of_rule[kind == "new-to-user"]
                compare(f"  {rule}", own, figures(run.queries, of_kind, repeat), "rules")
        for name in run.types[1:]:
            expected = segments(run, ranks, name)
            assert len(expected) == len(report["by_segment"][name]), name
            for segment in report["by_segment"][name]:
                queries, hit_rate = expected[segment["id"]]
                assert queries == segment["queries"], segment
                worst["vectors"] = max(worst["vectors"], abs(hit_rate - segment["hit_rate_at_10"]) * queries / count)
    for k, name in enumerate(run.types[1:], 1):
        ours = report["attribute_auc"].get(name)
        counts = report["attribute_auc_ids"].get(name)
        if counts and counts["measured"] < counts["ids"]:
            print(f"AUC of {name:25s} {ours} of {counts['measured']} of {counts['ids']} IDs, not recomputed")
            continue
        theirs = attribute_auc(run, k)
        print(f"AUC of {name:25s} {ours}/{theirs}")
        if ours is not None:
            worst["auc"] = max(worst.get("auc", 0.0), abs(ours - theirs))
    print("largest differences:", ", ".join(f"{kind} {value:.2e}" for kind, value in worst.items()))
    # Two float32 scores may change places with float64 ones in one query of all.
    return 0 if worst["rules"] < 1e-9 and worst["vectors"] <= 3 / count and worst.get("auc", 0) < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
