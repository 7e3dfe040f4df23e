#!/usr/bin/env python3
"""Makes a result set of the size and kind of COCO's val2017, for timing evaluations.

    cocoeval_data.py FOLDER [--images 5000] [--seed 1]

Writes annotations.json, bbox.json and segm.json. An image has about 7 objects, one in 80 of them a crowd,
sizes and the number of corners of outlines like COCO's, and about 40 detections: most objects
found, with boxes and masks moved a little, often twice and sometimes under another category, and
the rest where nothing is. Masks of detections are compressed run lengths, as models write them.
Needs nothing but Python; the same seed gives the same files.
"""
import argparse
import json
import math
import os
import random

CATEGORIES = 80
SIZES = ((640, 480), (480, 640), (640, 427), (500, 375))


def outline(rng, cx, cy, w, h, corners):
    """A star-shaped polygon in a box."""
    phase = rng.random() * 2 * math.pi
    out = []
    for i in range(corners):
        angle = phase + 2 * math.pi * i / corners
        radius = rng.uniform(0.6, 1.0)
        out += [round(cx + math.cos(angle) * w / 2 * radius, 2),
                round(cy + math.sin(angle) * h / 2 * radius, 2)]
    return out


def clamp(v, top):
    return max(0.0, min(v, top))


def area(polygon):
    total, n = 0.0, len(polygon)
    for i in range(0, n, 2):
        total += polygon[i - 2] * polygon[i + 1] - polygon[i] * polygon[i - 1]
    return abs(total) / 2


def runs(polygon, width, height):
    """Columns of a polygon by the even-odd rule at pixel centres, as alternating counts."""
    counts, last, value = [], 0, 0
    xs, ys = polygon[0::2], polygon[1::2]
    first = max(0, int(min(xs)))
    edges = [(xs[i - 1], ys[i - 1], xs[i], ys[i]) for i in range(len(xs))]
    for column in range(first, min(width, int(max(xs)) + 1)):
        x = column + 0.5
        cuts = []
        for x1, y1, x2, y2 in edges:
            if (x1 <= x) != (x2 <= x):
                cuts.append(y1 + (x - x1) * (y2 - y1) / (x2 - x1))
        cuts.sort()
        for top, bottom in zip(cuts[0::2], cuts[1::2]):
            a = max(last, column * height + min(height, max(0, round(top))))
            b = column * height + min(height, max(0, round(bottom)))
            if b > a:
                if a > last or not counts:
                    counts += [a - last, b - a]
                else:
                    counts[-1] += b - a
                last = b
    counts.append(width * height - last)
    return counts


def compressed(counts):
    """COCO's text of run lengths: differences to the one but last, 5 bits a character."""
    out = []
    for i, count in enumerate(counts):
        x = count - counts[i - 2] if i > 2 else count
        more = True
        while more:
            c = x & 0x1f
            x >>= 5
            more = x != -1 if c & 0x10 else x != 0
            out.append(chr((c | 0x20 if more else c) + 48))
    return "".join(out)


class Scene:
    """One image."""

    def __init__(self, rng, image):
        self.rng = rng
        self.image = image
        self.width, self.height = image["width"], image["height"]

    def shape(self):
        rng = self.rng
        side = math.exp(rng.gauss(4.1, 0.95))
        aspect = math.exp(rng.gauss(0, 0.45))
        w = clamp(side * aspect, self.width - 2.0) + 2
        h = clamp(side / aspect, self.height - 2.0) + 2
        cx = rng.uniform(w / 2, self.width - w / 2)
        cy = rng.uniform(h / 2, self.height - h / 2)
        return cx, cy, w, h

    def truth(self, number):
        rng = self.rng
        cx, cy, w, h = self.shape()
        polygon = outline(rng, cx, cy, w, h, rng.randint(8, 45))
        xs = [clamp(x, self.width) for x in polygon[0::2]]
        ys = [clamp(y, self.height) for y in polygon[1::2]]
        box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        crowd = rng.random() < 1 / 80
        annotation = {
            "id": number, "image_id": self.image["id"], "iscrowd": int(crowd),
            "category_id": min(CATEGORIES, 1 + int(rng.expovariate(1 / 12))),
            "bbox": [round(v, 2) for v in box], "area": round(area(polygon), 3),
            "segmentation": [polygon]}
        if crowd:
            annotation["segmentation"] = {
                "size": [self.height, self.width], "counts": runs(polygon, self.width, self.height)}
        return annotation, (cx, cy, w, h, polygon)

    def detection(self, category, shape, score):
        cx, cy, w, h = shape[:4]
        polygon = shape[4]
        box = [clamp(cx - w / 2, self.width), clamp(cy - h / 2, self.height), w, h]
        return {
            "image_id": self.image["id"], "category_id": category, "score": round(score, 6),
            "bbox": [round(v, 2) for v in box],
            "segmentation": {"size": [self.height, self.width],
                             "counts": compressed(runs(polygon, self.width, self.height))}}

    def moved(self, shape):
        """A shape near another one."""
        rng = self.rng
        cx, cy, w, h, polygon = shape
        spread = abs(rng.gauss(0, 0.12))
        dx, dy = rng.gauss(0, spread) * w, rng.gauss(0, spread) * h
        scale = math.exp(rng.gauss(0, spread))
        near = []
        for i in range(0, len(polygon), 2):
            near += [cx + dx + (polygon[i] - cx) * scale, cy + dy + (polygon[i + 1] - cy) * scale]
        return cx + dx, cy + dy, w * scale, h * scale, near

    def stray(self):
        cx, cy, w, h = self.shape()
        return cx, cy, w, h, outline(self.rng, cx, cy, w, h, self.rng.randint(8, 30))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    images, annotations, results = [], [], []
    for i in range(args.images):
        width, height = rng.choice(SIZES)
        images.append({"id": 139 + 117 * i, "width": width, "height": height,
                       "file_name": f"{139 + 117 * i:012d}.jpg"})
        scene = Scene(rng, images[-1])
        count = 0 if rng.random() < 0.01 else 1 + min(60, int(rng.expovariate(1 / 6.4)))
        for _ in range(count):
            annotation, shape = scene.truth(len(annotations) + 1)
            annotations.append(annotation)
            for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
                right = rng.random() < 0.85
                category = annotation["category_id"] if right else rng.randint(1, CATEGORIES)
                score = rng.betavariate(4, 2) if right else rng.betavariate(1, 6)
                results.append(scene.detection(category, scene.moved(shape), score))
        for _ in range(min(60, int(rng.expovariate(1 / 28)))):
            results.append(scene.detection(
                rng.randint(1, CATEGORIES), scene.stray(), rng.betavariate(1, 9)))
    categories = [{"id": i, "name": f"category {i}"} for i in range(1, CATEGORIES + 1)]
    os.makedirs(args.folder, exist_ok=True)
    truth = {"images": images, "annotations": annotations, "categories": categories}
    boxes = [{k: v for k, v in r.items() if k != "segmentation"} for r in results]
    masks = [{k: v for k, v in r.items() if k != "bbox"} for r in results]
    for name, content in (
            ("annotations.json", truth), ("bbox.json", boxes), ("segm.json", masks)):
        with open(os.path.join(args.folder, name), "w", encoding="utf-8") as f:
            json.dump(content, f)
    print(f"{len(images)} images, {len(annotations)} objects, {len(results)} detections "
          f"in {args.folder}")


if __name__ == "__main__":
    main()
