#!/bin/bash
# Builds the emulated CUDA device: build.sh OUTDIR [KERNELS_NAME FILE.cu...]
#   OUTDIR/libcuda.so.1                       the stand-in for the driver
#   OUTDIR/libcublas.so.12, libcudnn.so.9     the stand-ins for NVIDIA's libraries
#   OUTDIR/libmaskrcnn_kernels_emulated.so    the kernels of ../cuda as ordinary functions
# With a name and files, these are built to OUTDIR/KERNELS_NAME.so instead of the kernels (tests).
# KERNEL_OPTIMIZATION=-O0 keeps all variables of kernels for a debugger; use an OUTDIR of its own.
# Needs only g++ (CXX names another one); without it says so, removes what an earlier build left in
# OUTDIR and succeeds. Compiles what is older than its sources.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cuda=$here/../cuda
out=${1:?usage: build.sh OUTDIR [KERNELS_NAME FILE.cu...]}
mkdir -p "$out/objects"
out=$(cd "$out" && pwd)
name=${2:-libmaskrcnn_kernels_emulated}
shift $(($# < 2 ? $# : 2))
if [ $# -gt 0 ]; then kernels=("$@"); else kernels=("$cuda"/*.cu); fi
cxx=${CXX:-g++}

if ! command -v "$cxx" >/dev/null; then
  rm -f "$out/libcuda.so.1" "$out/libcublas.so.12" "$out/libcudnn.so.9" "$out/$name.so"
  echo "cuda-kernels: no $cxx on the PATH, so there is no emulated CUDA device to test with"
  exit 0
fi

common=(-std=c++17 -g -fPIC -Wall -Wextra -Werror -ffp-contract=off -U_FORTIFY_SOURCE
  -fcf-protection=none -I "$here" -I "$cuda")
# The kernels: every access calls a check (thread) and undefined operations are reported
# (access_checks.cpp, faults.cpp); the compiler's own run-time libraries are not linked.
kernel=("${KERNEL_OPTIMIZATION:--O1}" -DCUDA_EMULATION -Wno-unknown-pragmas -fno-gnu-unique -fno-strict-aliasing
  -fsanitize=thread
  -fsanitize=bounds,alignment,integer-divide-by-zero,signed-integer-overflow
  -fsanitize=shift,float-cast-overflow)
# Locals without a value hold a pattern, so that reading one shows (g++ 12 and later).
if "$cxx" -ftrivial-auto-var-init=pattern -E -x c++ /dev/null >/dev/null 2>&1; then
  kernel+=(-ftrivial-auto-var-init=pattern)
fi

newest_header=$(ls -t "$here"/*.h "$here"/libraries/*.h "$cuda"/*.cuh "$0" | head -1)

# compile SOURCE OBJECT FLAGS... unless the object is newer than source and headers
compile() {
  local source=$1 object=$2
  shift 2
  if [ ! "$object" -nt "$source" ] || [ ! "$object" -nt "$newest_header" ]; then
    "$cxx" "${common[@]}" "$@" -c "$source" -o "$object.part" && mv "$object.part" "$object"
  fi
}

# Runs as many compilers at a time as there are cores.
jobs=()
start() {
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
  compile "$@" &
  jobs+=($!)
}

driver_objects=()
for source in "$here"/*.cpp; do
  object=$out/objects/$(basename "$source" .cpp).o
  driver_objects+=("$object")
  start "$source" "$object" -O2 -fvisibility=default
done
library_objects=()
for source in "$here"/libraries/*.cpp; do
  object=$out/objects/library.$(basename "$source" .cpp).o
  library_objects+=("$object")
  start "$source" "$object" -O3
done
kernel_objects=()
for source in "${kernels[@]}"; do
  object=$out/objects/$name.$(basename "$source" .cu).o
  kernel_objects+=("$object")
  start "$source" "$object" "${kernel[@]}" -x c++
done
for job in "${jobs[@]}"; do wait "$job"; done

newer() { for input in "${@:2}"; do [ "$1" -nt "$input" ] || return 0; done; return 1; }
if newer "$out/libcuda.so.1" "${driver_objects[@]}"; then
  "$cxx" -shared -Wl,-soname,libcuda.so.1 -Wl,-Bsymbolic -o "$out/libcuda.so.1.part" \
    "${driver_objects[@]}" -ldl -lpthread
  mv "$out/libcuda.so.1.part" "$out/libcuda.so.1"
fi
# library SONAME OBJECT...: with the symbol version that programs linked against the real one ask for
library() {
  local soname=$1
  shift
  local target=$out/$soname
  if newer "$target" "$@" "$out/libcuda.so.1"; then
    "$cxx" -shared -Wl,-soname,"$soname" -Wl,-z,defs -o "$target.part" "$@" \
      -Wl,--version-script="$here/libraries/${soname%%.*}.map" "$out/libcuda.so.1"
    mv "$target.part" "$target"
  fi
}
shared=$out/objects/library.library_support.o
library libcublas.so.12 "$shared" "$out/objects/library.cublas.o"
library libcudnn.so.9 "$shared" "$out"/objects/library.cudnn_*.o
if newer "$out/$name.so" "${kernel_objects[@]}" "$out/libcuda.so.1"; then
  "$cxx" -shared -Wl,-z,defs -o "$out/$name.so.part" "${kernel_objects[@]}" \
    "$out/libcuda.so.1" -lm
  mv "$out/$name.so.part" "$out/$name.so"
fi
