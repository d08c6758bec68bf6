#!/usr/bin/env bash
# Compares the daemon's batches with SETs of redis-server, in turns; see --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
export LC_ALL=C

usage() {
  cat <<'TEXT'
usage: tests/bench/compare_redis.sh [OPTION]...

Rounds in turns, over loopback, client and server on the same cores:
  redis     redis-benchmark: SETs of 32 bytes to one key, pipelines of 256,
            two connections, no persistence
  heapd     rpc_bench: Apply and Pipeline, 1,024 allocations of 32 bytes with
            two refs a call, two connections

Prints the medians and how many times as fast heapd is. Installs Debian's
redis-server where it is missing and that can be done; leaves with 77 where it
cannot.

  --runs N            rounds (5)
  --seconds N         of each program a round (2)
  --no-install        install nothing
TEXT
}

RUNS=5
SECONDS_EACH=2
INSTALL=1
redis_pid=""
PORT=""
WORK=""

say() { echo "compare_redis: $*" >&2; }

clean_up() {
  if [[ -n $redis_pid ]]; then
    kill "$redis_pid" 2>/dev/null || true
    wait "$redis_pid" 2>/dev/null || true
  fi
  [[ -z $WORK ]] || rm -rf "$WORK"
}

number() {
  [[ $1 =~ ^[1-9][0-9]{0,3}$ ]] || { say "not a number: $1"; exit 2; }
}

parse() {
  while (($# > 0)); do
    case $1 in
      --runs) number "${2:-}"; RUNS=$2; shift 2 ;;
      --seconds) number "${2:-}"; SECONDS_EACH=$2; shift 2 ;;
      --no-install) INSTALL=0; shift ;;
      --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
  done
}

find_redis() {
  command -v redis-server >/dev/null && return
  if ((INSTALL)) &&
    "$ROOT/deploy/install_packages.sh" compare redis-server redis-tools; then
    return
  fi
  say "there is no redis-server, and it cannot be installed"
  exit 77
}

start_redis() {
  # A free port, which redis does not choose by itself.
  local port
  for port in $(shuf -i 20000-30000 -n 20); do
    redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no \
      >"$WORK/redis.log" 2>&1 &
    redis_pid=$!
    for _ in $(seq 50); do
      if redis-cli -p "$port" ping >/dev/null 2>&1; then
        PORT=$port
        return
      fi
      kill -0 "$redis_pid" 2>/dev/null || break
      sleep 0.1
    done
    kill "$redis_pid" 2>/dev/null || true
  done
  say "redis-server does not start: $(tail -1 "$WORK/redis.log")"
  exit 1
}

# SETs a second.
redis_round() {
  redis-benchmark -p "$PORT" -t set -d 32 -P 256 -c 2 \
    -n $((SECONDS_EACH * 1500000)) --csv 2>/dev/null |
    awk -F'"' '$2 == "SET" { print $4 }'
}

# Operations a second of one method.
heapd_round() {
  "$ROOT/build/bin/rpc_bench" --only "$1" --runs 1 --transports tcp \
    --seconds "$SECONDS_EACH" --json "$WORK/rpc.json" >/dev/null
  python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["results"][0]["operations_per_second"])' \
    "$WORK/rpc.json"
}

median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

main() {
  parse "$@"
  [[ -x $ROOT/build/bin/rpc_bench ]] ||
    { say "build/bin/rpc_bench is not built"; exit 1; }
  find_redis
  WORK=$(mktemp -d)
  trap clean_up EXIT
  start_redis
  local round
  for ((round = 0; round < RUNS; round++)); do
    redis_round >>"$WORK/set"
    heapd_round Apply >>"$WORK/Apply"
    heapd_round Pipeline >>"$WORK/Pipeline"
  done
  local set method rate
  set=$(median <"$WORK/set")
  printf 'redis SET   %6.2f M/s  (redis %s)\n' "$(scaled "$set")" \
    "$(redis-server --version | grep -o 'v=[^ ]*' | cut -c3-)"
  for method in Apply Pipeline; do
    rate=$(median <"$WORK/$method")
    printf '%-11s %6.2f M/s  %5.2f times as fast\n' "$method" \
      "$(scaled "$rate")" "$(awk -v a="$rate" -v b="$set" 'BEGIN { print a / b }')"
  done
}

scaled() { awk -v n="$1" 'BEGIN { print n / 1e6 }'; }

main "$@"
