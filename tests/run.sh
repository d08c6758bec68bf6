#!/usr/bin/env bash
# Builds everything and runs every test; see --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
usage: tests/run.sh [--quick] [--stage NAME]... [--help]

Installs the Debian packages that are missing, builds into build/ and runs the
tests. The last line says "N passed, N failed"; the exit code is 0 only if
nothing failed. Logs: build/test-logs/.

  --quick       only the stages build and unit
  --stage NAME  only this stage; may be repeated. In order:
                  build     Release build with -Werror
                  unit      every test of the Release build (ctest)
                  external  programs that are not ours, from npm: another gRPC
                            client, DevTools' parser, buf
                  deploy    what is below deploy/, by the programs that read it
                  package   the systemd unit and the Debian package: checked,
                            then installed, used, upgraded and purged in a
                            throw-away copy of this machine (skipped where it
                            cannot be made: it takes root)
                  format    clang-format finds nothing to change
                  clang     clang build with -Wthread-safety
                  tidy      clang-tidy, as far as it gets in four minutes
                  asan      the engine's, the model, the daemon's and the fuzz
                            tests under ASan and UBSan
                  tsan      the tests labelled race under ThreadSanitizer
                  image     the container image, built and run; skipped where
                            containers cannot run
                By default the first six; the others build everything anew, so
                ask for asan and tsan before a change to heap/ or server/host/,
                for clang and tidy before a change to headers or locks, for
                image before a change to what is installed or linked.
TEXT
}

readonly ALL_STAGES=(
  build unit external deploy package format clang tidy asan tsan image
)
readonly DEFAULT_STAGES=(build unit external deploy package format)
readonly LOGS=build/test-logs
readonly STAGE_LIMIT=2700  # seconds, for one stage
readonly TIDY_SECONDS=240
JOBS=$(nproc)
passed=0
failed=0
failures=()
stage_pid=""

# Counts one check of this script's own.
count() {
  if (($1 == 0)); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    failures+=("$2")
  fi
}

# Adds ctest's own figures, which are in the log $1.
count_ctest() {
  local line total bad
  line=$(grep -E '^[0-9]+% tests passed' "$1" | tail -n 1 || true)
  total=$(sed -E 's/.* out of ([0-9]+)$/\1/' <<<"$line")
  bad=$(sed -E 's/.*, ([0-9]+) tests? failed.*/\1/' <<<"$line")
  if [[ -z $line || $total == 0 ]]; then
    count 1 "$2: ctest did not run"
    return
  fi
  passed=$((passed + total - bad))
  failed=$((failed + bad))
  ((bad == 0)) || failures+=("$2: $bad of $total tests")
}

# build PRESET TARGETS...
build() {
  local preset=$1
  shift
  cmake --preset "$preset" &&
    cmake --build --preset "$preset" -j "$JOBS" -- "$@"
}

# run_ctest PRESET NAME ARGS...: builds nothing; no test at all is an error.
run_ctest() {
  local preset=$1 name=$2 log=$LOGS/$2-ctest.log
  shift 2
  ctest --preset "$preset" -j "$JOBS" --no-tests=error "$@" 2>&1 |
    tee "$log" || true
  count_ctest "$log" "$name"
}

stage_build() {
  local status=0
  build release || status=$?
  count $status "build: Release"
}

# Some tests have deadlines that a busy machine can pass; what fails for another
# reason fails again (seeds are fixed), and ctest's log names every attempt.
stage_unit() { run_ctest release unit --repeat until-pass:3; }

# run_script NAME SCRIPT: a script that ends with "N passed, N failed".
run_script() {
  local name=$1 script=$2 status=0 log=$LOGS/$1-run.log line
  "$script" 2>&1 | tee "$log" || status=$?
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1 || true)
  if [[ -n $line ]]; then
    passed=$((passed + ${line%% *}))
    line=${line#*, }
    failed=$((failed + ${line%% *}))
    ((${line%% *} == 0)) || failures+=("$name: ${line%% *} tests")
  fi
  count $status "$name: $script"
}

stage_external() { run_script external tests/external/run.sh; }

stage_deploy() { run_script deploy tests/deploy/run.sh; }

stage_package() { run_script package tests/package/run.sh; }

stage_image() { run_script image tests/image/run.sh; }

stage_format() {
  local status=0
  find heap server client tests -name node_modules -prune -o \
    \( -name '*.h' -o -name '*.cc' \) -print0 |
    xargs -0 clang-format --dry-run -Werror || status=$?
  count $status "format: clang-format -i changes files"
}

stage_clang() {
  local status=0
  build clang || status=$?
  count $status "clang: build"
}

stage_tidy() {
  local status=0
  build clang && tests/tidy.sh --seconds "$TIDY_SECONDS" || status=$?
  count $status "tidy: clang-tidy"
}

stage_asan() {
  local status=0
  build asan heap_tests heap_model_test server_tests fuzz_tests || status=$?
  count $status "asan: build"
  ((status == 0)) || return 0
  export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1
  export UBSAN_OPTIONS=print_stacktrace=1
  run_ctest asan asan -R '^(heap|server|fuzz)_'
}

stage_tsan() {
  local status=0
  build tsan race_tests planted_race || status=$?
  count $status "tsan: build"
  ((status == 0)) || return 0
  TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1 \
    run_ctest tsan tsan -L race
}

# Runs one stage in a time limit, logs it and says how long it took. What it
# counted comes back through a file, as it runs in a process of its own.
run_stage() {
  local name=$1 start=$SECONDS status=0 counts=$LOGS/$1.counts
  rm -f "$counts"
  echo "== $name"
  # In the background, so that Ctrl-C reaches this script, which ends the stage
  # with all its processes: timeout passes the signal on to its group.
  timeout --kill-after=10 "$STAGE_LIMIT" \
    tests/run.sh --inside "$name" >"$LOGS/$name.log" 2>&1 &
  stage_pid=$!
  wait "$stage_pid" || status=$?
  stage_pid=""
  local stage_passed=0 stage_failed=1 what="$name: ended early ($status)"
  [[ ! -f $counts ]] || {
    read -r stage_passed stage_failed
    read -r what || true
  } <"$counts"
  passed=$((passed + stage_passed))
  failed=$((failed + stage_failed))
  if ((stage_failed > 0)); then
    failures+=("$what")
    tail -n 60 "$LOGS/$name.log"
  fi
  grep -hE '^SKIP' "$LOGS/$name.log" || true
  echo "== $name: $stage_passed passed, $stage_failed failed," \
    "$((SECONDS - start)) s"
}

# The other side of run_stage.
inside_stage() {
  "stage_$1"
  local text="${failures[*]:-}"
  printf '%d %d\n%s\n' "$passed" "$failed" "$text" >"$LOGS/$1.counts"
}

main() {
  local stages=() stage
  while (($# > 0)); do
    case $1 in
      --quick) stages+=(build unit) ;;
      --stage)
        [[ " ${ALL_STAGES[*]} " == *" ${2:-} "* ]] || { usage >&2; exit 2; }
        stages+=("$2")
        shift
        ;;
      --inside)
        inside_stage "$2"
        exit 0
        ;;
      --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  ((${#stages[@]} > 0)) || stages=("${DEFAULT_STAGES[@]}")

  mkdir -p "$LOGS"
  trap '[[ -z $stage_pid ]] || kill "$stage_pid"; exit 130' INT TERM
  deploy/install_packages.sh test
  for stage in "${stages[@]}"; do
    run_stage "$stage"
  done
  for stage in "${failures[@]:-}"; do
    [[ -z $stage ]] || echo "FAILED: $stage (build/test-logs/)"
  done
  echo "$passed passed, $failed failed"
  ((failed == 0))
}

main "$@"
