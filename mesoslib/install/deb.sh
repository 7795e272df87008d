#!/bin/bash
# Makes Debian packages of what //:install lays out. What is in which: debian/PACKAGE.install.
set -euo pipefail

usage() {
  cat <<'END'
Usage: bazel run //:deb -- --out=DIR

  --out=DIR  Where the packages are written, an absolute path.

All times in the packages are SOURCE_DATE_EPOCH, by default the changelog's, so that the same tree
gives the same bytes.
END
}

fail() {
  echo "deb: $*" >&2
  exit 2
}

out=
for argument in "$@"; do
  case $argument in
    --out=*) out=${argument#*=} ;;
    --help | -h) usage && exit 0 ;;
    *) fail "unknown argument '$argument'; --help tells what there is" ;;
  esac
done
[[ $out == /* ]] || fail "--out is '$out': expected an absolute path"
mkdir -p "$out" 2>/dev/null || fail "--out is '$out': no folder, and it cannot be made one"
[[ -w $out ]] || fail "--out is '$out': not writable"
[[ ${SOURCE_DATE_EPOCH:-0} =~ ^[0-9]+$ ]] ||
  fail "SOURCE_DATE_EPOCH is '$SOURCE_DATE_EPOCH': expected seconds since 1970"
for tool in dpkg-deb dpkg-architecture dpkg-shlibdeps; do
  command -v $tool >/dev/null || fail "$tool is missing: install the package dpkg-dev"
done

export RUNFILES_DIR=${RUNFILES_DIR:-${TEST_SRCDIR:-$0.runfiles}}
here=$RUNFILES_DIR/mesoslib/mesoslib/install
packages=(libmesoslib1 libmesoslib-dev mesos-master mesos-agent mesos-tools)
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
architecture=$(dpkg-architecture -qDEB_HOST_ARCH)
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree

DESTDIR=$tree "$here/install.sh" --prefix=/usr "--libdir=lib/$multiarch" \
  --docdir=share/doc/libmesoslib-dev --zshdir=share/zsh/vendor-completions >/dev/null
upstream=$(sed -n 's/^#define MESOS_VERSION "\(.*\)"$/\1/p' "$tree/usr/include/mesos/version.h")
version=$upstream-1

# Fills in a template from stdin; SHLIBS is what the programs of a package need.
fill() {
  sed -e "s|@VERSION@|$version|g" -e "s|@UPSTREAM@|$upstream|g" -e "s|@MULTIARCH@|$multiarch|g" \
    -e "s|@SOVERSION@|${upstream%%.*}|g" -e "s|@SHLIBS@|${1:-}|g"
}

fill <"$here/debian/changelog.in" >"$work/changelog"
epoch=${SOURCE_DATE_EPOCH:-$(dpkg-parsechangelog -l "$work/changelog" -S Timestamp)}
export SOURCE_DATE_EPOCH=$epoch

# take PACKAGE: moves what its list names out of the tree.
take() {
  local pattern path found
  while read -r pattern; do
    mapfile -t found < <(cd "$tree" && compgen -G "$pattern")
    ((${#found[@]})) || {
      echo "deb: $1.install names '$pattern', which is not there" >&2
      exit 1
    }
    for path in "${found[@]}"; do
      mkdir -p "$work/$1/$(dirname "$path")"
      mv "$tree/$path" "$work/$1/$path"
    done
  done < <(fill <"$here/debian/$1.install")
}

# document PACKAGE: what every package tells of itself.
document() {
  local folder=$work/$1/usr/share/doc/$1
  mkdir -p "$folder"
  gzip -9n <"$work/changelog" >"$folder/changelog.Debian.gz"
  install -m 644 "$here/debian/copyright" "$folder/copyright"
  [[ ! -e $here/debian/$1.README.Debian ]] ||
    install -m 644 "$here/debian/$1.README.Debian" "$folder/README.Debian"
}

# needs PACKAGE: the packages with the shared libraries that its programs and libraries need.
needs() {
  local files
  mapfile -t files < <(find "$work/$1" -type f \( -perm -u+x -o -name '*.so.*' \) | sort)
  ((${#files[@]})) || return 0
  mkdir -p "$work/source/debian"
  printf 'Source: mesoslib\n\nPackage: %s\nArchitecture: any\n' "$1" \
    >"$work/source/debian/control"
  (cd "$work/source" && dpkg-shlibdeps --warnings=0 -O "${files[@]}") |
    sed -n 's/^shlibs:Depends=//p'
}

# In KiB: each file's own, so that the file system has no say, and one for each folder or link.
installed_size() {
  find "$1" -type f -printf '%s\n' -o -printf '1\n' |
    awk '{ total += int(($1 + 1023) / 1024) } END { print total }'
}

control() {
  local shlibs
  shlibs=$(needs "$1")
  cat <<END
Package: $1
Source: mesoslib
Version: $version
Architecture: $architecture
Maintainer: The mesoslib project <packages@mesoslib.invalid>
Installed-Size: $(installed_size "$work/$1")
Priority: optional
END
  fill "$shlibs" <"$here/debian/$1.control"
}

# describe PACKAGE: what dpkg reads of it.
describe() {
  local folder=$work/$1/DEBIAN part
  mkdir "$folder"
  control "$1" >"$work/control"
  install -m 644 "$work/control" "$folder"
  for part in postinst prerm postrm; do
    [[ ! -e $here/debian/$1.$part ]] || install -m 755 "$here/debian/$1.$part" "$folder/$part"
  done
  for part in shlibs triggers; do
    [[ ! -e $here/debian/$1.$part ]] || fill <"$here/debian/$1.$part" >"$folder/$part"
  done
  (
    cd "$work/$1"
    [[ ! -d etc ]] || find etc -type f -printf '/%p\n' | sort >DEBIAN/conffiles
    find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums
  )
}

for package in "${packages[@]}"; do
  take "$package"
done
left=$(cd "$tree" && find . ! -type d)
[[ -z $left ]] || {
  echo "deb: these files are in no package: ${left//$'\n'/ }" >&2
  exit 1
}
mkdir "$work/built"
for package in "${packages[@]}"; do
  document "$package"
  describe "$package"
  find "$work/$package" -exec touch -h -d "@$epoch" {} +
  dpkg-deb --root-owner-group -Zxz -z2 --build "$work/$package" "$work/built" >/dev/null
done
for package in "$work"/built/*.deb; do
  install -m 644 "$package" "$out"
  echo "$out/$(basename "$package")"
done
