"""Loads the same events with polars and with ID Atlas, in turns, and prints both times and their ratio.

    pip install polars pyarrow
    python tests/bench/polars_load.py EVENTS.parquet [--repeats N] [--binary PATH]

EVENTS has the columns user_id, item_id and timestamp (of any format that polars or pyarrow reads as Parquet). Four files
are made of it in a temporary folder: Parquet and CSV, rows as they are and shuffled. Each program reads a file, encodes
both ID columns as integers and sorts by user, then time; ties keep the file's order. ID Atlas also checks every row,
counts the problems, cuts sessions and hashes the result.

Both run as processes that stay; a load is timed inside them, so that neither starting Python nor importing polars
counts. The seconds of CPU are the processes' own, all threads together: on a busy machine trust those.
"""

import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

COLUMNS = ["user_id", "item_id", "timestamp"]
ROOT = pathlib.Path(__file__).resolve().parents[2]


def polars_worker(path):
    """Loads `path` once for each line on stdin and answers with the seconds and the rows."""
    import polars as pl

    for _ in sys.stdin:
        start = time.perf_counter()
        if path.endswith(".parquet"):
            events = pl.read_parquet(path, columns=COLUMNS)
        else:
            texts = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.String}
            events = pl.read_csv(path, columns=COLUMNS, schema_overrides=texts)
            # Naming the notation is quicker than having it found out.
            times = pl.col("timestamp").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", strict=True)
            events = events.with_columns(times)
        events = events.with_columns(pl.col("user_id", "item_id").cast(pl.Categorical).to_physical())
        events = events.sort("user_id", "timestamp", maintain_order=True)
        print(time.perf_counter() - start, events.height, flush=True)


def make_files(events, folder):
    """Writes the four files; returns their names."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(events, columns=COLUMNS).combine_chunks()
    order = np.random.default_rng(1).permutation(table.num_rows)
    files = []
    for name, rows in [("in order", table), ("shuffled", table.take(pa.array(order)))]:
        stem = folder / name.replace(" ", "_")
        pyarrow.parquet.write_table(rows, f"{stem}.parquet", compression="zstd")
        seconds = pc.strftime(rows["timestamp"].cast(pa.timestamp("s", "UTC")), format="%Y-%m-%dT%H:%M:%SZ")
        rows = rows.set_column(rows.column_names.index("timestamp"), "timestamp", seconds)
        with open(f"{stem}.csv", "w") as out:
            # As most programs write it: quotes only where they are needed, and so none in the header.
            out.write(",".join(COLUMNS) + "\n")
        with open(f"{stem}.csv", "ab") as out:
            options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
            pyarrow.csv.write_csv(rows, out, options)
        files += [(f"Parquet, {name}", f"{stem}.parquet"), (f"CSV, {name}", f"{stem}.csv")]
    return files


def bench_binary():
    """Builds the benchmark `load` and returns its path."""
    command = ["cargo", "bench", "--no-run", "--no-default-features", "--bench", "load", "--message-format=json"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in built.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "load":
            return message["executable"]
    sys.exit("cargo built no benchmark named load")


class Worker:
    """A process that loads a file whenever it is asked to."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def cpu(self):
        # Linux: the clock of another process's CPU time.
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def load(self):
        """Seconds, seconds of CPU, rows."""
        before = self.cpu()
        self.process.stdin.write("load\n")
        self.process.stdin.flush()
        seconds, rows = self.process.stdout.readline().split()
        return float(seconds), self.cpu() - before, int(rows)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    if sys.argv[1:2] == ["--polars-worker"]:
        return polars_worker(sys.argv[2])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("events")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--binary", help="the benchmark `load`, if it is built already")
    arguments = parser.parse_args()
    binary = arguments.binary or bench_binary()
    import polars

    print(f"polars {polars.__version__} with {polars.thread_pool_size()} threads; median (least) of {arguments.repeats}")
    print(f"{'':20} {'polars, s':>15} {'ID Atlas, s':>15} {'ratio':>6}   {'polars, CPU-s':>15} {'ID Atlas, CPU-s':>15} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name, path in make_files(arguments.events, pathlib.Path(folder)):
            workers = [Worker([sys.executable, __file__, "--polars-worker", path]), Worker([binary, "serve", path])]
            for worker in workers:
                worker.load()
            loads = [[], []]
            for _ in range(arguments.repeats):
                for worker in random.sample([0, 1], 2):
                    loads[worker].append(workers[worker].load())
            for worker in workers:
                worker.close()
            if loads[0][0][2] != loads[1][0][2]:
                sys.exit(f"polars read {loads[0][0][2]} rows of {name}, ID Atlas {loads[1][0][2]}")
            print(f"{name:20}", end="")
            for measure in range(2):
                theirs, ours = ([load[measure] for load in one] for one in loads)
                middles = [statistics.median(theirs), statistics.median(ours)]
                shown = [f"{middle:.3f} ({min(all_):.3f})" for middle, all_ in zip(middles, [theirs, ours])]
                print(f" {shown[0]:>15} {shown[1]:>15} {middles[0] / middles[1]:>6.2f}  ", end="")
            print(flush=True)


main()
