#!/usr/bin/env python3
"""Measures a Milvus server with the requests that pixseek sends: docs/scale.md.

Needs `pip install pymilvus==2.3.7 numpy 'setuptools<80' 'marshmallow<4' 'environs<10'` and a server (CONTRIBUTING.md).

    store.py NAME fill FLAT|HNSW [--rows 100000]     enters rows in batches of 512, and tells the rate
    store.py NAME ask [--rows 100000]                times of queries, and the share of the ten best that are found
    store.py NAME drop
"""
import argparse, time
import numpy as np
from pymilvus import Collection, CollectionSchema, DataType, FieldSchema, connections, utility

DIMENSION, CLUSTERS, BATCH, QUERIES = 256, 1000, 512, 200
LIST = ["id", "path", "width", "height", "taken", "taken_ns"]
ALL = LIST + ["size", "mtime", "latitude", "longitude", "facts", "vector"]
LONGS = ["stamp", "size", "mtime", "width", "height", "pixels", "taken", "taken_ns", "iso", "rating", "name_rank"]

parser = argparse.ArgumentParser()
parser.add_argument("name")
parser.add_argument("what", choices=["fill", "ask", "drop"])
parser.add_argument("index", nargs="?", default="FLAT")
parser.add_argument("--rows", type=int, default=100_000)
parser.add_argument("--port", default="19530")
args = parser.parse_args()
connections.connect(host="127.0.0.1", port=args.port)


def vectors():
    """Unit vectors in random clusters, as `pixseek bench search` makes them, in half precision."""
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(CLUSTERS, DIMENSION))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    found = centres[rng.integers(0, CLUSTERS, args.rows)] + rng.normal(size=(args.rows, DIMENSION)) * 0.6 / DIMENSION**0.5
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype(np.float16).astype(np.float32)


def path(row):
    return f"d{row % 100:02}/img_{row:06} odd{row // 100 % 10}.png"


def fill(rows):
    fields = [
        FieldSchema("id", DataType.INT64, is_primary=True),
        FieldSchema("vector", DataType.FLOAT_VECTOR, dim=DIMENSION),
        FieldSchema("root", DataType.VARCHAR, max_length=255),
        FieldSchema("path", DataType.VARCHAR, max_length=4096),
        FieldSchema("hash", DataType.VARCHAR, max_length=64),
        FieldSchema("ext", DataType.VARCHAR, max_length=32),
        FieldSchema("latitude", DataType.DOUBLE),
        FieldSchema("longitude", DataType.DOUBLE),
        FieldSchema("words", DataType.JSON),
        FieldSchema("facts", DataType.JSON),
    ] + [FieldSchema(name, DataType.INT64) for name in LONGS]
    collection = Collection(args.name, CollectionSchema(fields), shards_num=1, consistency_level="Bounded")
    parameters = {"M": 32, "efConstruction": 200} if args.index == "HNSW" else {}
    collection.create_index("vector", {"index_type": args.index, "metric_type": "COSINE", "params": parameters})
    collection.create_partition("m")
    collection.load()
    # Keys are hashes, so that neither order helps.
    keys = np.random.default_rng(1).permutation(args.rows).tolist()
    begun = time.perf_counter()
    for first in range(0, args.rows, BATCH):
        part = range(first, min(first + BATCH, args.rows))
        number = list(part)
        columns = [
            [keys[row] for row in part], rows[first : first + BATCH].tolist(), ["pics"] * len(part), [path(row) for row in part],
            ["0" * 64] * len(part), ["png"] * len(part), [999.0] * len(part), [999.0] * len(part),
            [{"n": ["*", "img", f"{row:06}", f"odd{row // 100 % 10}", "png"]} for row in part],
            [{"taken_from": "modified", "taken_offset": 0, "decoder": 1}] * len(part),
        ] + [number] * len(LONGS)
        collection.upsert(columns, partition_name="m")
    took = time.perf_counter() - begun
    print(f"{args.index}: {args.rows} rows in {took:.1f} s, {args.rows / took:.0f} a second")
    begun = time.perf_counter()
    collection.flush()
    utility.wait_for_index_building_complete(args.name)
    print(f"flushed and indexed {time.perf_counter() - begun:.1f} s later")


def ask(rows):
    collection = Collection(args.name)
    kind = collection.index().params["index_type"]
    rng = np.random.default_rng(7)
    queries = rows[rng.integers(0, len(rows), QUERIES)] + rng.normal(size=(QUERIES, DIMENSION)).astype(np.float32) * 0.6 / DIMENSION**0.5
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    scores = queries @ rows.T
    best = np.argsort(-scores, axis=1)[:, :10]
    inside = [row for row in range(len(rows)) if row % 100 == 7]
    root = 'root == "pics"'
    kinds = [
        ("10 best, with their vectors (`search`)", 34, ALL, root),
        ("10 best (browser, first results)", 34, LIST, root),
        ("1000 best (browser)", 1024, LIST, root),
        ("10 best in a folder of 1 %", 34, LIST, f'({root}) and (path >= "d07/" and path < "d070")'),
        ("10 best of 10 %, by a word of the name", 34, LIST, f'({root}) and (json_contains(words["n"], "odd7"))'),
    ]
    for name, k, output, expression in kinds:
        times, found = [], []
        for query in queries:
            begun = time.perf_counter()
            answer = collection.search(
                [query.tolist()], "vector", {"metric_type": "COSINE", "params": {"ef": max(128, k)}}, k, expr=expression,
                output_fields=output, partition_names=["m"], consistency_level="Bounded",
            )
            times.append((time.perf_counter() - begun) * 1e3)
            found.append([hit.entity.get("path") for hit in answer[0]][:10])
        times.sort()
        if expression == root:
            wanted = [[path(row) for row in of_query] for of_query in best]
        elif "path" in expression:
            wanted = [[path(inside[at]) for at in np.argsort(-of_query[inside])[:10]] for of_query in scores]
        else:
            seventh = [row for row in range(len(rows)) if row // 100 % 10 == 7]
            wanted = [[path(seventh[at]) for at in np.argsort(-of_query[seventh])[:10]] for of_query in scores]
        recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(wanted, found)])
        print(f"| {kind} | {name} | {times[QUERIES // 2]:.1f} | {times[int(QUERIES * 0.95)]:.1f} | {recall:.3f} |", flush=True)


if args.what == "drop":
    utility.drop_collection(args.name)
else:
    {"fill": fill, "ask": ask}[args.what](vectors())
