"""Two principal components beside scikit-learn's solvers, on the same vectors: time and the ratios.

    cargo build --release --no-default-features
    python3 tests/bench/pca_speed.py --rows 70000 --turns 9

needs scikit-learn and numpy. The programs take turns; the median of each one's times counts. Ours is the phase `pca` that
`project --json` reports, theirs the call of `fit_transform`, both on two threads, vectors in memory. The shares of the
variance are compared too.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
from sklearn.decomposition import PCA

SOLVERS = ("covariance_eigh", "randomized")


def clustered(rows, width=100, groups=100, seed=1):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, width))
    noise = rng.normal(size=(rows, width))
    return (centres[rng.integers(0, groups, rows)] + 0.5 * noise).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=70_000)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--program", default="target/release/idatlas")
    arguments = parser.parse_args()
    vectors = clustered(arguments.rows)
    times = {name: [] for name in ("ours", *SOLVERS)}
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "vectors.npy", Path(folder) / "map.npy"
        np.save(path, vectors)
        command = [arguments.program, "project", "--vectors", path, "--method", "pca", "--out", out]
        for _ in range(arguments.turns):
            report = json.loads(subprocess.run(
                [*map(str, command), "--threads", "2", "--json", "--quiet"], check=True, capture_output=True, text=True
            ).stdout)
            times["ours"].append(report["seconds"]["pca"])
            for solver in SOLVERS:
                start = time.perf_counter()
                fitted = PCA(2, svd_solver=solver, random_state=0)
                fitted.fit_transform(vectors)
                times[solver].append(time.perf_counter() - start)
                difference = np.abs(fitted.explained_variance_ratio_ - report["explained_variance_ratio"]).max()
                if difference > 1e-4:
                    raise SystemExit(f"{solver} finds other shares of the variance: {difference:.1e}")
    print(f"{vectors.shape[0]} x {vectors.shape[1]}, median of {arguments.turns} turns")
    for name, seconds in times.items():
        ratio = np.median(seconds) / np.median(times["ours"])
        print(f"  {name:16} {1000 * np.median(seconds):8.1f} ms  best {1000 * min(seconds):6.1f}  times ours {ratio:.2f}")


if __name__ == "__main__":
    main()
