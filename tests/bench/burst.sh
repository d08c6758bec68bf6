#!/usr/bin/env bash
# Asks a daemon for five times what it can serve; see --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
BIN=$ROOT/build/bin
export LC_ALL=C

usage() {
  cat <<'TEXT'
usage: tests/bench/burst.sh [OPTION]...

Starts a daemon on loopback, finds how many calls a second it answers when it is
asked for more than it can, and then runs heapload on the same cores:

  before   three tenths of that, 10 s
  burst    five times that, 60 s
  settle   three tenths again, 5 s
  after    the same, 10 s

and says which of these hold: four fifths of the peak are answered during the
burst, within the deadline; every refusal says when to come back; no liveness
probe is missed, 99.9 % come within 50 ms, and no balancer would have killed the
daemon; its resident memory stays within its bound; latency is back after 5 s.
Exit code 3 if one does not hold. Uses build/bin; ends by itself.

  --profile NAME      of heapload: churn, cache, leak, graph, request (churn)
  --batch N           operations of a call (heapload's own)
  --max-in-flight N   most calls that the client has on their way (1024)
  --connections N     that carry them (2)
  --retries N         how often a refused call is tried again, at the time that
                      the daemon says; without, clients that heed nothing (none)
  --seconds N         of the burst (60)
  --factor N          how many times the peak (5)
  --html FILE         also write heapload's page
  --daemon FLAG       one more flag for heapd, may be repeated
TEXT
}

PROFILE=churn
BATCH=()
IN_FLIGHT=1024
CONNECTIONS=2
RETRIES=()
SECONDS_OF_BURST=60
FACTOR=5
HTML=()
DAEMON_FLAGS=()
readonly BUDGET_MIB=256
readonly DEADLINE=1s
daemon_pid=""
WORK=""

say() { echo "burst: $*" >&2; }

clean_up() {
  if [[ -n $daemon_pid ]]; then
    kill "$daemon_pid" 2>/dev/null || true
    wait "$daemon_pid" 2>/dev/null || true
  fi
  [[ -z $WORK ]] || rm -rf "$WORK"
}

number() {
  [[ $1 =~ ^[1-9][0-9]{0,6}$ ]] || { say "not a number: $1"; exit 2; }
}

parse() {
  while (($# > 0)); do
    case $1 in
      --profile) PROFILE=${2:?}; shift 2 ;;
      --batch) number "${2:-}"; BATCH=(--batch "$2"); shift 2 ;;
      --max-in-flight) number "${2:-}"; IN_FLIGHT=$2; shift 2 ;;
      --connections) number "${2:-}"; CONNECTIONS=$2; shift 2 ;;
      --retries) number "${2:-}"; RETRIES=(--retries "$2"); shift 2 ;;
      --seconds) number "${2:-}"; SECONDS_OF_BURST=$2; shift 2 ;;
      --factor) number "${2:-}"; FACTOR=$2; shift 2 ;;
      --html) HTML=(--html "${2:?}"); shift 2 ;;
      --daemon) DAEMON_FLAGS+=("${2:?}"); shift 2 ;;
      --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
  done
}

start_daemon() {
  "$BIN/heapd" --listen.data 127.0.0.1:0 --listen.operations 127.0.0.1:0 \
    --listen.liveness 127.0.0.1:0 --listen.readiness 127.0.0.1:0 \
    --ports-file "$WORK/ports" --memory.budget "${BUDGET_MIB}MiB" \
    "${DAEMON_FLAGS[@]}" >"$WORK/heapd.log" 2>&1 &
  daemon_pid=$!
  for _ in $(seq 100); do
    [[ -s $WORK/ports ]] && return
    kill -0 "$daemon_pid" 2>/dev/null || break
    sleep 0.1
  done
  say "heapd does not start: $(tail -1 "$WORK/heapd.log")"
  exit 1
}

port_of() {
  python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))[sys.argv[2]][0])' "$WORK/ports" "$1"
}

load() {
  "$BIN/heapload" run --quiet --address "$(port_of data)" \
    --liveness "$(port_of liveness)" --readiness "$(port_of readiness)" \
    --limit 128MiB --profile "$PROFILE" "${BATCH[@]}" --deadline "$DEADLINE" \
    --probe-interval 250ms "$@"
}

# Calls a second when more are asked for than can be answered, with few enough
# on their way that none is refused.
peak_rate() {
  load --max-in-flight 128 --schedule constant:200000 --duration 4s \
    --json "$WORK/peak.json" >/dev/null
  python3 -c 'import json, sys
run = json.load(open(sys.argv[1]))["run"]
print(int(run["calls"]["ok"] / run["seconds"]))' "$WORK/peak.json"
}

main() {
  parse "$@"
  [[ -x $BIN/heapd && -x $BIN/heapload ]] ||
    { say "build/bin/heapd and build/bin/heapload are not built"; exit 1; }
  WORK=$(mktemp -d)
  trap clean_up EXIT
  start_daemon
  local peak calm resident_mib
  peak=$(peak_rate)
  calm=$((peak * 3 / 10))
  # server/README.md, "Memory", with the default bound of bytes in flight.
  resident_mib=$((BUDGET_MIB + 256 * 3 / 2 + 160))
  echo "answers at most $peak calls a second"
  load --max-in-flight "$IN_FLIGHT" --connections "$CONNECTIONS" \
    "${RETRIES[@]}" --balancer kubernetes \
    --schedule "steps:$calm@10s:before,$((peak * FACTOR))@${SECONDS_OF_BURST}s:burst,$calm@5s:settle,$calm@10s:after" \
    --slo "burst.goodput_rate >= $((peak * 8 / 10))" \
    --slo "burst.p99 <= $DEADLINE" \
    --slo "refused_without_retry == 0" \
    --slo "liveness.missed == 0" \
    --slo "liveness.p999 <= 50ms" \
    --slo "killed == 0" \
    --slo "resident <= ${resident_mib}MiB" \
    --slo "after.goodput >= 99.9%" \
    --slo "after.p99 <= 200% of before.p99" \
    "${HTML[@]}"
}

main "$@"
