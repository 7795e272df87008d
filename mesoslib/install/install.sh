#!/bin/bash
# Lays out what was built as a distribution would: libraries, headers, protos, package files, programs.
set -euo pipefail

usage() {
  cat <<'END'
Usage: bazel run //:install -- --prefix=DIR [--libdir=DIR] [--sysconfdir=DIR] [--docdir=DIR]
                               [--zshdir=DIR] [--no-strip]

  --prefix=DIR      Where to install, an absolute path such as /usr/local.
  --libdir=DIR      Where libraries go, below the prefix. Default: lib
  --sysconfdir=DIR  Where the daemons' settings are looked for. Default: /etc for the prefix /usr,
                    else PREFIX/etc
  --docdir=DIR      Where the documents go, below the prefix. Default: share/doc/mesoslib
  --zshdir=DIR      Where zsh looks for completions, below the prefix. Default:
                    share/zsh/site-functions
  --no-strip        Keep symbol tables.

The daemons' settings, which users edit, are left as they are where they exist.

With DESTDIR in the environment, everything goes below that folder, but finds itself without it.
END
}

fail() {
  echo "install: $*" >&2
  exit 2
}

prefix=
libdir=lib
sysconfdir=
docdir=share/doc/mesoslib
zshdir=share/zsh/site-functions
strip=true
for argument in "$@"; do
  case $argument in
    --prefix=*) prefix=${argument#*=} ;;
    --libdir=*) libdir=${argument#*=} ;;
    --sysconfdir=*) sysconfdir=${argument#*=} ;;
    --docdir=*) docdir=${argument#*=} ;;
    --zshdir=*) zshdir=${argument#*=} ;;
    --no-strip) strip=false ;;
    --help | -h) usage && exit 0 ;;
    *) fail "unknown argument '$argument'; --help tells what there is" ;;
  esac
done
[[ $prefix == /* ]] || fail "--prefix is '$prefix': expected an absolute path"
for folder in libdir docdir zshdir; do
  [[ ${!folder} && ${!folder} != /* && /${!folder}/ != */../* ]] ||
    fail "--$folder is '${!folder}': expected a path below the prefix"
done
[[ -z $sysconfdir || $sysconfdir == /* ]] ||
  fail "--sysconfdir is '$sysconfdir': expected an absolute path"
prefix=${prefix%/}
if [[ -z $sysconfdir ]]; then
  [[ $prefix == /usr ]] && sysconfdir=/etc || sysconfdir=$prefix/etc
fi

umask 022
root=${DESTDIR:-}
[[ -z $root || $root == /* ]] || fail "DESTDIR is '$root': expected an absolute path"
built=${RUNFILES_DIR:-${TEST_SRCDIR:-$0.runfiles}}/mesoslib
header=$built/mesoslib/include/mesos/version.h
version=$(sed -n 's/^#define MESOS_VERSION "\(.*\)"$/\1/p' "$header")
soversion=${version%%.*}
to=$root$prefix
up=$(sed -E 's|[^/]+|..|g' <<<"$libdir/pkgconfig") # From there back to the prefix.

# put MODE FILE FOLDER [NAME]
put() { install -D -m "$1" "$2" "$to/$3/${4:-$(basename "$2")}"; }

# fill FILE.in FOLDER: with the paths of this installation.
fill() {
  local name=$to/$2/$(basename "$1" .in)
  local up_from=$up
  [[ $2 == */cmake/* ]] && up_from=$up/..
  mkdir -p "$to/$2"
  sed -e "s|@VERSION@|$version|g" -e "s|@SOVERSION@|$soversion|g" -e "s|@LIBDIR@|$libdir|g" \
    -e "s|@UP@|$up_from|g" -e "s|@SBINDIR@|$prefix/sbin|g" -e "s|@SYSCONFDIR@|$sysconfdir|g" \
    "$1" >"$name"
  chmod 644 "$name"
}

# tree FROM TO PATTERN: files keep their places.
tree() {
  local file
  while IFS= read -r file; do
    put 644 "$1/$file" "$2/$(dirname "$file")"
  done < <(cd "$1" && find -L . -type f -name "$3" | sed 's|^\./||' | sort)
}

# settings FILE: for users to edit; what they have written stays.
settings() {
  local file=$root$sysconfdir/default/$(basename "$1")
  [[ -e $file ]] || install -D -m 644 "$1" "$file"
}

# completions PROGRAM
completions() {
  put 644 "$built/mesoslib/install/completions/mesos.bash" share/bash-completion/completions "$1"
  mkdir -p "$to/$zshdir"
  sed "s|@PROGRAM@|$1|g" "$built/mesoslib/install/completions/mesos.zsh.in" >"$to/$zshdir/_$1"
  chmod 644 "$to/$zshdir/_$1"
}

stripped() {
  if $strip; then strip "$1" "$2"; fi
}

tree "$built/mesoslib/include" include '*.h'
tree "$built/mesoslib/proto" include '*.pb.h'
tree "$built/mesoslib/proto" share/mesoslib/proto '*.proto'

shared=libmesoslib.so.$version
put 644 "$built/mesoslib/install/libmesoslib.so.1" "$libdir" "$shared"
stripped --strip-unneeded "$to/$libdir/$shared"
ln -sfn "$shared" "$to/$libdir/libmesoslib.so.$soversion"
ln -sfn "libmesoslib.so.$soversion" "$to/$libdir/libmesoslib.so"
put 644 "$built/mesoslib/install/libmesoslib.a" "$libdir"
stripped --strip-debug "$to/$libdir/libmesoslib.a"
fill "$built/mesoslib/install/mesoslib.pc.in" "$libdir/pkgconfig"
fill "$built/mesoslib/install/mesoslibConfig.cmake.in" "$libdir/cmake/mesoslib"
fill "$built/mesoslib/install/mesoslibConfigVersion.cmake.in" "$libdir/cmake/mesoslib"

for program in sbin/mesos-master sbin/mesos-agent bin/mesos bin/mesos-local bin/mesos-execute \
  bin/mesos-explain bin/mesos-resolve libexec/mesos/mesos-containerizer; do
  put 755 "$built/daemons/$(basename "$program")" "$(dirname "$program")"
  stripped --strip-all "$to/$program"
done
# The command line is these by their names.
for name in mesos-cat mesos-ps mesos-tail; do ln -sfn mesos "$to/bin/$name"; done
for daemon in mesos-master mesos-agent; do
  fill "$built/mesoslib/install/systemd/$daemon.service.in" lib/systemd/system
  settings "$built/mesoslib/install/settings/$daemon"
done
put 644 "$built/mesoslib/install/systemd/mesos-master.sysusers" lib/sysusers.d mesos-master.conf
for program in mesos-master mesos-agent mesos-local mesos-execute mesos-explain mesos-resolve; do
  completions "$program"
done
# What completes `mesos` comes from itself, for the version that is there.
mkdir -p "$to/share/bash-completion/completions" "$to/$zshdir"
"$built/daemons/mesos" completion bash >"$to/share/bash-completion/completions/mesos"
"$built/daemons/mesos" completion zsh >"$to/$zshdir/_mesos"
chmod 644 "$to/share/bash-completion/completions/mesos" "$to/$zshdir/_mesos"

put 644 "$built/README.md" "$docdir"
put 644 "$built/mesoslib/doc/embedding.md" "$docdir"
put 644 "$built/LICENSE" "$docdir"
for example in embed_cluster scheduler executor embed_agent; do
  put 644 "$built/examples/$example.cc" "$docdir/examples"
done

echo "installed mesoslib $version below $to"
