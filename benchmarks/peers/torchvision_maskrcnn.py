#!/usr/bin/env python3
"""Times torchvision's maskrcnn_resnet50_fpn, or the same on resnext101_32x8d, on the work that StepBenchmark does.

Images of 800 x 1333, random weights, FP32 or, with --amp, torch's autocast (with a loss scaler). Training: stem and layer1 frozen, frozen norms,
eight ground-truth objects, SGD with momentum. Inference: three classes are given a bias so that
1,000 proposals end in 100 detections with masks pasted to full size. Prints one line per timed run:

    peer <train|infer> <channels_last|contiguous> <seconds> rois=<mask RoIs>
"""
import argparse
import contextlib
import time

import torch
import torchvision
from torchvision.models.detection import MaskRCNN, maskrcnn_resnet50_fpn
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.detection.roi_heads import maskrcnn_loss


def build(body):
    if body == "X-101-32x8d":
        return MaskRCNN(resnext(), num_classes=81, min_size=800, max_size=1333)
    try:
        return maskrcnn_resnet50_fpn(
            weights=None, weights_backbone=None, num_classes=81, trainable_backbone_layers=3,
            min_size=800, max_size=1333, _skip_resize=True)
    except TypeError:
        return maskrcnn_resnet50_fpn(
            weights=None, weights_backbone=None, num_classes=81, trainable_backbone_layers=3,
            min_size=800, max_size=1333)


def resnext():
    try:
        return resnet_fpn_backbone(
            backbone_name="resnext101_32x8d", weights=None, trainable_layers=3)
    except TypeError:
        return resnet_fpn_backbone("resnext101_32x8d", False, trainable_layers=3)


def freeze(model):
    """As the original: stem and layer1 frozen, norms frozen with random-init statistics."""
    body = model.backbone.body
    for name, p in body.named_parameters():
        if not any(name.startswith(s) for s in ("layer2", "layer3", "layer4")):
            p.requires_grad_(False)
    replace_norms(body)


def replace_norms(module):
    for name, child in module.named_children():
        if isinstance(child, torch.nn.BatchNorm2d):
            frozen = torchvision.ops.FrozenBatchNorm2d(child.num_features, eps=0.0)
            setattr(module, name, frozen)
        else:
            replace_norms(child)


def target(height, width):
    boxes, masks = [], []
    for i in range(8):
        x, y = 40 + 150 * i, 60 + 70 * i
        w, h = 120 + 20 * i, 100 + 15 * i
        x2, y2 = min(x + w, width - 1), min(y + h, height - 1)
        boxes.append([x, y, x2, y2])
        m = torch.zeros(height, width, dtype=torch.uint8)
        m[y:y2, x:x2] = 1
        masks.append(m)
    return [{
        "boxes": torch.tensor(boxes, dtype=torch.float32),
        "labels": torch.arange(1, 9),
        "masks": torch.stack(masks),
    }]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=["train", "infer", "both"], default="both")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layout", choices=["contiguous", "channels_last"], default="channels_last")
    parser.add_argument("--body", choices=["R-50", "X-101-32x8d"], default="R-50")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--amp", choices=["off", "float16", "bfloat16"], default="off")
    parser.add_argument("--warmup", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    model = build(args.body)
    freeze(model)
    with torch.no_grad():
        model.roi_heads.box_predictor.cls_score.bias[1:4] += 3.0
    device = torch.device(args.device)
    images = [torch.rand(3, 800, 1333, device=device) for _ in range(args.batch)]
    model = model.to(device)
    if args.layout == "channels_last":
        model = model.to(memory_format=torch.channels_last)
    truth = [
        {key: value.to(device) for key, value in target(800, 1333)[0].items()} for _ in images]
    scaler = torch.cuda.amp.GradScaler(enabled=args.amp == "float16" and device.type == "cuda")
    count = {}

    def counting(logits, *rest):
        count["rois"] = logits.shape[0]
        return maskrcnn_loss(logits, *rest)

    torchvision.models.detection.roi_heads.maskrcnn_loss = counting
    optimizer = torch.optim.SGD(
        [p for p in model.parameters() if p.requires_grad], lr=1e-5, momentum=0.9,
        weight_decay=1e-4)

    def autocast():
        if args.amp == "off":
            return contextlib.nullcontext()
        return torch.autocast(device.type, dtype=getattr(torch, args.amp))

    def train():
        model.train()
        with autocast():
            losses = model(images, truth)
        optimizer.zero_grad()
        scaler.scale(sum(losses.values())).backward()
        scaler.step(optimizer)
        scaler.update()
        return count.get("rois", 0)

    def infer():
        model.eval()
        with torch.no_grad(), autocast():
            out = model(images)
        return sum(len(found["scores"]) for found in out)

    def finish():
        if device.type == "cuda":
            torch.cuda.synchronize()

    modes = {"train": [train], "infer": [infer], "both": [train, infer]}[args.mode]
    for work in modes:
        for _ in range(args.warmup):
            work()
        finish()
        for _ in range(args.runs):
            start = time.perf_counter()
            rois = work()
            finish()
            seconds = time.perf_counter() - start
            print(f"peer {work.__name__} {args.layout} {seconds:.4f} rois={rois}", flush=True)


if __name__ == "__main__":
    main()
