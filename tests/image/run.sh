#!/usr/bin/env bash
# Builds the container image and runs it (see README.md).
#
#   tests/image/run.sh [--archive FILE]
#
# --archive FILE: tests this image, which deploy/build_image.sh --export wrote,
# and builds none. Ends with "N passed, N failed"; where containers cannot run it
# says so, and is content.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
readonly root
readonly STATE="${HEAPD_IMAGE_STATE:-${root}/build/image}"
readonly PODMAN_PACKAGES=(podman runc catatonit)
readonly TEST_SECONDS=900

archive=""

say() { echo "tests/image: $*" >&2; }

skip() {
  echo "SKIP: containers cannot run here: $*"
  echo "0 passed, 0 failed"
  exit 0
}

# Docker where an engine answers, else podman as root.
choose_engine() {
  if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
    HEAPD_ENGINE=docker
    return
  fi
  HEAPD_ENGINE=podman
  ((EUID == 0)) || skip "no Docker engine answers, and podman takes root here"
  command -v podman >/dev/null && [[ -x /usr/sbin/runc ]] ||
    "${root}/deploy/install_packages.sh" more "${PODMAN_PACKAGES[@]}" \
      >"${STATE}/packages.log" 2>&1 ||
    skip "podman cannot be installed: see ${STATE}/packages.log"
}

build() {
  archive="${STATE}/heapd.tar"
  say "building the image (log: ${STATE}/build.log)"
  HEAPD_IMAGE_STORE="${HEAPD_IMAGE_STORE:-${STATE}/store}" \
    "${root}/deploy/build_image.sh" --tag heapd:test --export "${archive}" \
    >"${STATE}/build.log" 2>&1 || {
    tail -n 30 "${STATE}/build.log" >&2
    say "the image could not be built"
    echo "0 passed, 1 failed"
    exit 1
  }
}

main() {
  local log status=0 passed failed
  while (($# > 0)); do
    case $1 in
      --archive) archive="${2:?--archive needs a file}"; shift ;;
      *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift
  done
  mkdir -p "${STATE}"
  choose_engine
  [[ -n ${archive} ]] || build
  "${root}/tests/deploy/run.sh" --install
  log="$(mktemp)"
  # shellcheck disable=SC2064  # the file of now
  trap "rm -f '${log}'" EXIT
  HEAPD_ENGINE="${HEAPD_ENGINE}" HEAPD_IMAGE_STATE="${STATE}/podman" \
    HEAPD_IMAGE_ARCHIVE="$(realpath "${archive}")" \
    HEAPD_DEPLOY_TESTS_DIR="${HEAPD_DEPLOY_TESTS_DIR:-${root}/build/deploy-tests}" \
    timeout "${TEST_SECONDS}" node --test --test-reporter=tap \
    "${root}/tests/image/image_test.mjs" 2>&1 | tee "${log}" || status=$?
  sed -nE 's/^ok [0-9]+ - (.*) # SKIP (.*)/SKIP: \1: \2/p' "${log}"
  passed="$(awk '$1 == "#" && $2 == "pass" {print $3}' "${log}")"
  failed="$(awk '$1 == "#" && $2 == "fail" {print $3}' "${log}")"
  echo "${passed:-0} passed, ${failed:-1} failed"
  return "${status}"
}

main "$@"
