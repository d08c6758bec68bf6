# shellcheck shell=bash
# For scripts that run files of node:test; sourced.

# count WORD: a figure from the summary of the test file that ran last.
count() {
  awk -v word="$1" '$1 == "#" && $2 == word {print $3}' "${log}"
}

# run_file: the test file, for so many seconds, into the log.
run_file() {
  timeout "${seconds}" node --test --test-reporter=tap "${test}" \
      >"${log}" 2>&1
}

# run_tests SECONDS FILE...: each for so long at most. Prints one line per file
# and one per skipped test, the output of a file that fails in full, and at the
# end "N passed, N failed". A file that fails is run once more.
run_tests() {
  local seconds=$1 passed=0 failed=0 status test name pass fail
  shift
  log="$(mktemp)"
  trap 'rm -f "${log}"' EXIT
  for test in "$@"; do
    name="$(basename "${test}")"
    status=0
    run_file || status=$?
    if ((status != 0)); then
      # As with ctest: a busy machine can pass a deadline. The line says so,
      # since a race of the test itself, too, can end well the second time.
      grep -E '^ *(not ok|error:)' "${log}" || true
      echo "AGAIN ${name}"
      status=0
      run_file || status=$?
    fi
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
