#!/usr/bin/env bash
# Runs the tests of heapd against software that is not ours (see README.md).
#
#   tests/external/run.sh [TEST.mjs...]    all tests, or those named
#
# The npm packages are installed once, in build/external. HEAPD_BUILD_DIR names
# another folder that holds bin/heapd and bin/heapctl.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "${here}/../.." && pwd)"
export HEAPD_EXTERNAL_DIR="${HEAPD_EXTERNAL_DIR:-${root}/build/external}"

readonly INSTALL_TRIES=3
readonly INSTALL_SECONDS=300
readonly TEST_SECONDS=600
readonly RADOSGW_PACKAGES=(radosgw ceph-mon ceph-osd ceph-common)

fail() {
  echo "tests/external: $*" >&2
  exit 1
}

check_node() {
  command -v node >/dev/null || fail "node is missing: apt install nodejs npm"
  command -v npm >/dev/null || fail "npm is missing: apt install npm"
  local major
  major="$(node -p 'process.versions.node.split(".")[0]')"
  ((major >= 18)) || fail "node 18 or newer is needed, not $(node --version)"
}

# Does nothing when what is installed is what package-lock.json names.
install_packages() {
  local stamp="${HEAPD_EXTERNAL_DIR}/.installed" want
  want="$(cat "${here}/package.json" "${here}/package-lock.json" | sha256sum)"
  if [[ -f "${stamp}" && "$(<"${stamp}")" == "${want}" ]]; then
    return
  fi
  mkdir -p "${HEAPD_EXTERNAL_DIR}"
  rm -f "${stamp}"
  cp "${here}/package.json" "${here}/package-lock.json" "${HEAPD_EXTERNAL_DIR}/"
  echo "tests/external: installing npm packages (270 MB)"
  # Install scripts stay off: one of memlab's dependencies would download a
  # browser, and nothing here needs any of them.
  local try
  for ((try = 1; try <= INSTALL_TRIES; ++try)); do
    if (cd "${HEAPD_EXTERNAL_DIR}" &&
        timeout "${INSTALL_SECONDS}" npm ci --ignore-scripts --no-audit \
            --no-fund --loglevel=error); then
      echo "${want}" >"${stamp}"
      return
    fi
    echo "tests/external: npm ci failed (try ${try} of ${INSTALL_TRIES})" >&2
  done
  fail "the npm packages could not be installed"
}

# The S3 store of s3_upload_test.mjs, which is skipped without it.
install_radosgw() {
  command -v radosgw >/dev/null && return
  "${root}/deploy/install_packages.sh" more "${RADOSGW_PACKAGES[@]}" \
      >"${HEAPD_EXTERNAL_DIR}/radosgw.log" 2>&1 ||
    echo "tests/external: no radosgw here: see ${HEAPD_EXTERNAL_DIR}/radosgw.log"
}

# The balancer of balancer_test.mjs, which is skipped without it.
install_haproxy() {
  command -v haproxy >/dev/null && return
  "${root}/deploy/install_packages.sh" more haproxy \
      >"${HEAPD_EXTERNAL_DIR}/haproxy.log" 2>&1 ||
    echo "tests/external: no haproxy here: see ${HEAPD_EXTERNAL_DIR}/haproxy.log"
}

# What scrapes in metrics_test.mjs, which leaves out what it lacks.
install_prometheus() {
  command -v prometheus >/dev/null && return
  "${root}/deploy/install_packages.sh" more prometheus \
      >"${HEAPD_EXTERNAL_DIR}/prometheus.log" 2>&1 ||
    echo "tests/external: no prometheus here: see ${HEAPD_EXTERNAL_DIR}/prometheus.log"
}

# shellcheck source=tests/support/node_tests.sh
source "${root}/tests/support/node_tests.sh"

check_node
install_packages
if (($# == 0)); then
  set -- "${here}"/*_test.mjs
fi
[[ "$*" != *s3_upload_test.mjs* ]] || install_radosgw
[[ "$*" != *balancer_test.mjs* ]] || install_haproxy
[[ "$*" != *metrics_test.mjs* ]] || install_prometheus
run_tests "${TEST_SECONDS}" "$@"
