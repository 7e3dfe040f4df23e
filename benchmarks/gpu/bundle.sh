#!/usr/bin/env bash
# Packs one folder that tests and times the CUDA kernels on a machine that has a GPU and its driver,
# and neither Java nor Maven nor the CUDA toolkit.
#
#   bundle.sh [--no-build] [OUT]      OUT: benchmarks/target/gpu-bundle if not given
#
# --no-build takes what the target folders of the modules hold. Otherwise Maven builds them; with
# nvcc on the PATH they hold the kernels, with g++ the emulation too.
# In the folder: run.sh (see there), cublas12/, which lets cuBLAS 13 answer as 12, and files.tar.xz,
# which holds the Java runtime (jlink), lib/ with the jars, cut down to what Linux on x86-64 needs,
# emulation/, and of the test data the literal cases and goldens 01, 05, 10 and 16. JAVA_HOME names
# the JDK whose runtime is packed; the machine needs a C library that is at least as new as that JDK
# asks for. MAVEN_REPO is ~/.m2/repository if not given.
set -euo pipefail

most=48 # MiB: services that run such folders take 64 in all
root=$(cd "$(dirname "$0")/../.." && pwd)
repository=${MAVEN_REPO:-$HOME/.m2/repository}
platform=linux-x86_64
modules=java.base,java.logging,java.management,jdk.unsupported,jdk.zipfs

fail() {
  echo "bundle.sh: $*" >&2
  exit 1
}

build=yes
if [ "${1:-}" = --no-build ]; then
  build=no
  shift
fi
case ${1:-} in -*) fail "$1: unknown option; usage: bundle.sh [--no-build] [OUT]" ;; esac
out=${1:-$root/benchmarks/target/gpu-bundle}
jdk=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
[ -x "$jdk/bin/jlink" ] || fail "no jlink in $jdk/bin; set JAVA_HOME to a JDK of version 17 or later"

if [ "$build" = yes ]; then
  (cd "$root" && mvn -q -B -DskipTests -pl benchmarks,cuda-kernels -am package) ||
    fail "the build failed"
fi
kernels=$root/cuda-kernels/target/classes/dev/maskrcnn/cuda/kernels.properties
[ -f "$kernels" ] || echo "bundle.sh: the kernels were built without nvcc: only --emulated will run" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$out"
mkdir -p "$out" "$work/files/lib"
out=$(cd "$out" && pwd)
files=$work/files

# ---- jars ----

# version NAME POM: a property of a pom, with the properties in it
version() {
  local value inner
  value=$(sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" "$2" | head -1)
  inner=$(sed -n 's|.*\${\(.*\)}.*|\1|p' <<<"$value")
  if [ -n "$inner" ]; then value=${value/"\${$inner}"/$(version "$inner" "$2")}; fi
  [ -n "$value" ] || fail "$2: no property $1"
  echo "$value"
}

# jar GROUP ARTIFACT VERSION [CLASSIFIER]: the file in the local repository
jar() {
  local file="$repository/${1//.//}/$2/$3/$2-$3${4:+-$4}.jar"
  if [ ! -f "$file" ]; then
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get \
      -Dtransitive=false "-Dartifact=$1:$2:$3${4:+:jar:$4}" >&2 ||
      fail "$1:$2:$3${4:+:$4} is not in $repository and cannot be fetched"
  fi
  echo "$file"
}

library() {
  local file
  file=$(jar "$@")
  cp "$file" "$files/lib/"
}

# cut GROUP ARTIFACT VERSION CLASSIFIER PATTERN...: only what matches one of the patterns
cut_library() {
  local file patterns=("${@:5}") folder="$work/cut"
  file=$(jar "$1" "$2" "$3" "$4")
  rm -rf "$folder"
  mkdir -p "$folder"
  (cd "$folder" && unpack "$file" && prune "${patterns[@]}")
  # Stored: xz packs them better.
  "$jdk/bin/jar" --create --no-compress --no-manifest --file "$files/lib/$(basename "$file")" \
    -C "$folder" .
}

unpack() { "$jdk/bin/jar" --extract --file "$1"; }

prune() {
  local pattern keep=()
  for pattern in "$@"; do keep+=(! -path "./$pattern"); done
  find . -type f "${keep[@]}" -delete
}

# own NAME FOLDER [PATTERN...]: compiled classes of this project, all or those of the patterns
own() {
  local folder=$root/$2
  [ -d "$folder" ] || fail "$2 does not exist; build without --no-build"
  if [ $# -gt 2 ]; then
    rm -rf "$work/own"
    cp -r "$folder" "$work/own"
    folder=$work/own
    (cd "$folder" && prune "${@:3}")
  fi
  "$jdk/bin/jar" --create --no-compress --file "$files/lib/maskrcnn-$1.jar" -C "$folder" .
}

pom=$root/pom.xml
junit=$(version junit.version "$pom")
console=1.${junit#5.} # the platform's versions go beside Jupiter's
bytedeco=$(version javacpp.version "$pom")
dnnl=$(version dnnl.version "$pom")
opencl=$(version opencl.version "$pom")
jackson=$(version jackson.version "$pom")
jcuda=$(version jcuda.version "$root/cuda-kernels/pom.xml")
slf4j=$(version slf4j.version "$pom")

for module in tensor autograd nn detection benchmarks cuda-kernels; do own "$module" "$module/target/classes"; done
own tensor-tests tensor/target/test-classes
own cuda-kernels-tests cuda-kernels/target/test-classes
own detection-tests detection/target/test-classes 'dev/maskrcnn/detection/CudaDevice.class' \
  'dev/maskrcnn/detection/model/*.class'

library org.bytedeco javacpp "$bytedeco"
library org.bytedeco dnnl "$dnnl"
library org.bytedeco opencl "$opencl"
cut_library org.bytedeco javacpp "$bytedeco" $platform '*.so*' '*.properties'
cut_library org.bytedeco opencl "$opencl" $platform '*.so*' '*.properties'
cut_library org.bytedeco dnnl "$dnnl" $platform '*.so*' '*.properties'
cut_library net.java.dev.jna jna "$(version jna.version "$pom")" '' \
  'com/sun/jna/*.class' 'com/sun/jna/linux-x86-64/*'
library org.jcuda jcuda "$jcuda"
cut_library org.jcuda jcuda-natives "$jcuda" $platform '*libJCudaDriver*'
library org.jcuda jcublas "$jcuda"
cut_library org.jcuda jcublas-natives "$jcuda" $platform '*libJCublas2*'
cut_library org.jcuda jcudnn-natives "$jcuda" $platform '*libJCudnn*'
for part in databind core; do
  library com.fasterxml.jackson.core "jackson-$part" "$jackson"
done
library com.fasterxml.jackson.core jackson-annotations "${jackson%.*}" # has no third number
library com.fasterxml.jackson.dataformat jackson-dataformat-yaml "$jackson"
library org.yaml snakeyaml 2.5
library org.slf4j slf4j-api "$slf4j"
library org.slf4j slf4j-nop "$slf4j"
library org.openjdk.jmh jmh-core "$(version jmh.version "$pom")"
library net.sf.jopt-simple jopt-simple 5.0.4
library org.apache.commons commons-math3 3.6.1
for part in api params engine; do library org.junit.jupiter "junit-jupiter-$part" "$junit"; done
for part in commons engine launcher console reporting; do
  library org.junit.platform "junit-platform-$part" "$console"
done
library org.opentest4j opentest4j 1.3.0
library org.opentest4j.reporting open-test-reporting-tooling-spi 0.2.3

# ---- runtime, emulation, data, scripts ----

"$jdk/bin/jlink" --add-modules $modules --strip-debug --no-header-files --no-man-pages \
  --compress=0 --output "$files/runtime"
if command -v strip >/dev/null; then
  find "$files/runtime" -name '*.so' -exec strip --strip-unneeded {} +
fi
emulation=$root/cuda-kernels/target/emulation
if [ -f "$emulation/libcuda.so.1" ]; then
  mkdir "$files/emulation"
  cp "$emulation"/{libcuda.so.1,libcublas.so.12,libcudnn.so.9,libmaskrcnn_kernels_emulated.so} \
    "$files/emulation"
  # The kernels keep theirs: reports of faults name lines.
  if command -v strip >/dev/null; then
    strip --strip-debug "$files"/emulation/libcu*
  fi
fi
data=detection/src/test/data # where the tests look for it
mkdir -p "$files/$data/goldens"
cp -r "$root/$data/cases" "$files/$data"
for golden in 01_mask_r50_fpn 05_mask_r50_fpn_gn 10_loss_scaling 16_ops; do
  cp -r "$root/$data/goldens/$golden" "$files/$data/goldens"
done
tar -c -C "$files" . | xz -T0 >"$out/files.tar.xz"
mkdir "$out/cublas12"
cp "$root"/benchmarks/gpu/cublas12.* "$out/cublas12"
if command -v cc >/dev/null; then
  cc -shared -fPIC -O2 -Wl,-soname,libcublas.so.12 \
    -Wl,--version-script="$out/cublas12/cublas12.map" \
    -o "$out/cublas12/libcublas.so.12" "$out/cublas12/cublas12.c" -ldl
fi
cp "$root"/benchmarks/gpu/{run,steps}.sh "$root/benchmarks/peers/torchvision_maskrcnn.py" "$out"
chmod +x "$out/run.sh" "$out/steps.sh"
commit=$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)
{
  echo "commit $commit"
  sed -n 's/^\(architectures\|ptx\|compiler\)=/\1 /p' "$kernels" 2>/dev/null || true
} >"$out/version.txt"

bytes=$(du -sb "$out" | cut -f1)
printf 'bundle.sh: %s: %.1f MiB\n' "$out" "$(awk "BEGIN { print $bytes / 1048576 }")"
[ "$bytes" -le $((most * 1048576)) ] || fail "larger than $most MiB"
