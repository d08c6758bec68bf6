#!/usr/bin/env bash
# Installs the Debian 12 packages that are missing, and nothing when none is.
#
#   deploy/install_packages.sh build   what building heapd and heapctl takes
#   deploy/install_packages.sh test    that, and what tests/run.sh takes
#   deploy/install_packages.sh compare PACKAGE...
#                                      these: what tests/bench/compare.sh lacks
#   deploy/install_packages.sh more PACKAGE...
#                                      these: what one test of tests/external
#                                      takes
set -euo pipefail

# The test and benchmark libraries are part of `build`, so that the quickstart
# and the tests configure one and the same build folder.
BUILD_PACKAGES=(
  g++ cmake ninja-build pkg-config ccache
  libabsl-dev libprotobuf-dev protobuf-compiler
  libgrpc++-dev protobuf-compiler-grpc
  libspdlog-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev
  libssl-dev libzstd-dev zlib1g-dev libcurl4-openssl-dev libpugixml-dev
  libsystemd-dev
  libboost-dev prometheus-cpp-dev
  libgtest-dev libgmock-dev libbenchmark-dev
)
TEST_PACKAGES=(clang clang-format clang-tidy zstd ca-certificates python3)
readonly NODE_MAJOR=18

say() { echo "packages: $*" >&2; }

is_installed() {
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# A Node from elsewhere serves as well as Debian's.
node_is_recent() {
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  ((${version%%.*} >= NODE_MAJOR))
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "installing packages takes root, and there is no sudo"
    return 1
  fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
    -o Dpkg::Use-Pty=0 "$@"
}

install() {
  local attempt
  say "installing $*"
  for attempt in 1 2 3; do
    if apt_get update >&2 &&
      apt_get install -y --no-install-recommends "$@" >&2; then
      return 0
    fi
    say "attempt $attempt of 3 failed"
    # A mirror that is being updated needs a moment.
    ((attempt == 3)) || sleep $((attempt * 5))
  done
  return 1
}

main() {
  local wanted=("${BUILD_PACKAGES[@]}") missing=() package
  case ${1:-} in
    build) ;;
    test)
      wanted+=("${TEST_PACKAGES[@]}")
      node_is_recent || wanted+=(nodejs)
      command -v npm >/dev/null || wanted+=(npm)
      ;;
    compare | more) wanted=("${@:2}") ;;
    *)
      echo "usage: $0 build|test|compare PACKAGE...|more PACKAGE..." >&2
      return 2
      ;;
  esac
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "this needs Debian 12 (apt-get and dpkg-query); not found here"
    return 1
  fi
  for package in "${wanted[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return 0
  install "${missing[@]}"
}

main "$@"
