"""Nearest neighbours of all rows, side by side with faiss's flat index: seconds, and the ratio.

    cargo bench --no-default-features --bench neighbors --no-run
    python3 tests/bench/neighbors_speed.py --bench target/release/deps/neighbors-HASH [--vectors FILE.npy]...

needs faiss-cpu and numpy. Both stay in their processes, on as many threads as there are cores, and take turns, so that
other work on the machine disturbs both alike. The best turn of each counts. faiss searches for k + 1, as it finds each
row itself. Clustered rows are Gaussian clusters of 700 rows on average with a standard deviation of 0.5 about centres of
standard deviation 1, isotropic rows have no structure: nothing can be left out there.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path


def clustered(rows, dims, seed=0):
    import numpy as np

    rng = np.random.default_rng(seed)
    count = max(10, rows // 700)
    centres = rng.standard_normal((count, dims)).astype("f4")
    shares = rng.random(count)
    member = rng.choice(count, rows, p=shares / shares.sum())
    return centres[member] + 0.5 * rng.standard_normal((rows, dims), dtype="f4")


def isotropic(rows, dims, seed=1):
    import numpy as np

    return np.random.default_rng(seed).standard_normal((rows, dims), dtype="f4")


def cpu_seconds(process):
    """What a process has used so far, to a hundredth (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Ours:
    """The bench program, which searches whenever it reads a line."""

    def __init__(self, program, rows, k, folder):
        self.result, self.k = folder / "indices.u32", k
        matrix = folder / "rows.f32"
        rows.tofile(matrix)
        command = [program, "serve", matrix, *rows.shape, k, self.result]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(list(map(str, command)), stdin=pipe, stdout=pipe, text=True)

    def __call__(self):
        before = cpu_seconds(self.process.pid)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        wall = float(self.process.stdout.readline())
        return wall, cpu_seconds(self.process.pid) - before

    def neighbors(self):
        import numpy as np

        return np.fromfile(self.result, "u4").reshape(-1, self.k)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Faiss:
    def __init__(self, rows, k):
        import faiss

        faiss.omp_set_num_threads(os.cpu_count())
        self.rows, self.k = rows, k
        self.index = faiss.IndexFlatL2(rows.shape[1])
        self.index.add(rows)

    def __call__(self):
        wall, cpu = time.perf_counter(), time.process_time()
        self.found = self.index.search(self.rows, self.k + 1)[1]
        return time.perf_counter() - wall, time.process_time() - cpu

    def neighbors(self):
        """Without the row itself, which is not always the first among equals."""
        import numpy as np

        other = self.found != np.arange(len(self.rows))[:, None]
        other[other.all(axis=1), -1] = False
        return self.found[other].reshape(-1, self.k)


def recall(ours, theirs):
    import numpy as np

    return sum(len(np.intersect1d(a, b)) for a, b in zip(ours, theirs)) / ours.size


def main():
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True, help="the program of the bench `neighbors`")
    parser.add_argument("--vectors", nargs="*", default=[], help="more matrices, .npy, float32, C order")
    parser.add_argument("--rows", type=int, default=70_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("-k", type=int, nargs="*", default=[10])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        cases = [(make.__name__, lambda make=make: make(arguments.rows, 100)) for make in (clustered, isotropic)]
        cases += [(Path(file).stem, lambda file=file: np.load(file)) for file in arguments.vectors]
        print("| rows | k | faiss, s | ID Atlas, s | ratio | faiss, CPU-s | ID Atlas, CPU-s | ratio | same neighbours |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for name, load in cases:
            rows = np.ascontiguousarray(load(), dtype="f4")
            for k in arguments.k:
                ours, theirs = Ours(arguments.bench, rows, k, folder), Faiss(rows, k)
                turns = np.array([[*theirs(), *ours()] for _ in range(arguments.turns)])
                wall, cpu, our_wall, our_cpu = turns.min(axis=0)
                same = recall(ours.neighbors(), theirs.neighbors())
                ours.close()
                print(
                    f"| {name}, {len(rows):,} x {rows.shape[1]} | {k} | {wall:.2f} | {our_wall:.2f} | {wall / our_wall:.1f} "
                    f"| {cpu:.2f} | {our_cpu:.2f} | {cpu / our_cpu:.1f} | {same:.6f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
