"""Measures the peak memory of `idatlas inspect` for growing files, with and without wide columns that are not kept.

    pip install pyarrow
    python tests/bench/load_memory.py EVENTS.parquet [--times 1 4 16] [--binary target/release/idatlas] [--csv]

EVENTS has the columns user_id, item_id, timestamp and session_id. Each copy of its rows gets other users, sessions and
times. The wide files have two columns of random text more (40 and 80 characters). Peak memory is the resident set's
high-water mark as the system gives it (what `/usr/bin/time -v` shows).
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

COLUMNS = ["user_id", "item_id", "timestamp", "session_id"]
WIDTHS = {"referrer": 40, "agent": 80}
YEAR = pa.scalar(365 * 86_400, pa.duration("s"))
ROOT = pathlib.Path(__file__).resolve().parents[2]


def random_text(rows, width, rng):
    letters = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz0123456789", dtype=np.uint8)
    text = letters[rng.integers(0, len(letters), size=rows * width, dtype=np.uint8)]
    ends = np.arange(0, (rows + 1) * width, width, dtype=np.int64)
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(text.tobytes()))


def copy_of(table, number, wide, rng):
    """The rows with other users, sessions and times, and the wide columns if `wide`."""
    ending = pa.scalar(f"-{number}", pa.large_string())
    empty = pa.scalar("", pa.large_string())
    for name in ["user_id", "session_id"]:
        texts = pc.binary_join_element_wise(table[name].cast(pa.large_string()), ending, empty)
        table = table.set_column(table.column_names.index(name), name, texts)
    times = table["timestamp"].cast(pa.timestamp("s", "UTC"))
    times = pc.add(times, pc.multiply(YEAR.cast(pa.int64()), pa.scalar(number)).cast(pa.duration("s")))
    table = table.set_column(table.column_names.index("timestamp"), "timestamp", times)
    for name, width in WIDTHS.items() if wide else []:
        table = table.append_column(name, random_text(table.num_rows, width, rng))
    return table


def write(table, times, wide, path):
    rng = np.random.default_rng(1)
    writer = None
    for number in range(times):
        rows = copy_of(table, number, wide, rng)
        if writer is None:
            if path.suffix == ".csv":
                writer = pyarrow.csv.CSVWriter(path, rows.schema)
            else:
                writer = pyarrow.parquet.ParquetWriter(path, rows.schema, use_dictionary=COLUMNS)
        writer.write_table(rows)
    writer.close()


# A process begins with the high-water mark of the one that started it, so a small one must.
LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss * 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak_bytes(binary, path):
    command = [sys.executable, "-c", LAUNCHER, binary, "inspect", "--quiet", "--json", "--events", path]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("events")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--binary", default=str(ROOT / "target/release/idatlas"))
    parser.add_argument("--csv", action="store_true", help="CSV instead of Parquet")
    arguments = parser.parse_args()
    table = pyarrow.parquet.read_table(arguments.events, columns=COLUMNS).combine_chunks()
    print(f"{'rows':>12} {'columns':>8} {'file, MB':>10} {'peak, MB':>10} {'bytes a row':>12}")
    for times in arguments.times:
        for wide in [False, True]:
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / ("events.csv" if arguments.csv else "events.parquet")
                write(table, times, wide, path)
                rows, size = times * table.num_rows, path.stat().st_size
                peak = peak_bytes(arguments.binary, path)
                columns = "wide" if wide else "kept"
                print(f"{rows:>12} {columns:>8} {size / 1e6:>10.0f} {peak / 1e6:>10.0f} {peak / rows:>12.0f}", flush=True)


main()
