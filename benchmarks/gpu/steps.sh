#!/usr/bin/env bash
# Times whole training steps and detection passes of Mask R-CNN R-50-FPN on images of 800x1333 at
# several batch sizes, and torchvision's model on the same device beside them, in one table.
#
#   steps.sh JAVA CLASSPATH DEVICE [JAVA OPTIONS...]      run.sh --steps calls it so
#
# Environment: BATCHES (1 2 4 8), RUNS timed runs of each (10), WARMUP (10), PYTHON (python3), whose
# torch must see the device, else only ours is timed; AMP (float16, bfloat16, off) of both;
# torchvision's layout is channels_last.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
java=${1:?usage: steps.sh JAVA CLASSPATH DEVICE [JAVA OPTIONS...]}
classpath=${2:?no class path}
device=${3:?no device}
shift 3
python=${PYTHON:-python3}
amp=${AMP:-float16}
runs=${RUNS:-10}
warmup=${WARMUP:-10}
peer=$here/torchvision_maskrcnn.py
[ -f "$peer" ] || peer=$here/../peers/torchvision_maskrcnn.py
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

torch=yes
if ! "$python" -c 'import sys, torch, torchvision; torch.ones(1, device=sys.argv[1])' "$device" \
  2>/dev/null; then
  torch=no
  echo "steps.sh: $python has no torch with torchvision that sees $device: only ours is timed"
fi
for batch in ${BATCHES:-1 2 4 8}; do
  "$java" "$@" -cp "$classpath" dev.maskrcnn.benchmarks.StepTimer --device "$device" \
    --batch "$batch" --dtype "${amp/off/float32}" --runs "$runs" --warmup "$warmup" | sed "s/^/$batch /"
  if [ "$torch" = yes ]; then
    "$python" -W ignore "$peer" --device "$device" --batch "$batch" --runs "$runs" \
      --warmup "$warmup" --amp "$amp" --layout channels_last | sed "s/^/$batch /"
  fi
done | tee "$lines"

# Lines "BATCH maskrcnn train 0.0123 rois=256" and "BATCH peer train channels_last 0.0321 rois=256".
echo
echo "median of $runs runs; images per second; AMP $amp; torchvision: channels_last"
awk '
  { who = $2; seconds = who == "peer" ? $5 : $4; key = $3 " " $1; keys[key] = 1
    n = ++count[key, who]; times[key, who, n] = seconds + 0 }
  function median(key, who,    n, i, j, t, v) {
    n = count[key, who]
    if (n == 0) return 0
    for (i = 1; i <= n; i++) v[i] = times[key, who, i]
    for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
      t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
  }
  END {
    printf "%-6s %5s %12s %9s %12s %9s %6s\n", "work", "batch", "ours ms", "img/s", "torch ms", \
      "img/s", "ratio"
    split("train infer", works, " ")
    for (w = 1; w <= 2; w++) for (b = 1; b <= 64; b++) {
      key = works[w] " " b
      if (!(key in keys)) continue
      ours = median(key, "maskrcnn"); theirs = median(key, "peer")
      printf "%-6s %5d %12.2f %9.1f", works[w], b, 1000 * ours, b / ours
      if (theirs > 0) printf " %12.2f %9.1f %6.2f", 1000 * theirs, b / theirs, theirs / ours
      printf "\n"
    }
  }' "$lines"
