#!/usr/bin/env bash
# Runs the tests of what is below deploy/ (see README.md).
#
#   tests/deploy/run.sh [TEST.mjs...]    all tests, or those named
#   tests/deploy/run.sh --install        none: only what they take
#
# The npm packages are installed once, in build/deploy-tests. HEAPD_BUILD_DIR
# names another folder that holds bin/heapd.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "${here}/../.." && pwd)"
export HEAPD_DEPLOY_TESTS_DIR="${HEAPD_DEPLOY_TESTS_DIR:-${root}/build/deploy-tests}"

readonly INSTALL_TRIES=3
readonly INSTALL_SECONDS=300
readonly TEST_SECONDS=300

fail() {
  echo "tests/deploy: $*" >&2
  exit 1
}

# Does nothing when what is installed is what package-lock.json names.
install_packages() {
  local stamp="${HEAPD_DEPLOY_TESTS_DIR}/.installed" want try
  want="$(cat "${here}/package.json" "${here}/package-lock.json" | sha256sum)"
  if [[ -f "${stamp}" && "$(<"${stamp}")" == "${want}" ]]; then
    return
  fi
  mkdir -p "${HEAPD_DEPLOY_TESTS_DIR}"
  rm -f "${stamp}"
  cp "${here}/package.json" "${here}/package-lock.json" \
    "${HEAPD_DEPLOY_TESTS_DIR}/"
  echo "tests/deploy: installing npm packages (60 MB)"
  for ((try = 1; try <= INSTALL_TRIES; ++try)); do
    if (cd "${HEAPD_DEPLOY_TESTS_DIR}" &&
        timeout "${INSTALL_SECONDS}" npm ci --ignore-scripts --no-audit \
            --no-fund --loglevel=error); then
      echo "${want}" >"${stamp}"
      return
    fi
    echo "tests/deploy: npm ci failed (try ${try} of ${INSTALL_TRIES})" >&2
  done
  fail "the npm packages could not be installed"
}

# What judges files and is in Debian; a test that lacks its program is skipped.
install_programs() {
  local missing=() log="${HEAPD_DEPLOY_TESTS_DIR}/packages.log"
  command -v shellcheck >/dev/null || missing+=(shellcheck)
  command -v docker-compose >/dev/null || missing+=(docker-compose)
  ((${#missing[@]} == 0)) ||
    "${root}/deploy/install_packages.sh" more "${missing[@]}" \
      >"${log}" 2>&1 ||
    echo "tests/deploy: ${missing[*]} could not be installed: see ${log}"
}

# shellcheck source=tests/support/node_tests.sh
source "${root}/tests/support/node_tests.sh"

command -v npm >/dev/null || fail "npm is missing: apt install nodejs npm"
install_packages
install_programs
[[ ${1:-} != --install ]] || exit 0
if (($# == 0)); then
  set -- "${here}"/*_test.mjs
fi
run_tests "${TEST_SECONDS}" "$@"
