#!/usr/bin/env bash
# Times this system beside torchvision on the same work: one training step and one detection pass of
# Mask R-CNN R-50-FPN, or X-101-32x8d-FPN, on one image of 800 x 1333. The two take turns, one process each per round, so
# that a change of the machine's speed meets both.
#
#   benchmarks/peers/compare.sh [ROUNDS]        3 rounds if not given
#
# Environment: PYTHON (python3), JAVA (java), THREADS (2), RUNS timed runs per process and kind (3),
# WARMUP runs of ours that are not timed (3; the peer has 1, it compiles nothing), MODE (both, train
# or infer), BODY (R-50 or X-101-32x8d), LOG a file that keeps all lines.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
jar=$root/benchmarks/target/benchmarks.jar
peer=$root/benchmarks/peers/torchvision_maskrcnn.py
python=${PYTHON:-python3}
java=${JAVA:-java}
threads=${THREADS:-2}
runs=${RUNS:-3}
warmup=${WARMUP:-3}
mode=${MODE:-both}
body=${BODY:-R-50}
rounds=${1:-3}

if ! [[ $rounds =~ ^[1-9][0-9]*$ ]]; then
  echo "compare.sh: rounds: got '$rounds', expected a whole number of at least 1" >&2
  exit 2
fi
if ! "$python" -c 'import torch, torchvision' 2>/dev/null; then
  cat >&2 <<MISSING
compare.sh: $python cannot import torch and torchvision, which are what to compare with.
  Debian, Ubuntu: apt install python3-torch python3-torchvision libopenblas0-pthread
                  and run with PYTHON=/usr/bin/python3
  elsewhere:      pip install torch torchvision, and name that python in PYTHON
MISSING
  exit 1
fi

newer() {
  find "$root/pom.xml" "$root"/{tensor,autograd,nn,detection,benchmarks}/{pom.xml,src/main} \
    -newer "$jar" -type f -print -quit
}
if [ ! -f "$jar" ] || [ -n "$(newer)" ]; then
  echo "# building $(basename "$jar")"
  (cd "$root" && mvn -q -DskipTests -pl benchmarks -am package)
fi

log=${LOG:-$(mktemp)}
: >"$log"
[ -n "${LOG:-}" ] || trap 'rm -f "$log"' EXIT

machine() {
  echo "# $(date -u +%Y-%m-%dT%H:%MZ) commit $(git -C "$root" describe --always --dirty 2>/dev/null)"
  echo "# Mask R-CNN $body-FPN, mode $mode"
  echo "# $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)" \
    "$(nproc) cores, $threads threads used"
  echo "# $("$java" -version 2>&1 | head -n 1)"
  "$python" -c 'import torch, torchvision as v; print("# torch", torch.__version__, "torchvision", v.__version__)'
}

ours() {
  "$java" -cp "$jar" dev.maskrcnn.benchmarks.StepTimer \
    --mode "$mode" --runs "$runs" --warmup "$warmup" --threads "$threads" --body "$body"
}

theirs() {
  OMP_NUM_THREADS=$threads "$python" -W ignore "$peer" \
    --mode "$mode" --runs "$runs" --threads "$threads" --layout "$1" --body "$body"
}

{
  machine
  for ((round = 1; round <= rounds; round++)); do
    echo "# round $round, load $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || echo unknown)"
    ours
    theirs channels_last
    theirs contiguous
  done
} | tee "$log"

"$python" "$root/benchmarks/peers/summary.py" "$log"
