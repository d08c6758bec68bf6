#!/usr/bin/env bash
# Builds the Debian package; see --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
  cat <<'TEXT'
usage: deploy/debian/build_package.sh [--no-build] [--version VERSION] [--help]

Installs the Debian packages that are missing, builds heapd, heapctl and heapload
and puts them into build/debian/heapd_VERSION_ARCHITECTURE.deb, whose path is
printed last.

  --no-build         packs what is in build/bin already
  --version VERSION  instead of the project's, as for a build of one's own
TEXT
}

readonly BUILD=build
readonly OUT=$BUILD/debian
readonly PACKAGE_TOOLS=(dpkg-dev fakeroot help2man)

say() { echo "package: $*" >&2; }

# manual SECTION PROGRAM SUMMARY: what the program says of itself.
manual() {
  local page=$OUT/$2.$1
  help2man --no-info --section="$1" --name="$3" \
    --version-string="heapd $version" --no-discard-stderr \
    --output="$page" "$BUILD/bin/$2"
  gzip -9nf "$page"
}

generate() {
  mkdir -p "$OUT"
  manual 8 heapd "hosts garbage-collected heaps over gRPC"
  manual 1 heapctl "works with the heaps of a heapd daemon"
  manual 1 heapload "loads a heap of a heapd daemon and reports"
  "$BUILD/bin/heapctl" completion bash >"$OUT/heapctl.bash"
  # lintian wants the version of the package in it.
  sed "1s/([^)]*)/($version)/" deploy/debian/changelog | gzip -9n \
    >"$OUT/changelog.gz"
}

project_version() {
  sed -n 's/^project(heapd VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt
}

main() {
  local build=1
  version=$(project_version)
  while (($# > 0)); do
    case $1 in
      --no-build) build=0 ;;
      --version)
        version=${2:?--version takes a version}
        shift
        ;;
      --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  deploy/install_packages.sh build
  deploy/install_packages.sh more "${PACKAGE_TOOLS[@]}"
  if ((build)); then
    cmake --preset release >&2
    cmake --build --preset release -j "$(nproc)" -- heapd heapctl heapload >&2
  fi
  # The same sources make the same package.
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
  export SOURCE_DATE_EPOCH
  generate
  say "packing version $version"
  rm -f "$OUT"/heapd_*.deb
  # It reads what was configured; umask is part of what it packs.
  (umask 022 && fakeroot cpack -G DEB --config "$BUILD/CPackConfig.cmake" \
    -D CPACK_PACKAGE_VERSION="$version" >&2)
  rm -rf "$OUT/_CPack_Packages"
  echo "$OUT"/heapd_*.deb
}

main "$@"
