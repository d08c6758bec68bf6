#!/usr/bin/env bash
# From a bare Debian 12 to a leak found; see --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
usage: deploy/quickstart.sh [--keep] [--help]

Installs the Debian packages that are missing, builds heapd and heapctl into
build/, starts heapd on Unix sockets that only you can open, rebuilds in it
three states of a Node service that leaks, takes a snapshot of each, and prints
how they compare. Everything it writes is under build/; a second run starts over
and replaces the snapshots of the first.

  --keep  leave heapd running at the end, and say how to use and stop it
TEXT
}

readonly BIN=build/bin
readonly STATE=build/quickstart
readonly SNAPSHOTS=$STATE/snapshots
readonly LOG=$STATE/heapd.log
readonly PID_FILE=$STATE/heapd.pid
readonly READY_SECONDS=30
readonly STOP_SECONDS=30  # more than the daemon's own grace period
# The path of a Unix socket has to fit into 107 characters.
readonly SOCKET_PATH_MAX=90

keep=0
daemon_pid=""
sockets=""

say() { echo "quickstart: $*"; }

build() {
  mkdir -p "$STATE"
  say "building (a first build takes some minutes; log: $STATE/build.log)"
  if ! { cmake --preset release &&
    cmake --build --preset release -j "$(nproc)" -- heapd heapctl; } \
    >"$STATE/build.log" 2>&1; then
    tail -n 40 "$STATE/build.log" >&2
    return 1
  fi
}

# Ends the process $1 the way a service manager would; bounded.
stop_process() {
  kill -TERM "$1" 2>/dev/null || return 0
  if ! timeout "$STOP_SECONDS" tail --pid="$1" -f /dev/null; then
    say "heapd did not stop in $STOP_SECONDS s after SIGTERM; killing it" >&2
    kill -KILL "$1" 2>/dev/null || true
    return 1
  fi
}

# Ends what an earlier run with --keep left, and only that: the process has to be
# our binary still.
stop_earlier() {
  local pid
  [[ -f $PID_FILE ]] || return 0
  pid=$(<"$PID_FILE")
  if [[ $(readlink "/proc/$pid/exe" 2>/dev/null) == "$PWD/$BIN/heapd"* ]]; then
    say "stopping the heapd of an earlier run (process $pid)"
    stop_process "$pid"
  fi
  rm -f "$PID_FILE"
}

choose_sockets() {
  sockets=$PWD/$STATE/sockets
  if ((${#sockets} > SOCKET_PATH_MAX)); then
    sockets=$(mktemp -d --tmpdir heapd.XXXXXX)
  fi
  mkdir -p "$sockets"
  chmod 700 "$sockets"
}

# Makes a token; heapd gets only its hash, heapctl reads the token from a file.
write_config() {
  local output token sha256
  output=$("$BIN/heapctl" token new)
  token=$(sed -n 's/^token: *//p' <<<"$output")
  sha256=$(sed -n 's/^sha256: *//p' <<<"$output")
  (umask 077 && echo "$token" >"$STATE/token")
  cat >"$STATE/heapd.yaml" <<YAML
# Written by deploy/quickstart.sh.
listen:
  data: ["unix:$sockets/data"]
  operations: ["unix:$sockets/operations"]
  liveness: ["unix:$sockets/liveness"]
  readiness: ["unix:$sockets/readiness"]
snapshots:
  directory: "$PWD/$SNAPSHOTS"
auth:
  tokens:
    - {name: quickstart, sha256: $sha256}
YAML
}

start_daemon() {
  local health status=0
  nohup "$BIN/heapd" --config "$STATE/heapd.yaml" \
    </dev/null >"$LOG" 2>&1 &
  daemon_pid=$!
  echo "$daemon_pid" >"$PID_FILE"
  "$BIN/heapctl" health "unix:$sockets/readiness" \
    --wait "${READY_SECONDS}s" >/dev/null &
  health=$!
  # Whichever comes first: it is ready, or it has given up.
  wait -n "$daemon_pid" "$health" || status=$?
  kill "$health" 2>/dev/null || true
  if ((status != 0)) || ! kill -0 "$daemon_pid" 2>/dev/null; then
    say "heapd did not become ready" >&2
    return 1
  fi
}

heapctl() {
  "$BIN/heapctl" --address "unix:$sockets/data" \
    --operations-address "unix:$sockets/operations" \
    --token-file "$STATE/token" "$@"
}

show_snapshots() {
  local files=("$SNAPSHOTS"/*)
  [[ -e ${files[0]} ]] || { say "no snapshot in $SNAPSHOTS" >&2; return 1; }
  echo
  say "snapshots:"
  find "$PWD/$SNAPSHOTS" -type f -name '*.heapsnapshot*' \
    -printf '  %p  %k KiB\n' | sort
  cat <<'TEXT'

To look at them: open Chrome's DevTools, panel "Memory", "Load profile...", load
the first and the last, and choose "Comparison" in the view of the last.
TEXT
}

say_kept() {
  cat <<TEXT

heapd goes on as process $daemon_pid. For example:
  $BIN/heapctl --address unix:$sockets/data heap list
  kill $daemon_pid    # stops it
TEXT
}

# Whatever the way out: no daemon stays unless it was asked for, and a failure
# shows what the daemon said last.
finish() {
  local status=$?
  trap - EXIT
  if ((status != 0)); then
    say "failed" >&2
    if [[ -n $daemon_pid ]]; then
      echo "The end of $LOG:" >&2
      tail -n 30 "$LOG" >&2
    fi
  fi
  if [[ -n $daemon_pid ]] && ! ((status == 0 && keep)); then
    stop_process "$daemon_pid" || status=1
    wait "$daemon_pid" || { say "heapd ended with $?" >&2; status=1; }
    rm -f "$PID_FILE"
  fi
  ((status != 0)) || say "done in $SECONDS s"
  exit "$status"
}

main() {
  while (($# > 0)); do
    case $1 in
      --keep) keep=1 ;;
      --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  trap finish EXIT
  trap 'exit 130' INT TERM
  deploy/install_packages.sh build
  build
  stop_earlier
  rm -rf "$SNAPSHOTS"
  choose_sockets
  write_config
  start_daemon
  say "rebuilding three states of a Node service in heapd"
  heapctl replay --heap leaky-service --create \
    tests/data/node20-leaky-{1,2,3}.heapsnapshot.zst
  show_snapshots
  ((keep == 0)) || say_kept
}

main "$@"
