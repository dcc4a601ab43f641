"""PCA, t-SNE and UMAP beside scikit-learn, numpy, openTSNE and umap-learn, on the same vectors: time, quality, ratios.

    cargo build --release --no-default-features
    python3 tests/bench/projection_speed.py --rows 10000 --turns 2
    python3 tests/bench/projection_speed.py --method tsne --rows 70000
    python3 tests/bench/projection_speed.py --method pca --rows 70000 --pca-turns 25
    python3 tests/bench/projection_speed.py --vectors FILE.npy

needs openTSNE 1.0.4, umap-learn 0.5.12, faiss-cpu, scikit-learn, numpy and scipy; without --method all three methods run. All
programs take turns, so that other work on the machine disturbs each alike; the median of each one's times counts. Time is
everything from vectors in memory to coordinates on two threads: for the others the call of `fit`, for us the sum of the
phases that `--json` reports, trust left out (reading and writing the files takes milliseconds). Ours is a process of its
own each time, the others stay.

PCA has two components. numpy's is the eigenvectors of its own covariance. The shares of the variance must agree.

t-SNEs have perplexity 30, 250 + 500 iterations and PCA for a start. Divergences of both maps are computed here, in float64,
from the same affinities (perplexity 30 on exact neighbours by faiss) and with every pair in the norm. Neighbours kept: the
share of the 10 nearest vectors that are among the 10 nearest points in the map.

UMAPs have 15 neighbours, a least distance of 0.1 and both programs' own number of epochs; umap-learn runs on all cores,
without a seed, and once on a few points before it is timed, so that its compiler is done. They are judged by
trustworthiness at 10 and 15 neighbours, computed here by the definition: the trustworthiness of up to 10,000 points is
scikit-learn's, that of more is measured on 1000 of them.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")

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


OWN_ARGUMENTS = {
    "pca": ["--trust", "0"],
    "tsne": ["--perplexity", str(PERPLEXITY)],
    "umap": ["--neighbors", "15", "--min-dist", "0.1"],
}


def ours(program, path, folder, method, extra):
    """Seconds of all phases but trust, coordinates, and the report."""
    out = Path(folder) / "ours.npy"
    command = [program, "project", "--vectors", path, "--method", method, *OWN_ARGUMENTS[method], "--out", out]
    report = json.loads(subprocess.run(
        [*map(str, command), "--threads", "2", "--json", "--quiet", *extra], check=True, capture_output=True, text=True
    ).stdout)
    phases = report["seconds"]
    names = [name for name in ("pca", "neighbors", "affinities", "optimize", "divergence") if phases[name] is not None]
    if method != "pca":
        print("    ours", *(f"{name} {phases[name]:.2f}" for name in names), f"trust {phases['trust'] or 0:.2f}", flush=True)
    return sum(phases[name] for name in names), np.load(out), report


def scikit_learn(solver):
    def fit(vectors):
        from sklearn.decomposition import PCA
        fitted = PCA(2, svd_solver=solver, random_state=0)
        return fitted.fit_transform(vectors), fitted.explained_variance_ratio_
    return fit


def numpy_pca(vectors):
    centred = vectors - vectors.mean(axis=0)
    variances, axes = np.linalg.eigh(centred.T @ centred)
    return centred @ axes[:, -2:], variances[:-3:-1] / variances.sum()


def umap_learn(vectors):
    import umap
    return umap.UMAP(n_neighbors=15, min_dist=0.1).fit_transform(vectors)


def open_tsne(vectors):
    from openTSNE import TSNE
    return TSNE(perplexity=PERPLEXITY, n_jobs=2, negative_gradient_method="fft", random_state=0).fit(vectors)


PEERS = {
    "pca": {
        "scikit-learn, covariance_eigh": scikit_learn("covariance_eigh"),
        "scikit-learn, randomized": scikit_learn("randomized"),
        "numpy, eigh": numpy_pca,
    },
    "tsne": {"openTSNE": open_tsne},
    "umap": {"umap-learn": umap_learn},
}


def in_turns(method, path, vectors, turns, run_ours):
    """Seconds by program, and what each made last; ours comes with its report."""
    seconds = {name: [] for name in ("ID Atlas", *PEERS[method])}
    made = {}
    if method == "umap":
        umap_learn(vectors[:2000])
    for _ in range(turns):
        spent, layout, report = run_ours(method)
        seconds["ID Atlas"].append(spent)
        made["ID Atlas"] = (layout, report)
        for name, fit in PEERS[method].items():
            start = time.perf_counter()
            made[name] = fit(vectors)
            seconds[name].append(time.perf_counter() - start)
    return seconds, made


def judge_pca(vectors, made):
    shares = {"ID Atlas": made["ID Atlas"][1]["explained_variance_ratio"]}
    shares |= {name: found[1] for name, found in made.items() if name != "ID Atlas"}
    for name, found in shares.items():
        difference = np.abs(np.asarray(found) - shares["ID Atlas"]).max()
        if difference > 1e-4:
            raise SystemExit(f"{name} finds other shares of the variance: {difference:.1e}")
    return {name: f"shares {found[0]:.4f}, {found[1]:.4f}" for name, found in shares.items()}


def judge_tsne(vectors, made):
    from openTSNE.affinity import joint_probabilities_nn
    distances, rows = neighbours(vectors, 3 * PERPLEXITY)
    affinities = joint_probabilities_nn(rows, distances, [float(PERPLEXITY)], n_jobs=2)
    queries = np.linspace(0, len(vectors) - 1, min(len(vectors), 5000)).astype(int)
    print(f"    divergence as we report it: {made['ID Atlas'][1]['kl_divergence']:.4f}")
    layouts = {"ID Atlas": made["ID Atlas"][0], "openTSNE": np.asarray(made["openTSNE"])}
    return {
        name: f"KL {divergence(affinities, layout):.4f}, kept {kept(rows, layout, queries):.4f}"
        for name, layout in layouts.items()
    }


def judge_umap(vectors, made):
    layouts = {"ID Atlas": made["ID Atlas"][0], "umap-learn": np.asarray(made["umap-learn"])}
    return {
        name: "trustworthiness " + ", ".join(f"{trustworthiness(vectors, layout, k):.4f} at {k}" for k in (10, 15))
        for name, layout in layouts.items()
    }


JUDGES = {"pca": judge_pca, "tsne": judge_tsne, "umap": judge_umap}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--method", choices=tuple(PEERS), help="one of the methods; default: all")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of clustered Gaussian vectors of 100 dimensions")
    parser.add_argument("--vectors", type=Path, help="a matrix of float32 instead")
    parser.add_argument("--turns", type=int, default=1, help="of t-SNE and UMAP")
    parser.add_argument("--pca-turns", type=int, default=25)
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
        table = []
        for method in [arguments.method] if arguments.method else PEERS:
            turns = arguments.pca_turns if method == "pca" else arguments.turns
            run_ours = lambda method: ours(arguments.program, path, folder, method, arguments.extra)
            seconds, made = in_turns(method, path, vectors, turns, run_ours)
            quality = JUDGES[method](vectors, made)
            own = np.array(seconds["ID Atlas"])
            for name, spent in seconds.items():
                ratio = "" if name == "ID Atlas" else f"{np.median(np.array(spent) / own):.2f}"
                table.append((method, name, f"{np.median(spent):.3f}", f"{min(spent):.3f}", ratio, quality[name]))
    print(f"\n{vectors.shape[0]:,} x {vectors.shape[1]}\n")
    print("| method | program | seconds, median | least | times ours | |\n| --- | --- | --- | --- | --- | --- |")
    for row in table:
        print("|", " | ".join(row), "|")


if __name__ == "__main__":
    main()
