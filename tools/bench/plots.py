"""Draws docs/performance/*.svg from docs/performance/measured.json, whose figures come with the commands that make them.

    pip install matplotlib
    python tools/bench/plots.py
"""

import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "performance"
OURS, OURS_TOO, OTHERS = "#1a7f5a", "#66b894", ["#9aa5b1", "#7b8794", "#616e7c"]
# Text stays text, and the same figures give the same bytes.
plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "pixseek", "font.family": "sans-serif", "font.size": 10}
plt.rcParams |= {"axes.spines.top": False, "axes.spines.right": False, "figure.facecolor": "white"}


def save(figure, name, note):
    figure.text(0.01, 0.01, note, fontsize=7, color="#616e7c")
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def colour(name):
    return OURS if name == "pixseek int8" else OURS_TOO if name.startswith("pixseek") else None


def encoder(measured):
    models = measured["models"]
    figure, axes = plt.subplots(1, len(models), figsize=(11, 3.4))
    for axis, model in zip(axes, models):
        row = model["images_per_second"]["8"]
        names = list(row)
        greys = iter(OTHERS)
        colours = [colour(name) or next(greys) for name in names]
        bars = axis.barh(names[::-1], [row[name] for name in names[::-1]], color=colours[::-1])
        axis.bar_label(bars, fmt="%.3g", padding=2, fontsize=8)
        axis.margins(x=0.18)
        axis.set_title(model["model"], fontsize=10)
        if axis is not axes[0]:
            axis.set_yticklabels([])
    figure.supxlabel("images a second, batches of 8", fontsize=9, y=0.06)
    save(figure, "encoder", measured["command"])


def recall(measured):
    figure, axis = plt.subplots(figsize=(6, 3.4))
    for row in measured["rows"]:
        ours = row["name"].startswith("pixseek")
        axis.scatter(row["ms"], row["recall"], s=60, color=OURS if ours else OTHERS[1], zorder=3)
        # Those on the upper edge take turns above and below.
        up = row["name"] in ("FAISS IVF100, nprobe 10", "FAISS IndexFlatIP")
        axis.annotate(row["name"], (row["ms"], row["recall"]), textcoords="offset points", xytext=(0, 8 if up else -15), ha="center", fontsize=8)
    axis.set_xscale("log")
    axis.set_xlim(0.15, 40)
    axis.set_ylim(0.965, 1.006)
    axis.grid(alpha=0.3)
    axis.set(xlabel="ms a search", ylabel="recall@10", title=measured["vectors"])
    save(figure, "recall", measured["command"])


def size(measured):
    rows = measured["rows"]
    n = [row["n"] for row in rows]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    left.plot(n, [row["exact_ms"] for row in rows], "o-", color=OTHERS[1], label="exact")
    left.plot(n, [row["approximate_ms"] for row in rows], "o-", color=OURS, label="approximate")
    left.set(xscale="log", yscale="log", xlabel="pictures", ylabel="ms a search")
    left.legend(frameon=False)
    right.plot(n, [row["memory_mb"] for row in rows], "o-", color=OURS)
    right.set(xscale="log", yscale="log", xlabel="pictures", ylabel="memory of the vectors and graphs, MB")
    for axis in (left, right):
        axis.grid(alpha=0.3)
    save(figure, "size", measured["command"])


def formats(measured):
    rows = sorted(measured["rows"], key=lambda row: row["ms"])
    figure, axis = plt.subplots(figsize=(8, 5.6))
    bars = axis.barh([row["format"] for row in rows], [row["ms"] for row in rows], color=OURS)
    axis.bar_label(bars, padding=3, fontsize=8)
    axis.set(xlabel=f"ms for a picture of {measured['picture']}")
    axis.margins(x=0.08)
    save(figure, "formats", measured["command"])


if __name__ == "__main__":
    measured = json.loads((FOLDER / "measured.json").read_text())
    for name, draw in (("encoder", encoder), ("recall", recall), ("size", size), ("formats", formats)):
        draw(measured[name])
