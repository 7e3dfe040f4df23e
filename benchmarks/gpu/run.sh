#!/usr/bin/env bash
# Tests and times the CUDA kernels of this folder, on a machine with an NVIDIA driver or with
# nothing at all (--emulated). Made by benchmarks/gpu/bundle.sh; Linux x86-64.
#
#   ./run.sh [--emulated] [--device cuda:N] [--no-tests] [--no-table] [KernelTable options]
#   ./run.sh --steps [--device cuda:N]
#   ./run.sh --jmh [--emulated] [--device cuda:N] [JMH options]
#
# First the kernel contract and the goldens: each kernel against the reference and recorded numbers,
# whole training steps and detections against those of maskrcnn-benchmark (with -Dcuda.required=true:
# a device that does not open is a failure, not a skip); then the kernels' times beside the floors
# and the CPU, for 1 and 8 images of 800x1344. All of it is printed and kept in results/. KernelTable
# options, such as --batch 1 or --only RoiAlign, go to the
# table. The exit code is 1 if a test failed.
# --steps times whole training steps and detection passes instead, beside torchvision's where there
# is one (see steps.sh).
# --emulated runs the kernels on the CPU: it proves that the folder is complete and the kernels'
# logic right, and says nothing about speed.
# cuBLAS 12 and cuDNN 9 must be among the system's libraries or in a folder of LD_LIBRARY_PATH; where
# there is only cuBLAS 13, that of cublas12/ hands its calls on.
# WORK names a folder for the unpacked files (work, beside this file, if not given).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(realpath -m "${WORK:-$here/work}")
device=cuda:0
tests=yes
table=yes
jmh=no
steps=no
extra=()
while [ $# -gt 0 ]; do
  case $1 in
    --emulated) device=cuda-emulated ;;
    --device)
      device=${2:?--device: has no value}
      shift
      ;;
    --no-tests) tests=no ;;
    --no-table) table=no ;;
    --jmh) jmh=yes ;;
    --steps) steps=yes ;;
    -h | --help)
      sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *) extra+=("$1") ;;
  esac
  shift
done

mkdir -p "$work/tmp" "$here/results"
java=$work/runtime/bin/java
if [ ! -x "$java" ]; then
  {
    if command -v xz >/dev/null; then
      xz -dc "$here/files.tar.xz"
    else
      python3 -c 'import lzma, shutil, sys
shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$here/files.tar.xz"
    fi
  } | tar -x -C "$work"
fi
if ! "$java" -version >/dev/null 2>&1; then
  echo "run.sh: the packed Java does not start here:" >&2
  "$java" -version >&2 || true
  echo "run.sh: a C library newer than this machine's? make the bundle with an older JDK" >&2
  exit 1
fi
options=(-Djava.awt.headless=true -Dslf4j.internal.verbosity=ERROR
  "-Djava.io.tmpdir=$work/tmp" "-Djna.tmpdir=$work/tmp"
  "-Dorg.bytedeco.javacpp.cachedir=$work/tmp/javacpp" "-Dcuda.device=$device" -Dcuda.required=true)
if [ "$device" = cuda-emulated ]; then
  if [ ! -d "$work/emulation" ]; then
    echo "run.sh: this folder has no emulation, because it was made without g++" >&2
    exit 1
  fi
  options+=("-Dcuda.emulation.dir=$work/emulation")
fi
# installed NAME: whether the loader finds a library
installed() {
  local folder folders=${LD_LIBRARY_PATH:-}
  ldconfig -p 2>/dev/null | grep -q "$1" && return 0
  for folder in ${folders//:/ }; do [ ! -e "$folder/$1" ] || return 0; done
  return 1
}
if [[ $device = cuda:* ]] && ! installed libcublas.so.12 && installed libcublas.so.13; then
  forwarder=$here/cublas12
  if [ ! -f "$forwarder/libcublas.so.12" ]; then
    mkdir -p "$work/cublas12"
    cc -shared -fPIC -O2 -Wl,-soname,libcublas.so.12 \
      -Wl,--version-script="$forwarder/cublas12.map" \
      -o "$work/cublas12/libcublas.so.12" "$forwarder/cublas12.c" -ldl
    forwarder=$work/cublas12
  fi
  export LD_LIBRARY_PATH=$forwarder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  echo "run.sh: cuBLAS 13 answers as cuBLAS 12"
fi
# OpenMP threads that spin while they wait would take the cores from Java's.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}

# In the folder above which the tests look for their data.
run() { (cd "$work" && "$java" "${options[@]}" -cp "$work/lib/*" "$@"); }

if [ "$jmh" = yes ]; then
  run dev.maskrcnn.benchmarks.Benchmarks -p "device=$device" -jvmArgs "${options[*]}" "${extra[@]}"
  exit
fi

machine() {
  echo "== machine"
  date -u '+%Y-%m-%d %H:%M UTC'
  cat "$here/version.txt"
  sed -n 's/^model name[^:]*: /CPU /p' /proc/cpuinfo | head -1
  awk -v cores="$(nproc)" '/MemTotal/ { printf "%d cores, %.0f GiB memory\n", cores, $2 / 1048576 }' \
    /proc/meminfo
  if [ "$device" = cuda-emulated ]; then
    echo "EMULATED CUDA: no GPU is used"
  elif command -v nvidia-smi >/dev/null; then
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv
  fi
  echo
}

# The kernels' tests, not those of the emulator and of the build, which need compilers and sources.
check() {
  echo "== kernel contract and goldens on $device"
  local others='PlantedFaults|RegisterReport|CublasForwarder|KernelSources|BuildScripts'
  run org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors \
    --details=summary --fail-if-no-tests --select-package dev.maskrcnn.cuda \
    --select-class dev.maskrcnn.detection.model.MaskRcnnCudaGoldenTest \
    --exclude-classname ".*($others)Test" 2>&1 |
    grep -v '^$' | grep -v 'containers'
}

file=$here/results/$(date -u +%Y-%m-%d-%H%M)-${device//:/-}.txt
failed=0
{
  machine
  if [ "$steps" = yes ]; then
    echo "== steps and detection passes on $device"
    "$here/steps.sh" "$java" "$work/lib/*" "$device" "${options[@]}" || failed=1
    exit "$failed"
  fi
  if [ "$tests" = yes ]; then
    check || failed=1
    echo
  fi
  if [ "$table" = yes ]; then
    echo "== kernels"
    run dev.maskrcnn.benchmarks.KernelTable --device "$device" "${extra[@]}" || failed=1
  fi
  exit "$failed"
} 2>&1 | tee "$file" || failed=1
echo "kept in $file"
exit "$failed"
