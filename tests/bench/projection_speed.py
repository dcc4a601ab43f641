"""t-SNE beside openTSNE, or UMAP beside umap-learn, on the same vectors: time, quality and the ratios.

    cargo build --release --no-default-features
    python3 tests/bench/projection_speed.py --rows 10000 --turns 3
    python3 tests/bench/projection_speed.py --rows 70000 --turns 1
    python3 tests/bench/projection_speed.py --vectors FILE.npy
    python3 tests/bench/projection_speed.py --method umap --rows 10000 --turns 3

needs openTSNE 1.0.4, umap-learn 0.5.12, faiss-cpu, scikit-learn, numpy and scipy. Both programs take turns, so that other work on the machine disturbs
both alike; the median of each one's times counts. Time is everything from vectors in memory to coordinates: for
openTSNE the call of `fit`, for us the sum of the phases that `--json` reports, trust left out (reading and writing the
files takes milliseconds). Both have perplexity 30, 250 + 500 iterations, PCA for a start and two threads.

Divergences of both maps are computed here, in float64, from the same affinities (perplexity 30 on exact neighbours by
faiss) and with every pair in the norm. Neighbours kept: the share of the 10 nearest vectors that are among the 10
nearest points in the map.

UMAPs have 15 neighbours, a least distance of 0.1 and both programs' own number of epochs; umap-learn runs on all cores,
without a seed, and once on a few points before it is timed, so that its compiler is done. They are judged by
trustworthiness at 10 and 15 neighbours, computed here by the definition: the trustworthiness of up to
10,000 points is scikit-learn's, that of more is measured on 1000 of them.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np

PERPLEXITY = 30
KEPT = 10


def clustered(rows, width=100, groups=100, seed=1):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, width))
    noise = rng.normal(size=(rows, width))
    return (centres[rng.integers(0, groups, rows)] + 0.5 * noise).astype(np.float32)


def neighbours(vectors, k, queries=None):
    """Exact neighbours of the rows `queries` (all): distances and rows, the row itself left out."""
    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)
    queries = np.arange(len(vectors)) if queries is None else queries
    squares, rows = index.search(vectors[queries], k + 1)
    itself = rows == queries[:, None]
    # Among equal vectors the row itself may not be listed; then the last one goes.
    itself[~itself.any(axis=1), -1] = True
    keep = ~itself
    shape = (len(queries), k)
    return np.sqrt(np.maximum(squares[keep].reshape(shape), 0)), rows[keep].reshape(shape)


def divergence(affinities, layout):
    layout = layout.astype(np.float64)
    pairs = affinities.tocoo()
    present = pairs.data > 0
    p, i, j = pairs.data[present], pairs.row[present], pairs.col[present]
    squares = ((layout[i] - layout[j]) ** 2).sum(axis=1)
    norm = 0.0
    for start in range(0, len(layout), 256):
        block = layout[start:start + 256]
        distance = (block[:, :1] - layout[:, 0]) ** 2
        distance += (block[:, 1:] - layout[:, 1]) ** 2
        distance += 1
        norm += np.reciprocal(distance, out=distance).sum()
    return float((p * np.log(p)).sum() + (p * np.log1p(squares)).sum() + np.log(norm - len(layout)))


def kept(original, layout, queries):
    _, mapped = neighbours(np.ascontiguousarray(layout, dtype=np.float32), KEPT, queries)
    return float(np.mean([len(np.intersect1d(a[:KEPT], b)) / KEPT for a, b in zip(original[queries], mapped)]))


def trustworthiness(vectors, layout, k):
    """Venna and Kaski (2001), over all points or 1000 evenly spread ones."""
    if len(vectors) <= 10_000:
        from sklearn.manifold import trustworthiness as by_definition
        return by_definition(vectors, layout, n_neighbors=k)
    count = len(vectors)
    queries = np.linspace(0, count - 1, 1000).astype(int)
    _, original = neighbours(vectors, k, queries)
    _, mapped = neighbours(np.ascontiguousarray(layout, dtype=np.float32), k, queries)
    excess = 0
    for query, near, found in zip(queries, original, mapped):
        strangers = np.setdiff1d(found, near)
        squares = ((vectors - vectors[query]) ** 2).sum(axis=1)
        squares[query] = -1
        ranks = (squares[None, :] < squares[strangers, None]).sum(axis=1)
        excess += np.maximum(ranks - k, 0).sum()
    return 1 - 2 * excess / (len(queries) * k * (2 * count - 3 * k - 1))


def ours(program, vectors, folder, method, extra):
    out = Path(folder) / "ours.npy"
    own = ["--perplexity", str(PERPLEXITY)] if method == "tsne" else ["--neighbors", "15", "--min-dist", "0.1"]
    command = [program, "project", "--vectors", vectors, "--method", method, *own, "--out", out]
    report = json.loads(subprocess.run(
        [*map(str, command), "--threads", "2", "--json", "--quiet", *extra], check=True, capture_output=True, text=True
    ).stdout)
    phases = report["seconds"]
    names = [name for name in ("pca", "neighbors", "affinities", "optimize", "divergence") if phases[name] is not None]
    print("    ours    ", " ".join(f"{name} {phases[name]:.2f}" for name in names), f"trust {phases['trust'] or 0:.2f}")
    return sum(phases[name] for name in names), np.load(out), report["kl_divergence"]


def umap_learn(vectors):
    import umap
    start = time.perf_counter()
    layout = umap.UMAP(n_neighbors=15, min_dist=0.1).fit_transform(vectors)
    seconds = time.perf_counter() - start
    print(f"    umap-learn {seconds:.1f}")
    return seconds, np.asarray(layout)


def open_tsne(vectors):
    from openTSNE import TSNE
    start = time.perf_counter()
    layout = TSNE(perplexity=PERPLEXITY, n_jobs=2, negative_gradient_method="fft", random_state=0).fit(vectors)
    seconds = time.perf_counter() - start
    print(f"    openTSNE {seconds:.1f}")
    return seconds, np.asarray(layout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--method", choices=("tsne", "umap"), default="tsne")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of clustered Gaussian vectors of 100 dimensions")
    parser.add_argument("--vectors", type=Path, help="a matrix of float32 instead")
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--program", default="target/release/idatlas")
    parser.add_argument("extra", nargs="*", help="more arguments for our program, after --")
    arguments = parser.parse_args()

    faiss.omp_set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.vectors
        if path is None:
            path = Path(folder) / "vectors.npy"
            np.save(path, clustered(arguments.rows))
        vectors = np.ascontiguousarray(np.load(path), dtype=np.float32)
        other, theirs = {"tsne": ("openTSNE", open_tsne), "umap": ("umap-learn", umap_learn)}[arguments.method]
        if arguments.method == "umap":
            umap_learn(vectors[:2000])
        times = {"ours": [], other: []}
        for _ in range(arguments.turns):
            seconds, our_layout, reported = ours(arguments.program, path, folder, arguments.method, arguments.extra)
            times["ours"].append(seconds)
            seconds, their_layout = theirs(vectors)
            times[other].append(seconds)

    print(f"{vectors.shape[0]} x {vectors.shape[1]}")
    ratios = [b / a for a, b in zip(times["ours"], times[other])]
    print(f"  times {other}: {np.median(ratios):.1f}  (turns: {', '.join(f'{ratio:.1f}' for ratio in ratios)})")
    if arguments.method == "umap":
        for name, layout in (("ours", our_layout), (other, their_layout)):
            trust = ", ".join(f"{trustworthiness(vectors, layout, k):.4f} at {k}" for k in (10, 15))
            print(f"  {name:10} {np.median(times[name]):8.2f} s  trustworthiness {trust}")
        return
    from openTSNE.affinity import joint_probabilities_nn
    distances, rows = neighbours(vectors, 3 * PERPLEXITY)
    affinities = joint_probabilities_nn(rows, distances, [float(PERPLEXITY)], n_jobs=2)
    queries = np.linspace(0, len(vectors) - 1, min(len(vectors), 5000)).astype(int)
    for name, layout in (("ours", our_layout), (other, their_layout)):
        seconds = np.median(times[name])
        print(f"  {name:9} {seconds:8.2f} s  KL {divergence(affinities, layout):.4f}  kept {kept(rows, layout, queries):.4f}")
    print(f"  divergence as we report it: {reported:.4f}")


if __name__ == "__main__":
    main()
