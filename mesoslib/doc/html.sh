#!/bin/bash
# Makes the API's documentation as HTML. Silent, and fails on anything that Doxygen warns of. Runs in
# the workspace, or where Bazel lays its files out.
set -euo pipefail

if (($# != 1)) || [[ $1 != --out=?* ]]; then
  echo "Usage: bazel run //mesoslib/doc:html -- --out=DIR" >&2
  exit 2
fi
out=${1#--out=}
[[ $out == /* ]] || out=${BUILD_WORKING_DIRECTORY:-$PWD}/$out
version=$(sed -n 's/^#define MESOS_VERSION "\(.*\)"$/\1/p' mesoslib/include/mesos/version.h)
mkdir -p "$out"
{
  cat mesoslib/doc/Doxyfile
  echo "PROJECT_NUMBER = $version"
  echo "OUTPUT_DIRECTORY = \"$out\""
} | doxygen -
