#!/usr/bin/env python3
"""Medians and ratios of the lines that compare.sh collected.

The ratio of a round is the peer's median over ours, so above 1 we are faster. What counts is the
ratio to the peer's better layout, which is chosen per round in favour of the peer.
"""
import re
import statistics
import sys

LINE = re.compile(r"(maskrcnn|peer) (train|infer)(?: (\w+))? ([\d.]+) rois=(\d+)$")
OURS = "maskrcnn"


def read(path):
    """{work: [{system: [(seconds, rois)]} per round]}"""
    rounds = {"train": [], "infer": []}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# round"):
                for work in rounds.values():
                    work.append({})
            found = LINE.match(line.strip())
            if found:
                _, work, layout, seconds, rois = found.groups()
                runs = rounds[work][-1].setdefault(layout or OURS, [])
                runs.append((float(seconds), int(rois)))
    return rounds


def median(runs):
    return statistics.median(seconds for seconds, _ in runs)


def spread(values):
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def report(work, rounds):
    systems = list(dict.fromkeys(name for r in rounds for name in r))
    for name in systems:
        runs = [run for r in rounds for run in r.get(name, [])]
        seconds = spread([s for s, _ in runs])
        rois = sorted({n for _, n in runs})
        what = "mask RoIs" if work == "train" else "detections"
        print(f"{work:5} {name:14} seconds {seconds}, {what} {rois[0]} to {rois[-1]}")
    ratios = {}
    for r in rounds:
        peers = {name: median(runs) for name, runs in r.items() if name != OURS}
        if OURS not in r or not peers:
            continue
        peers["better layout"] = min(peers.values())
        for name, seconds in peers.items():
            ratios.setdefault(name, []).append(seconds / median(r[OURS]))
    for name, values in ratios.items():
        print(f"{work:5} torchvision {name} / ours: {spread(values)} over {len(values)} rounds")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: summary.py LOG")
    print("# median (least to most)")
    for work, rounds in read(sys.argv[1]).items():
        if any(rounds):
            report(work, [r for r in rounds if r])


if __name__ == "__main__":
    main()
