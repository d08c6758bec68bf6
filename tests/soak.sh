#!/usr/bin/env bash
# Loads a daemon for half an hour and says whether it is as it was; see --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C

usage() {
  cat <<'TEXT'
usage: tests/soak.sh [--minutes N] [--budget SIZE] [--out DIRECTORY] [--help]

Starts heapd with a small budget on ports of its own, makes a heap with a graph
of 50,000 objects whose contents are known, and loads other heaps with heapload
beside it: twelve rounds over its profiles, in bursts, with health probes. Samples
the daemon's memory, threads, descriptors and objects the whole time, and at
rest after each round. At the end it reads the graph back, stops the daemon and
judges. Passed is:

  graph        every object is there with its own payload
  heapload     no run failed, no liveness probe was missed, and every refusal
               said when to try again
  memory       the least-squares line through the resident memory at rest over
               the second half rises by no more than 2 % of its mean or 4 MiB,
               whichever is more, or its slope is within three standard errors
  threads,     the median at rest of the second half is at most 2 above that of
  descriptors, the first half, without the start
  objects
  stop         heapd ends by itself within its grace after SIGTERM, with code 0

The last line says PASSED or FAILED, the exit code is 0 or 1; 2 is a wrong
command line. Ctrl-C stops everything that was started.

  --minutes N  how long the load lasts in all (30)
  --budget S   of the daemon, for all heaps (384MiB)
  --out DIR    where the report goes (build/soak/DATE)

Needs a Release build (tests/run.sh --stage build) and python3. Not part of
tests/run.sh.
TEXT
}

readonly BIN=build/bin
readonly ROUNDS=12
readonly PROFILES=(churn cache leak graph request)
readonly OBJECTS=50000
readonly READY_SECONDS=30
readonly STOP_SECONDS=30  # more than the daemon's own grace period
readonly SAMPLE_SECONDS=2
readonly SETTLE_SECONDS=1

minutes=30
budget=384MiB
out=""
daemon_pid=""
sampler_pid=""
load_pid=""
data=""
liveness=""
readiness=""
failures=()

say() { echo "soak: $*"; }

# Ends what this script started, by its id.
finish() {
  local pid
  for pid in "$load_pid" "$sampler_pid" "$daemon_pid"; do
    [[ -n $pid ]] || continue
    kill -TERM "$pid" 2>/dev/null || true
    timeout "$STOP_SECONDS" tail --pid="$pid" -f /dev/null ||
      kill -KILL "$pid" 2>/dev/null || true
  done
}

# A list or member of the JSON file $1, as the Python expression $2 of `d`.
json() { python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"; }

start_daemon() {
  "$BIN/heapd" --listen.data 127.0.0.1:0 --listen.operations 127.0.0.1:0 \
    --listen.liveness 127.0.0.1:0 --listen.readiness 127.0.0.1:0 \
    --ports-file "$out/ports.json" --memory.budget "$budget" \
    >"$out/heapd.log" 2>&1 &
  daemon_pid=$!
  local deadline=$((SECONDS + READY_SECONDS))
  until [[ -s $out/ports.json ]]; do
    if ! kill -0 "$daemon_pid" 2>/dev/null || ((SECONDS >= deadline)); then
      say "heapd did not start; see $out/heapd.log" >&2
      return 1
    fi
    sleep 0.1
  done
  data=$(json "$out/ports.json" 'd["data"][0]')
  liveness=$(json "$out/ports.json" 'd["liveness"][0]')
  readiness=$(json "$out/ports.json" 'd["readiness"][0]')
}

# Objects of all heaps.
count_objects() {
  "$BIN/heapctl" --address "$data" --output json heap list |
    python3 -c 'import json, sys
print(sum(int(heap.get("object_count", 0)) for heap in json.load(sys.stdin)))'
}

# Adds a row to the samples; $1 is what the daemon does, $2 the objects.
sample() {
  local resident threads descriptors
  resident=$(awk '/^VmRSS:/ {print $2 * 1024}' "/proc/$daemon_pid/status")
  threads=$(awk '/^Threads:/ {print $2}' "/proc/$daemon_pid/status")
  descriptors=$(find "/proc/$daemon_pid/fd" -mindepth 1 -maxdepth 1 | wc -l)
  printf '%s,%s,%s,%s,%s,%s\n' "$1" "$SECONDS" "$resident" "$threads" \
    "$descriptors" "$2" >>"$out/samples.csv"
}

sample_under_load() {
  trap 'exit 0' TERM
  while kill -0 "$daemon_pid" 2>/dev/null; do
    sample load 0 2>/dev/null || true
    sleep "$SAMPLE_SECONDS" &
    wait $!
  done
}

# Calls a second of a profile: base and peak.
rates_of() {
  case $1 in
    request) echo 20:200 ;;
    *) echo 300:3000 ;;
  esac
}

# run_load ROUND PROFILE SECONDS
run_load() {
  local status=0 name=round-$1-$2
  "$BIN/heapload" run --quiet --address "$data" --heap "soak-$2" \
    --limit 64MiB --profile "$2" --schedule "burst:$(rates_of "$2"):${3}s:0.4" \
    --duration "${3}s" --deadline 1s --connections 2 --threads 2 --seed "$1" \
    --liveness "$liveness" --readiness "$readiness" \
    --slo 'liveness.missed == 0' --slo 'refused_without_retry == 0' \
    --json "$out/runs/$name.json" >"$out/runs/$name.txt" 2>&1 &
  load_pid=$!
  wait "$load_pid" || status=$?
  load_pid=""
  ((status == 0)) || failures+=("heapload $name: exit code $status")
}

rest_and_sample() {
  "$BIN/heapctl" --address "$data" collect resident >/dev/null
  sleep "$SETTLE_SECONDS"
  sample rest "$(count_objects)"
}

load() {
  local round profile seconds=$((minutes * 60 / ROUNDS / ${#PROFILES[@]}))
  ((seconds > 0)) || seconds=1
  sample_under_load &
  sampler_pid=$!
  for ((round = 1; round <= ROUNDS; ++round)); do
    for profile in "${PROFILES[@]}"; do
      run_load "$round" "$profile" "$seconds"
      kill -0 "$daemon_pid" 2>/dev/null || {
        say "heapd has ended; see $out/heapd.log" >&2
        return 1
      }
    done
    rest_and_sample
    say "round $round of $ROUNDS: $(tail -n 1 "$out/samples.csv")"
  done
  kill -TERM "$sampler_pid" 2>/dev/null || true
  wait "$sampler_pid" || true
  sampler_pid=""
}

stop_daemon() {
  local status=0
  kill -TERM "$daemon_pid"
  timeout "$STOP_SECONDS" tail --pid="$daemon_pid" -f /dev/null ||
    failures+=("heapd did not stop in $STOP_SECONDS s")
  kill -KILL "$daemon_pid" 2>/dev/null || true
  wait "$daemon_pid" || status=$?
  daemon_pid=""
  ((status == 0)) || failures+=("heapd ended with code $status")
}

judge() {
  local status=0
  "$BIN/resident_graph" check --address "$data" --heap resident \
    --objects "$OBJECTS" || failures+=("the resident graph is not whole")
  stop_daemon
  python3 -B tests/soak/judge_samples.py "$out/samples.csv" \
    "$out/verdict.json" | tee -a "$out/report.txt" || status=$?
  ((status == 0)) || failures+=("samples: see above")
}

while (($# > 0)); do
  case $1 in
    --minutes) minutes=${2:-} && shift ;;
    --budget) budget=${2:-} && shift ;;
    --out) out=${2:-} && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift || { usage >&2; exit 2; }
done
[[ $minutes =~ ^[1-9][0-9]*$ ]] || { usage >&2; exit 2; }
for program in heapd heapctl heapload resident_graph; do
  [[ -x $BIN/$program ]] || {
    say "$BIN/$program is missing; build with tests/run.sh --stage build" >&2
    exit 2
  }
done
out=${out:-build/soak/$(date +%Y%m%dT%H%M%S)}
mkdir -p "$out/runs"
trap finish EXIT
trap 'exit 130' INT TERM

echo state,seconds,resident_bytes,threads,descriptors,objects >"$out/samples.csv"
start_daemon
say "heapd is process $daemon_pid; report in $out"
"$BIN/resident_graph" make --address "$data" --heap resident \
  --objects "$OBJECTS"
rest_and_sample
load
judge
for failure in "${failures[@]}"; do
  echo "FAIL $failure" | tee -a "$out/report.txt"
done
if ((${#failures[@]} == 0)); then
  echo "PASSED" | tee -a "$out/report.txt"
else
  echo "FAILED" | tee -a "$out/report.txt"
  exit 1
fi
