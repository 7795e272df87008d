#!/bin/bash
# Makes the API's documentation as HTML. Silent, and fails on anything Doxygen warns of.
set -euo pipefail

usage="Usage: bazel run //mesoslib/doc:html -- --out=DIR"
case ${1:-} in
  --out=?*) out=$(realpath -m "${BUILD_WORKING_DIRECTORY:-.}/${1#--out=}") ;;
  *) echo "$usage" >&2 && exit 2 ;;
esac
[[ $1 == --out=/* ]] && out=${1#--out=}

# From Bazel the files lie in the working directory, the programs' runfiles.
version=$(sed -n 's/^#define MESOS_VERSION "\(.*\)"$/\1/p' mesoslib/include/mesos/version.h)
mkdir -p "$out"
{
  cat mesoslib/doc/Doxyfile
  echo "PROJECT_NUMBER = $version"
  echo "OUTPUT_DIRECTORY = \"$out\""
} | doxygen -
