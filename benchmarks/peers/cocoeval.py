#!/usr/bin/env python3
"""Times pycocotools' COCOeval on the work that CocoEvalTimer does.

    cocoeval.py time ANNOTATIONS RESULTS bbox|segm [RUNS]
        Prints per run, reading the files not included:
        peer cocoeval <bbox|segm> <seconds> <the twelve numbers, AP first>

    cocoeval.py enlarge ANNOTATIONS RESULTS TIMES FOLDER
        Writes annotations.json and results.json with every image TIMES times under new ids, so that
        a small set of files gives work that takes long enough to time. Needs no pycocotools.
"""
import argparse
import contextlib
import io
import json
import os
import sys
import time


def measure(args):
    try:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    except ImportError:
        sys.exit(
            "cocoeval.py: pycocotools is not installed, and it is what to compare with; "
            "Debian, Ubuntu: apt install python3-pycocotools; elsewhere: pip install pycocotools")
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(args.annotations)
        found = truth.loadRes(args.results)
    for _ in range(args.runs):
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = COCOeval(truth, found, args.type)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        seconds = time.perf_counter() - start
        stats = ",".join(f"{value:.6f}" for value in evaluation.stats)
        print(f"peer cocoeval {args.type} {seconds:.4f} {stats}", flush=True)


def enlarge(args):
    with open(args.annotations, encoding="utf-8") as f:
        truth = json.load(f)
    with open(args.results, encoding="utf-8") as f:
        found = json.load(f)
    image_step = max(i["id"] for i in truth["images"]) + 1
    object_step = max(a["id"] for a in truth["annotations"]) + 1
    copies = range(args.times)
    large = dict(truth)
    large["images"] = [dict(i, id=i["id"] + c * image_step) for c in copies for i in truth["images"]]
    large["annotations"] = [
        dict(a, id=a["id"] + c * object_step, image_id=a["image_id"] + c * image_step)
        for c in copies for a in truth["annotations"]]
    results = [dict(r, image_id=r["image_id"] + c * image_step) for c in copies for r in found]
    os.makedirs(args.folder, exist_ok=True)
    for name, content in (("annotations.json", large), ("results.json", results)):
        with open(os.path.join(args.folder, name), "w", encoding="utf-8") as f:
            json.dump(content, f)
    print(f"{len(large['images'])} images, {len(large['annotations'])} objects, "
          f"{len(results)} detections in {args.folder}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    timed = commands.add_parser("time")
    timed.add_argument("annotations")
    timed.add_argument("results")
    timed.add_argument("type", choices=["bbox", "segm"])
    timed.add_argument("runs", type=int, nargs="?", default=3)
    timed.set_defaults(run=measure)
    larger = commands.add_parser("enlarge")
    larger.add_argument("annotations")
    larger.add_argument("results")
    larger.add_argument("times", type=int)
    larger.add_argument("folder")
    larger.set_defaults(run=enlarge)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
