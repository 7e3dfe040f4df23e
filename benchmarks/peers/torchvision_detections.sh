#!/usr/bin/env bash
# Compares detections with torchvision's: the same random weights, saved by torchvision as .pth and
# taken over with "maskrcnn weights import", on photos at their full size.
#
#   benchmarks/peers/torchvision_detections.sh IMAGE...
#
# Environment: PYTHON (python3, with torch, torchvision and Pillow), SEED (1), MASKRCNN (the launcher
# in this repository). Exit code 1 if the detections differ.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-python3}
peer=$root/benchmarks/peers/torchvision_detections.py
maskrcnn=${MASKRCNN:-$root/maskrcnn}
if [ $# -eq 0 ]; then
  echo "torchvision_detections.sh: name the images to compare on" >&2
  exit 2
fi
if ! "$python" -c 'import torch, torchvision, PIL' 2>/dev/null; then
  echo "torchvision_detections.sh: $python cannot import torch, torchvision and PIL; name a python" \
    "that can in PYTHON" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "# $(date -u +%Y-%m-%dT%H:%MZ) commit $(git -C "$root" describe --always --dirty 2>/dev/null)"
"$python" -c 'import torch, torchvision
print("# torch", torch.__version__, "torchvision", torchvision.__version__)'
"$python" "$peer" make "$work/model.pth" --seed "${SEED:-1}"
"$maskrcnn" weights import "$work/model.pth" "$work/model.safetensors" --family torchvision
"$maskrcnn" predict "$@" --weights "$work/model.safetensors" --device cpu --threshold 0
"$python" "$peer" detect "$work/model.pth" "$@" --out "$work/peer.npz"
"$python" "$peer" compare "$work/peer.npz" "$work/predictions"
