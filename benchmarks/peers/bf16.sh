#!/usr/bin/env bash
# What bfloat16 is worth on this processor: single layers in oneDNN without this program, then whole
# training steps and detection passes of this program with DTYPE float32 and bfloat16 in turns.
#
#   benchmarks/peers/bf16.sh [ROUNDS]        3 rounds if not given
#
# Environment: JAVA (java), THREADS (2), RUNS timed runs per process and kind (3), WARMUP (3).
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
jar=$root/benchmarks/target/benchmarks.jar
java=${JAVA:-java}
threads=${THREADS:-2}
runs=${RUNS:-3}
warmup=${WARMUP:-3}
rounds=${1:-3}

if [ ! -f "$jar" ] || [ -n "$(find "$root"/{tensor,detection,benchmarks}/src/main -newer "$jar" -type f -print -quit)" ]; then
  (cd "$root" && mvn -q -DskipTests -pl benchmarks -am package)
fi
echo "# $(date -u +%Y-%m-%dT%H:%MZ) commit $(git -C "$root" describe --always --dirty 2>/dev/null)"
echo "# $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1) $(nproc) cores, $threads threads used"
OMP_NUM_THREADS=$threads OMP_WAIT_POLICY=passive \
  "$java" -cp "$jar" "$root/benchmarks/peers/Bf16Convolution.java"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for ((round = 1; round <= rounds; round++)); do
  echo "# round $round, load $(cut -d ' ' -f 1-3 /proc/loadavg)"
  for body in R-50 X-101-32x8d; do
    modes="infer"
    [ "$body" = R-50 ] && modes="train infer"
    for mode in $modes; do
      for dtype in float32 bfloat16; do
        "$java" -cp "$jar" dev.maskrcnn.benchmarks.StepTimer --threads "$threads" \
          --mode "$mode" --runs "$runs" --warmup "$warmup" --dtype "$dtype" --body "$body" |
          sed "s/^maskrcnn/$body $dtype/" | tee -a "$log"
      done
    done
  done
done
echo "# medians of all runs, seconds"
awk '{ key = $1 " " $3 " " $2; n[key]++; all[key, n[key]] = $4 }
  END {
    for (key in n) {
      m = n[key]
      for (i = 1; i <= m; i++) for (j = i + 1; j <= m; j++)
        if (all[key, i] > all[key, j]) { t = all[key, i]; all[key, i] = all[key, j]; all[key, j] = t }
      print key, all[key, int((m + 1) / 2)]
    }
  }' "$log" | sort
