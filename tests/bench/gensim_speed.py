"""Training on the CPU, side by side with gensim's Word2Vec: pairs a second, and the ratio.

    python3 tests/bench/gensim_speed.py --events EVENTS.parquet --items ITEMS.parquet

needs gensim 4.4, numpy and pyarrow, and the program as `cargo build --release --no-default-features` leaves it.
gensim and each configuration take turns, so that other work on the machine disturbs both alike; the best of all turns
counts, or with --cpu-seconds the best rate per second of processor time, which says more on a busy machine. A pair is
a centre and a context that were trained: no subsampling, whole windows, 100 dimensions, window 4, 2 negatives, items of
fewer than --min-count events (5, gensim's own default) left out by both. Rates are those of whole epochs, sampling and
loss sums included; loading is left out.

--quality trains once more with the last session of each user held out, and adds the hit rate at 10 by cosine.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WIDTHS = {
    "item": 100, "product": 100, "store": 10, "brand": 20, "cate_level1": 10, "cate_level2": 10, "cate_level3": 20,
}


def settings(values):
    return [word for key, value in values.items() for word in ("--set", f"{key}={value}")]


def configurations(items):
    """Name -> (factor that is aimed at, arguments of `idatlas train`)."""
    adam = {"optimizer": "adam-lazy", "learning_rate": 0.01}
    found = {
        "default": (10, []),
        "lazy Adam, shared negatives": (4, settings(adam)),
        "lazy Adam, negatives of each pair": (None, settings({**adam, "negative_sharing": "pair"})),
        "fast": (15, ["--preset", "fast"]),
    }
    if items:
        joint = ["--items", items, *settings({f"dims.{name}": width for name, width in WIDTHS.items()})]
        found["seven types, default"] = (2, joint)
        found["seven types, fast"] = (None, ["--preset", "fast", *joint])
    return found


def sequences(events, min_count):
    """Each user's items by time, as gensim reads them, without rare ones, and how many pairs they make."""
    import numpy as np
    import pyarrow.parquet as pq

    table = pq.read_table(events, columns=["user_id", "item_id", "timestamp"])
    users = np.unique(table["user_id"].to_numpy(), return_inverse=True)[1]
    _, items, counts = np.unique(table["item_id"].to_numpy(), return_inverse=True, return_counts=True)
    times = table["timestamp"].cast("int64").to_numpy()
    order = np.lexsort((times, users))
    order = order[counts[items[order]] >= min_count]
    users, items = users[order], items[order].astype(str)
    bounds = np.r_[0, np.flatnonzero(users[1:] != users[:-1]) + 1, len(users)]
    lines, pairs = [], 0
    for start, end in zip(bounds[:-1], bounds[1:]):
        lines.append(" ".join(items[start:end]))
        # The same reach on both sides, cut off at the ends.
        reach = min(4, end - start - 1)
        pairs += int(reach * (reach - 1) + 2 * (end - start - reach) * reach)
    return lines, pairs


class Gensim:
    """gensim with `workers` workers, reading from a file: its fastest way."""

    def __init__(self, events, folder, workers, min_count):
        from gensim.models import Word2Vec

        lines, self.pairs = sequences(events, min_count)
        self.file = str(folder / "sequences.txt")
        Path(self.file).write_text("\n".join(lines) + "\n")
        self.model = Word2Vec(
            vector_size=100, window=4, negative=2, min_count=1, sg=1, sample=0, shrink_windows=False, workers=workers
        )
        self.model.build_vocab(corpus_file=self.file)

    def epoch(self):
        """Pairs a second of the clock, and of processor time."""
        wall, cpu = time.perf_counter(), time.process_time()
        self.model.train(corpus_file=self.file, total_words=self.model.corpus_total_words, epochs=1)
        return self.pairs / (time.perf_counter() - wall), self.pairs / (time.process_time() - cpu)


def idatlas(arguments, *words):
    """Runs the program; its JSON, and the seconds of processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([arguments.program, *words, "--json", "--quiet"], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}\n{done.stderr}")
    return json.loads(done.stdout), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def train(arguments, folder, words, epochs, holdout="none"):
    run = str(folder / "run")
    command = ["train", "--events", arguments.events, "--out", run, "--force", "--backend", "cpu"]
    fixed = {"epochs": epochs, "subsample": 0, "min_count": arguments.min_count}
    command += ["--threads", str(arguments.threads), "--holdout", holdout, *words, *settings(fixed)]
    report, seconds = idatlas(arguments, *command)
    return report, seconds, run


def turn(arguments, folder, words):
    """Pairs a second of the clock, and of processor time if that is asked for."""
    report, seconds, _ = train(arguments, folder, words, 1 + arguments.epochs)
    if not arguments.cpu_seconds:
        return report["pairs_per_second"], None
    # Loading and saving take the same in both, so the difference is training alone.
    first, less, _ = train(arguments, folder, words, 1)
    return report["pairs_per_second"], (report["pairs"] - first["pairs"]) / (seconds - less)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", required=True)
    parser.add_argument("--items", help="items file with the seven types; without it they are left out")
    parser.add_argument("--program", default="target/release/idatlas")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--min-count", type=int, default=5, help="events below which an item is left out (default 5)")
    parser.add_argument("--cpu-seconds", action="store_true")
    parser.add_argument("--quality", action="store_true")
    parser.add_argument("--only", help="a configuration, by the beginning of its name")
    arguments = parser.parse_args()
    chosen = {
        name: value
        for name, value in configurations(arguments.items).items()
        if name.startswith(arguments.only or "")
    }
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        gensim = Gensim(arguments.events, folder, arguments.threads, arguments.min_count)
        gensim_turns, turns = [], {name: [] for name in chosen}
        for _ in range(arguments.repeats):
            for name, (_, words) in chosen.items():
                gensim_turns.append(gensim.epoch())
                turns[name].append(turn(arguments, folder, words))
        kind = 1 if arguments.cpu_seconds else 0
        base = max(rates[kind] for rates in gensim_turns)
        unit = "processor second" if arguments.cpu_seconds else "second"
        quality = " hit rate@10, cosine |" if arguments.quality else ""
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {arguments.threads} threads\n")
        print(f"| | million pairs a {unit} | times gensim | aim |{quality}")
        print("| --- | --- | --- | --- |" + (" --- |" if arguments.quality else ""))
        print(f"| gensim | {base / 1e6:.2f} | 1 | |" + (" |" if arguments.quality else ""))
        for name, (aim, words) in chosen.items():
            best = max(rates[kind] for rates in turns[name])
            row = f"| {name} | {best / 1e6:.2f} | {best / base:.1f} | {aim or ''} |"
            if arguments.quality:
                _, _, run = train(arguments, folder, words, 5, "last-session")
                report, _ = idatlas(arguments, "evaluate", run, "--score", "cosine")
                row += f" {100 * report['next_item']['10']['hit_rate']:.2f} % |"
            print(row)


if __name__ == "__main__":
    main()
