#!/bin/sh
# Kills a training run (SIGKILL) at N random moments and resumes it each time. In the end weights, momentum and
# losses must be those of a run that was left alone, to the bit, and no half-written file may be left.
#   benchmarks/kills.sh [N, default 40] [seed, default 1]
set -eu
cd "$(dirname "$0")/.."
kills=${1:-40}; seed=${2:-1}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
m="java -Xmx1g -jar cli/target/maskrcnn-cli.jar"
steps=60
$m dataset shapes --train 12 --val 2 --size 64 --output-dir "$work/data" > /dev/null
train() { # FOLDER [OPTION...]
  out=$1; shift
  $m train --config shapes_gn "$@" --output-dir "$out" --skip-test \
    --train-images "$work/data/train" --train-annotations "$work/data/instances_train.json" \
    SOLVER.MAX_ITER $steps SOLVER.CHECKPOINT_PERIOD 3 SOLVER.IMS_PER_BATCH 2 PER_EPOCH_EVAL False \
    INPUT.MIN_SIZE_TRAIN 64 INPUT.MAX_SIZE_TRAIN 64 MODEL.BACKBONE.OUT_CHANNELS 16 \
    MODEL.RESNETS.STEM_OUT_CHANNELS 8 MODEL.RESNETS.RES2_OUT_CHANNELS 16 MODEL.RESNETS.WIDTH_PER_GROUP 8 \
    MODEL.ROI_BOX_HEAD.MLP_HEAD_DIM 32 MODEL.ROI_MASK_HEAD.CONV_LAYERS "(16, 16)" > "$out.txt" 2>&1
}
losses() { sed 's/,"time":.*//' "$1/metrics.jsonl"; }

begin=$(date +%s%N)
train "$work/whole"
seconds=$(( ($(date +%s%N) - begin) / 1000000 ))
echo "a run of $steps iterations left alone: $seconds ms"

runs=0; killed=0; done_at=""
while [ $killed -lt "$kills" ]; do
  runs=$((runs + 1)); folder="$work/run$runs"
  while :; do
    if [ $killed -lt "$kills" ]; then
      wait_ms=$(awk -v s=$((seed * 1000 + killed)) -v t=$seconds 'BEGIN { srand(s); print int(300 + rand() * t / 2) }')
    else
      wait_ms=600000
    fi
    train "$folder" --resume & child=$!
    end=$(( $(date +%s%N) / 1000000 + wait_ms )); alive=yes
    while [ $(( $(date +%s%N) / 1000000 )) -lt $end ]; do
      if ! kill -0 $child 2> /dev/null; then alive=no; break; fi
      sleep 0.02
    done
    if [ $alive = yes ]; then
      java_pid=$(pgrep -P $child java || true)
      kill -KILL $java_pid $child 2> /dev/null || true
      wait $child 2> /dev/null || true
      killed=$((killed + 1))
      done_at="$done_at $(cat "$folder/last_checkpoint" 2> /dev/null | tr -dc 0-9 || true)"
    else
      wait $child || { cat "$folder.txt"; echo "run $runs failed"; exit 1; }
      break
    fi
  done
  losses "$work/whole" > "$work/a"; losses "$folder" > "$work/b"
  cmp "$work/a" "$work/b"
  $m weights diff "$work/whole/model_final.safetensors" "$folder/model_final.safetensors" > "$work/diff.txt" \
    || { cat "$work/diff.txt"; exit 1; }
  left=$(find "$folder" -name '*.tmp')
  [ -z "$left" ] || { echo "left over: $left"; exit 1; }
  echo "run $runs: equal to the bit after $killed kills in all"
done
echo "newest checkpoint after each kill:$done_at"
