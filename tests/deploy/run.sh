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

# count WORD: a figure from the summary of the test file that ran last.
count() {
  awk -v word="$1" '$1 == "#" && $2 == word {print $3}' "${log}"
}

# Prints one line per test file and one per skipped test, the output of a file
# that fails in full, and at the end "N passed, N failed".
run_tests() {
  local passed=0 failed=0 status test name pass fail
  log="$(mktemp)"
  trap 'rm -f "${log}"' EXIT
  for test in "$@"; do
    name="$(basename "${test}")"
    status=0
    timeout "${TEST_SECONDS}" node --test --test-reporter=tap "${test}" \
        >"${log}" 2>&1 || status=$?
    sed -nE "s/^ *ok [0-9]+ - (.*) # SKIP (.*)/SKIP ${name}: \1: \2/p" "${log}"
    pass="$(count pass)"
    passed=$((passed + ${pass:-0}))
    if ((status == 0)); then
      echo "PASS ${name} (${pass} tests)"
      continue
    fi
    # A file that was ended or could not run at all has no figures.
    fail="$(count fail)"
    failed=$((failed + (${fail:-0} > 0 ? fail : 1)))
    cat "${log}"
    echo "FAIL ${name}"
  done
  echo "${passed} passed, ${failed} failed"
  ((failed == 0))
}

command -v npm >/dev/null || fail "npm is missing: apt install nodejs npm"
install_packages
install_programs
[[ ${1:-} != --install ]] || exit 0
if (($# == 0)); then
  set -- "${here}"/*_test.mjs
fi
run_tests "$@"
