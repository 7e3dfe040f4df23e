#!/usr/bin/env bash
# Times COCO's evaluation beside pycocotools on the same files: a seeded result set of the size of
# val2017. The two take turns, one process each per round and kind, so that a change of the machine's
# speed meets both. Ends with medians, ratios and whether the numbers agree.
#
#   benchmarks/peers/cocoeval.sh [ROUNDS]        3 rounds if not given
#
# Environment: PYTHON (python3, with pycocotools), JAVA (java), IMAGES (5000), SEED (1), RUNS timed
# runs of ours per process (3; the peer has 1, it compiles nothing), LOG a file that keeps all lines.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
jar=${JAR:-$root/benchmarks/target/benchmarks.jar}
peers=$root/benchmarks/peers
python=${PYTHON:-python3}
java=${JAVA:-java}
rounds=${1:-3}

if ! [[ $rounds =~ ^[1-9][0-9]*$ ]]; then
  echo "cocoeval.sh: rounds: got '$rounds', expected a whole number of at least 1" >&2
  exit 2
fi
if ! "$python" -c 'import pycocotools.mask' 2>/dev/null; then
  echo "cocoeval.sh: $python cannot import pycocotools, which is what to compare with;" \
    "pip install pycocotools, and name that python in PYTHON" >&2
  exit 1
fi
if [ ! -f "$jar" ]; then
  (cd "$root" && mvn -q -DskipTests -pl benchmarks -am package)
fi

data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
log=${LOG:-$data/log}
: >"$log"
{
  echo "# $(date -u +%Y-%m-%dT%H:%MZ) commit $(git -C "$root" describe --always --dirty 2>/dev/null)"
  echo "# $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1) $(nproc) cores"
  echo "# $("$java" -version 2>&1 | head -n 1)"
  "$python" -c 'import sys, numpy
from importlib.metadata import version
print("# python", sys.version.split()[0], "numpy", numpy.__version__, "pycocotools", version("pycocotools"))'
  echo "# $("$python" "$peers/cocoeval_data.py" "$data" --images "${IMAGES:-5000}" --seed "${SEED:-1}")" |
    sed "s| in $data||"
} | tee -a "$log"
for ((round = 1; round <= rounds; round++)); do
  echo "# round $round, load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null)" | tee -a "$log"
  for kind in bbox segm; do
    "$java" -cp "$jar" dev.maskrcnn.benchmarks.CocoEvalTimer \
      "$data/annotations.json" "$data/$kind.json" "$kind" "${RUNS:-3}" | tee -a "$log"
    "$python" "$peers/cocoeval.py" time "$data/annotations.json" "$data/$kind.json" "$kind" 1 |
      tee -a "$log"
  done
done
"$python" "$peers/cocoeval_summary.py" "$log" | tee -a "$log"
