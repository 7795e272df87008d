#!/bin/bash
# Writes the shared library's interface, as it is now, into the lists that abi_test compares with.
set -euo pipefail
built=${RUNFILES_DIR:-$0.runfiles}/mesoslib/mesoslib
lists=${BUILD_WORKSPACE_DIRECTORY:?is set by bazel run}/mesoslib/install/abi
mkdir -p "$lists"
python3 "$built/install/abi.py" "$built/install/libmesoslib.so.1" "$built/include" "$built/proto" \
  --accept="$lists"
git -C "$lists" diff --stat -- . || true
