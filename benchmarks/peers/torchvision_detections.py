#!/usr/bin/env python3
"""Detections of torchvision beside ours, with the same random weights, on photos at full size.

    torchvision_detections.py make MODEL.pth [--seed N]
    torchvision_detections.py detect MODEL.pth IMAGE... --out PEER.npz
    torchvision_detections.py compare PEER.npz FOLDER_OF_OUR_JSON

"make" saves a state dict whose class scores are spread, so that there are many detections.
"compare" ends with exit code 1 unless: counts within 1 %, matched boxes within 0.1 px, scores
within 1e-3, mask IoU at least 0.99.
"""
import argparse
import json
import os
import sys

import numpy as np


def build():
    from torchvision.models.detection import maskrcnn_resnet50_fpn
    return maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=91).eval()


def make(args):
    import torch
    import torchvision
    torch.manual_seed(args.seed)
    model = build()
    with torch.no_grad():
        for name, module in model.named_modules():
            # Statistics as a trained model may have them; the signal neither grows nor dies.
            if isinstance(module, (torch.nn.BatchNorm2d, torchvision.ops.FrozenBatchNorm2d)):
                last = name.endswith("bn3")
                module.weight.uniform_(0.3 if last else 0.8, 0.4 if last else 1.2)
                module.bias.normal_(0, 0.1)
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.8, 1.2)
        model.rpn.head.cls_logits.weight.mul_(30)
        model.rpn.head.bbox_pred.weight.mul_(5)
        predictor = model.roi_heads.box_predictor
        predictor.cls_score.weight.mul_(args.boost)
        predictor.bbox_pred.weight.mul_(5)
        model.roi_heads.mask_predictor.mask_fcn_logits.weight.mul_(5)
    torch.save(model.state_dict(), args.model)


def detect(args):
    import torch
    from PIL import Image
    model = build()
    model.load_state_dict(torch.load(args.model))
    out = {}
    for path in args.images:
        image = np.asarray(Image.open(path).convert("RGB"))
        tensor = torch.from_numpy(image.copy()).permute(2, 0, 1).float() / 255
        with torch.no_grad():
            found = model([tensor])[0]
        key = os.path.splitext(os.path.basename(path))[0]
        masks = (found["masks"][:, 0] > 0.5).numpy()
        out[key + "/boxes"] = found["boxes"].numpy()
        out[key + "/scores"] = found["scores"].numpy()
        out[key + "/labels"] = found["labels"].numpy()
        out[key + "/masks"] = np.packbits(masks.reshape(len(masks), -1), axis=1)
        out[key + "/size"] = np.array(image.shape[:2])
        print(f"torchvision {key}: {len(masks)} detections", flush=True)
    np.savez(args.out, **out)


def decode(segmentation):
    """COCO's compressed run lengths to [h, w]."""
    height, width = segmentation["size"]
    counts, i, text = [], 0, segmentation["counts"]
    while i < len(text):
        x, k, more = 0, 0, True
        while more:
            c = ord(text[i]) - 48
            x |= (c & 0x1F) << (5 * k)
            more = bool(c & 0x20)
            i += 1
            k += 1
            if not more and c & 0x10:
                x |= -1 << (5 * k)
        if len(counts) > 2:
            x += counts[-2]
        counts.append(x)
    values = np.arange(len(counts)) % 2
    return np.repeat(values, counts).astype(bool).reshape(width, height).T


def match(peer_boxes, peer_labels, boxes, labels):
    """Pairs of the same class, nearest corners first."""
    distance = np.abs(peer_boxes[:, None] - boxes[None]).max(-1)
    distance[peer_labels[:, None] != labels[None]] = np.inf
    pairs = []
    while distance.size and np.isfinite(distance.min()):
        i, j = np.unravel_index(distance.argmin(), distance.shape)
        if distance[i, j] > 2:
            break
        pairs.append((i, j))
        distance[i, :] = np.inf
        distance[:, j] = np.inf
    return pairs


def compare(args):
    peer = np.load(args.peer)
    keys = sorted({name.split("/")[0] for name in peer.files})
    totals = dict(peer=0, ours=0, matched=0, box=0.0, score=0.0, iou=1.0, low=0)
    for key in keys:
        with open(os.path.join(args.folder, key + ".json")) as file:
            found = json.load(file)["detections"]
        boxes = np.array([d["bbox"] for d in found], dtype=np.float64).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        labels = np.array([d["category_id"] for d in found], dtype=np.int64)
        theirs = peer[key + "/boxes"].astype(np.float64)
        height, width = peer[key + "/size"]
        packed = np.unpackbits(peer[key + "/masks"], axis=1)
        pairs = match(theirs, peer[key + "/labels"], boxes, labels)
        box = score = 0.0
        iou = 1.0
        for i, j in pairs:
            box = max(box, np.abs(theirs[i] - boxes[j]).max())
            score = max(score, abs(float(peer[key + "/scores"][i]) - found[j]["score"]))
            a = packed[i][:height * width].reshape(height, width).astype(bool)
            b = decode(found[j]["segmentation"])
            union = (a | b).sum()
            one = (a & b).sum() / union if union else 1.0
            if one < 0.99:
                totals["low"] += 1
                print(f"  {key}: mask of detection {i}: {(a ^ b).sum()} of {union} pixels differ")
            iou = min(iou, one)
        print(f"{key}: torchvision {len(theirs)}, ours {len(boxes)}, matched {len(pairs)}, "
              f"box {box:.4f} px, score {score:.2e}, least mask IoU {iou:.4f}")
        totals["peer"] += len(theirs)
        totals["ours"] += len(boxes)
        totals["matched"] += len(pairs)
        totals["box"] = max(totals["box"], box)
        totals["score"] = max(totals["score"], score)
        totals["iou"] = min(totals["iou"], iou)
    print(f"all {len(keys)} images: torchvision {totals['peer']}, ours {totals['ours']}, matched "
          f"{totals['matched']}, box {totals['box']:.4f} px, score {totals['score']:.2e}, "
          f"least mask IoU {totals['iou']:.4f}, {totals['low']} masks below 0.99")
    few = 0.01 * totals["peer"]
    good = (totals["peer"] > 0 and abs(totals["peer"] - totals["ours"]) <= few
            and totals["peer"] - totals["matched"] <= few and totals["box"] <= 0.1
            and totals["score"] <= 1e-3 and totals["iou"] >= 0.99)
    print("PASSED" if good else "FAILED")
    sys.exit(0 if good else 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("make")
    one.add_argument("model")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--boost", type=float, default=20)
    one = commands.add_parser("detect")
    one.add_argument("model")
    one.add_argument("images", nargs="+")
    one.add_argument("--out", required=True)
    one = commands.add_parser("compare")
    one.add_argument("peer")
    one.add_argument("folder")
    args = parser.parse_args()
    {"make": make, "detect": detect, "compare": compare}[args.command](args)


if __name__ == "__main__":
    main()
