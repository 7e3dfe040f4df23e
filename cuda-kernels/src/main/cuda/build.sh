#!/usr/bin/env bash
# Builds every kernel file to a fat binary with nvcc.
#
#   build.sh OUT WORK [required|optional]
#
# OUT   receives NAME.fatbin for each NAME.cu and kernels.properties (which kernel is in which file,
#       architectures, compiler): the folder dev/maskrcnn/cuda of the jar
# WORK  receives ptxas.txt (registers, shared memory and spills of each kernel on each architecture)
#       and a cache by content, so that only what changed is compiled again; kernels.mf, a line for
#       the manifest that says which kernels the jar holds
#
# Without nvcc it says so, removes what an earlier build left in OUT, and succeeds, unless kernels
# are required.
# CUDA_ARCHITECTURES="75 90" chooses the architectures, "all" takes every one that nvcc knows from
# 75 up; NVCC names another compiler, JOBS the number of files compiled at a time. A file may ask
# for flags of its own with a line "// nvcc: FLAGS".
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: build.sh OUT WORK [required|optional]}
work=${2:?usage: build.sh OUT WORK [required|optional]}
nvcc=${NVCC:-nvcc}
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}
# One binary per generation: code for 8.0 also runs on 8.6 and 8.9, and so on; devices newer than the
# last compile its PTX.
wanted=${CUDA_ARCHITECTURES:-75 80 90 100 120}

mkdir -p "$out" "$work/fatbin"
out=$(cd "$out" && pwd)
work=$(cd "$work" && pwd)
if ! command -v "$nvcc" >/dev/null; then
  if [ "${3:-optional}" = required ]; then
    echo "cuda-kernels: no nvcc on the PATH; install the CUDA toolkit, or set -Dcuda.kernels=optional" >&2
    exit 1
  fi
  rm -f "$out"/*.fatbin "$out/kernels.properties"
  echo "Cuda-Kernels: none" >"$work/kernels.mf"
  echo "cuda-kernels: no nvcc on the PATH, so the jar has no CUDA kernels"
  exit 0
fi

known=$("$nvcc" --list-gpu-arch)
if [ "$wanted" = all ]; then
  wanted=$(sed -n 's/^compute_\([0-9]*\)$/\1/p' <<<"$known" | sort -n | awk '$1 >= 75')
fi
architectures=()
generate=()
for architecture in $wanted; do
  if grep -qx "compute_$architecture" <<<"$known"; then
    architectures+=("$architecture")
    generate+=(-gencode "arch=compute_$architecture,code=sm_$architecture")
  fi
done
if [ ${#architectures[@]} -eq 0 ]; then
  echo "cuda-kernels: $nvcc knows none of the architectures $wanted" >&2
  exit 1
fi
newest=${architectures[-1]}
generate+=(-gencode "arch=compute_$newest,code=compute_$newest")
version=$("$nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/\1/p')
flags=(-std=c++17 -O3 --Werror all-warnings -Xptxas -v -fatbin -I "$here" "${generate[@]}")

# Compiles one file, unless the same content was compiled with the same flags before.
compile() {
  local source=$1 name own key
  name=$(basename "$source" .cu)
  own=$(sed -n 's|^// nvcc: *||p' "$source")
  key=$({ echo "$version" "${flags[*]#"$here"}" "$own"; cat "$source" "$here"/*.cuh; } |
    sha256sum | cut -c1-24)
  local made="$work/fatbin/$name-$key"
  if [ ! -f "$made.fatbin" ]; then
    rm -f "$work/fatbin/$name"-*
    # shellcheck disable=SC2086 # own flags are words
    if ! "$nvcc" "${flags[@]}" $own -o "$made.tmp" "$source" >"$made.txt" 2>&1; then
      cat "$made.txt" >&2
      echo "cuda-kernels: $source does not compile" >&2
      rm -f "$made.txt" "$made.tmp"
      return 1
    fi
    mv "$made.tmp" "$made.fatbin"
  fi
  echo "$name $made" >"$work/fatbin/$name.current"
}

rm -f "$work/fatbin"/*.current
running=0
failed=0
for source in "$here"/*.cu; do
  compile "$source" &
  running=$((running + 1))
  if [ "$running" -ge "$jobs" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
done
while [ "$running" -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
if [ "$failed" -ne 0 ]; then
  exit 1
fi

rm -f "$out"/*.fatbin
: >"$work/ptxas.txt"
{
  echo "architectures=${architectures[*]}"
  echo "ptx=$newest"
  echo "compiler=$version"
} >"$out/kernels.properties"
for current in "$work/fatbin"/*.current; do
  read -r name made <"$current"
  cp "$made.fatbin" "$out/$name.fatbin"
  { echo "== $name.cu"; cat "$made.txt"; } >>"$work/ptxas.txt"
  kernels=$(sed -n "s/.*Compiling entry function '\([^']*\)'.*/\1/p" "$made.txt" | sort -u)
  echo "module.$name.fatbin=$(echo $kernels)" >>"$out/kernels.properties"
done
rm -f "$work/fatbin"/*.current

count=$(grep '^module' "$out/kernels.properties" | cut -d= -f2 | wc -w)
spills=$(awk '/Compiling entry function/ {kernel = $0; sub(/.*function ./, "", kernel)}
  /bytes spill stores/ && !/ 0 bytes spill stores/ {print "  " kernel}' "$work/ptxas.txt" | sort -u)
made="$count for sm_${architectures[*]} and PTX $newest by nvcc $version"
echo "Cuda-Kernels: $made" >"$work/kernels.mf"
echo "cuda-kernels: ${made/for/kernels for}"
if [ -n "$spills" ]; then
  echo "cuda-kernels: kernels that spill registers:"
  echo "$spills"
fi
