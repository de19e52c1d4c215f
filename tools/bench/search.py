"""pixseek's search beside FAISS: the same vectors, queries and threads, one run, prints a markdown table.

    python tools/bench/search.py [--n 100000] [--dim 512] [--threads 2] [--work DIR] [--binary target/release/pixseek]

The vectors are what `pixseek bench search` draws: unit vectors in clusters, and queries that are off in one
direction as texts are. Recall is against the ten best of all by inner product.
"""

import argparse
import json
import os
import subprocess
import time
from pathlib import Path

import faiss
import numpy as np

TOP = 10
BATCH = 32


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--work", type=Path, default=Path("target/bench-search"))
    parser.add_argument("--binary", type=Path, default=Path("target/release/pixseek"))
    parser.add_argument("--flat-only", action="store_true", help="leave out what takes minutes to build")
    return parser.parse_args()


def milliseconds(search, queries, seconds=3.0):
    """Median and 95th percentile of single searches."""
    search(queries[:1])
    times, start = [], time.monotonic()
    while len(times) < len(queries) or time.monotonic() - start < seconds:
        query = queries[len(times) % len(queries)][None]
        begun = time.perf_counter()
        search(query)
        times.append(time.perf_counter() - begun)
    return 1e3 * np.percentile(times, 50), 1e3 * np.percentile(times, 95)


def pixseek(options):
    command = [options.binary, "bench", "search", "--json", f"--threads={options.threads}"]
    command += [f"--n={options.n}", f"--dim={options.dim}", f"--write={options.work}"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def main():
    options = arguments()
    faiss.omp_set_num_threads(options.threads)
    ours = pixseek(options)
    vectors, queries, exact = (np.load(options.work / f"{name}.npy") for name in ("vectors", "queries", "exact"))
    exact = exact.astype(np.int64)
    rows = []

    def measure(name, build):
        begun = time.perf_counter()
        index = build()
        seconds = time.perf_counter() - begun
        median, worst = milliseconds(lambda query: index.search(query, TOP), queries)
        found = np.concatenate([index.search(batch, TOP)[1] for batch in np.array_split(queries, len(queries) // BATCH)])
        recall = np.mean([len(np.intersect1d(a, b)) / len(b) for a, b in zip(found, exact)])
        rows.append((name, f"{median:.2f}", f"{worst:.2f}", f"{recall:.3f}", f"{seconds:.1f}"))
        return index, median, found

    def flat():
        index = faiss.IndexFlatIP(options.dim)
        index.add(vectors)
        return index

    def ivf():
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(options.dim), options.dim, 100, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors)
        index.add(vectors)
        index.nprobe = 10
        return index

    def hnsw():
        index = faiss.IndexHNSWFlat(options.dim, 32, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = 100, 100
        index.add(vectors)
        return index

    index, theirs, found = measure("FAISS IndexFlatIP", flat)
    begun, rounds = time.perf_counter(), 4
    for start in range(0, rounds * BATCH, BATCH):
        index.search(queries[start : start + BATCH], TOP)
    batch = 1e3 * (time.perf_counter() - begun) / (rounds * BATCH)
    if not options.flat_only:
        measure("FAISS IVF100, nprobe 10", ivf)
        measure("FAISS HNSW32, efConstruction 100, efSearch 100", hnsw)
    rows.append(("pixseek exact", f"{ours['exact_ms']:.2f}", f"{ours['exact_p95_ms']:.2f}", "1.000", "0"))
    figures = [ours["approximate_ms"], ours["approximate_p95_ms"], ours["recall_at_10"], ours["build_seconds"]]
    rows.append(("pixseek approximate", *(f"{x:.{d}f}" for x, d in zip(figures, (2, 2, 3, 1)))))
    print(f"| {options.n} x {options.dim}, {options.threads} threads | ms (median) | ms (p95) | recall@10 | build, s |")
    print("|---|---|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    same = np.mean([set(a) == set(b) for a, b in zip(found, exact)])
    print(f"\nExact: {ours['exact_ms'] / theirs:.2f} x IndexFlatIP's time; {100 * same:.1f} % of the answers have the same rows.")
    print(f"Approximate: recall@50 {ours['recall_at_50']:.3f}; {ours['bytes'] / 1e6:.0f} MB with the vectors.")
    print(f"{BATCH} queries at once, ms a query: pixseek {ours['exact_batch_ms']:.2f}, IndexFlatIP {batch:.2f}.")


if __name__ == "__main__":
    main()
