#!/usr/bin/env python3
"""Medians and ratios of what cocoeval.sh printed; exit code 1 if the two disagree on a number."""
import statistics
import sys


def main():
    times, values = {}, {}
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            words = line.split()
            if len(words) == 5 and words[1] == "cocoeval" and not line.startswith("#"):
                times.setdefault((words[0], words[2]), []).append(float(words[3]))
                values.setdefault(words[2], set()).add(words[4])
    same = True
    for kind in ("bbox", "segm"):
        peer = statistics.median(times["peer", kind])
        for ours in ("maskrcnn", "cold"):
            own = times[ours, kind]
            name = "warm" if ours == "maskrcnn" else "first run of a process"
            print(f"# {kind}: {name} {statistics.median(own):.3f} s "
                  f"({min(own):.3f}-{max(own):.3f}), pycocotools {peer:.3f} s "
                  f"({min(times['peer', kind]):.3f}-{max(times['peer', kind]):.3f}), "
                  f"ratio {peer / statistics.median(own):.2f}")
        agree = len(values[kind]) == 1
        same = same and agree
        print(f"# {kind}: {', '.join(sorted(values[kind]))}: {'same' if agree else 'DIFFERENT'}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
