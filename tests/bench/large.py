"""How long each verb takes, and how much memory, on data far larger than the bundled ones.

    python3 tests/bench/large.py --work DIR [--program target/release/idatlas] [--events 20000000]

needs numpy and pyarrow, and the program as `cargo build --release --no-default-features` leaves it. The events are drawn:
items by a power of their rank, three of five within one of 200 clusters that the user belongs to; each item has one of
20,000 brands, 300 stores and 200 categories (the clusters). Of --events events there are 3 users and 2 items per hundred.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

CLUSTERS = 200


def draw(work, count):
    """Writes both files."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    random = np.random.default_rng(1)
    user_count, item_count = count * 3 // 100, count * 2 // 100
    popularity = 1 / np.arange(1, item_count + 1) ** 0.8
    users = np.sort(random.integers(0, user_count, count))
    cluster_of_user = random.integers(0, CLUSTERS, user_count)
    ranks = random.choice(item_count, count, p=popularity / popularity.sum())
    moved = random.random(count) < 0.6
    ranks[moved] = ranks[moved] // CLUSTERS * CLUSTERS + cluster_of_user[users[moved]]
    item_of_rank = random.permutation(item_count)
    items = item_of_rank[ranks % item_count]
    times = np.datetime64("2025-01-01") + random.integers(0, 300 * 86400, count).astype("timedelta64[s]")
    columns = {"user_id": users, "item_id": items, "timestamp": times.astype("datetime64[ms]")}
    pq.write_table(pa.table(columns), work / "events.parquet")
    rank_of_item = np.empty(item_count, int)
    rank_of_item[item_of_rank] = np.arange(item_count)
    columns = {
        "item_id": np.arange(item_count),
        "brand_id": [f"b{brand}" for brand in random.integers(0, 20_000, item_count)],
        "store_id": [f"s{store}" for store in random.integers(0, 300, item_count)],
        "category_id": [f"c{rank % CLUSTERS}" for rank in rank_of_item],
        "price": random.gamma(2, 10, item_count),
    }
    pq.write_table(pa.table(columns), work / "items.parquet")


def run(program, words):
    """Seconds of the clock, seconds of processor time, and megabytes that it held at most."""
    begun = time.perf_counter()
    child = subprocess.Popen([program, *words, "--quiet"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(words)} ended with {status}")
    return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, type=Path, help="folder for the data and the run")
    parser.add_argument("--program", default="target/release/idatlas")
    parser.add_argument("--events", default=20_000_000, type=int)
    arguments = parser.parse_args()
    work = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    draw(work, arguments.events)
    data = ["--events", str(work / "events.parquet"), "--items", str(work / "items.parquet")]
    folder = str(work / "run")
    train = ["train", *data, "--out", folder, "--force", "--preset", "fast", "--set", "epochs=2"]
    verbs = {
        "inspect": ["inspect", *data],
        "train, 2 epochs of `fast`, nothing held out": [*train, "--holdout", "none"],
        "the same, last sessions held out and evaluated": train,
        "neighbors": ["neighbors", folder, "--type", "item", "--id", "0"],
        "summarize": ["summarize", folder, "--type", "brand", "--id", "b0"],
        "project, PCA": ["project", folder, "--type", "item", "--method", "pca"],
        "users": ["users", folder, *data[:2], "--out", str(work / "users.parquet")],
        "embed": ["embed", folder, *data[2:], "--out", str(work / "new.parquet")],
        "groups": ["groups", folder, "-k", "20"],
        "export": ["export", folder, "--type", "item", "--format", "parquet", "--out", str(work / "x.parquet")],
    }
    print("| verb | s | CPU-s | MB |\n| --- | --- | --- | --- |")
    for name, words in verbs.items():
        seconds, cpu, megabytes = run(arguments.program, words)
        print(f"| {name} | {seconds:.1f} | {cpu:.1f} | {megabytes:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
