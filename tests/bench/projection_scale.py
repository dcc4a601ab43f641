"""How t-SNE grows with the number of vectors: seconds by phase, memory, recall, divergence and trust, as one table.

    cargo build --release --no-default-features
    python3 tests/bench/projection_scale.py
    python3 tests/bench/projection_scale.py --rows 10000 300000 --method umap

needs numpy. Vectors are clustered Gaussians of 100 dimensions, 700 to a cluster on average (standard deviation 0.5 about
centres of standard deviation 1). Peak memory is what the system accounts to the process (`ru_maxrss`); beside it stands
what the program states before it starts, to which the vectors themselves are added here (twice where the metric is cosine: once as they
are, once brought to length 1), as they are not part of what it states. Recall is that of the neighbour graph; "all" where
every vector was compared with every other.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np

UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
PHASES = ("pca", "neighbors", "affinities", "optimize", "divergence", "trust")


def clustered(rows, width=100, seed=0):
    rng = np.random.default_rng(seed)
    groups = max(10, rows // 700)
    centres = rng.standard_normal((groups, width), dtype="f4")
    shares = rng.random(groups)
    vectors = centres[rng.choice(groups, rows, p=shares / shares.sum())]
    # In parts, so that a million rows do not need their memory twice.
    for start in range(0, rows, 100_000):
        part = vectors[start:start + 100_000]
        part += 0.5 * rng.standard_normal(part.shape, dtype="f4")
    return vectors


def stated(notes):
    """Bytes in "takes about 1.2 GB of memory"."""
    found = re.search(r"about ([\d.,]+)\s*([A-Za-z]+) of memory", notes)
    return float(found[1].replace(",", "")) * UNITS[found[2]] if found else float("nan")


def run(command, folder):
    """What the program reports, what it notes on the way, and the bytes that it held at its peak."""
    report, notes = Path(folder) / "report.json", Path(folder) / "notes.txt"
    with report.open("w") as out, notes.open("w") as err:
        process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"The program failed:\n{notes.read_text()[-2000:]}")
    return json.loads(report.read_text()), notes.read_text(), usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/release/idatlas")
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 70_000, 300_000, 1_000_000])
    parser.add_argument("--method", choices=("tsne", "umap"), default="tsne")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("extra", nargs="*", help="more arguments for our program, after --")
    arguments = parser.parse_args()

    columns = ["rows", "all, s", "us a row", *(f"{phase}, s" for phase in PHASES)]
    columns += ["peak, GB", "stated, GB", "recall", "KL divergence", "trustworthiness", "kept"]
    print("| " + " | ".join(columns) + " |")
    print("| " + " | ".join("---" for _ in columns) + " |")
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as folder:
            vectors = Path(folder) / "vectors.npy"
            np.save(vectors, clustered(rows))
            copies = 2 if "cosine" in arguments.extra else 1
            command = [arguments.program, "project", "--vectors", vectors, "--method", arguments.method]
            command += ["--out", Path(folder) / "map.npy", "--threads", arguments.threads, "--json", *arguments.extra]
            report, notes, peak = run(command, folder)
            layout = np.load(Path(folder) / "map.npy")
        if not np.isfinite(layout).all():
            raise SystemExit(f"{rows} rows: a coordinate is not finite")
        seconds = report["seconds"]
        cells = [f"{rows:,}", f"{seconds['total']:.1f}", f"{seconds['total'] / rows * 1e6:.0f}"]
        cells += ["" if seconds.get(phase) is None else f"{seconds[phase]:.2f}" for phase in PHASES]
        cells += [f"{peak / 1e9:.2f}", f"{(stated(notes) + copies * rows * 400) / 1e9:.2f}"]
        recall, divergence, trust = report.get("neighbor_recall"), report.get("kl_divergence"), report.get("trust")
        cells.append("all" if recall is None else f"{recall:.4f}")
        cells.append("" if divergence is None else f"{divergence:.3f}")
        cells += [f"{trust['trustworthiness']:.4f}", f"{trust['preserved']:.4f}"] if trust else ["", ""]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
