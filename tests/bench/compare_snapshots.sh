#!/usr/bin/env bash
# Compares snapshots of heapd with those of Node, in turns; see --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
export LC_ALL=C

usage() {
  cat <<'TEXT'
usage: tests/bench/compare_snapshots.sh [OPTION]...

Rounds in turns, of a random graph of objects with 32 bytes and two or three
refs:
  heapd   snapshot_bench: the longest that a thread waits which changes the
          heap at full speed meanwhile, and how long until the file is whole
  node    v8.writeHeapSnapshot() of Node 20: how long the program stands still,
          which is until the file is whole

Prints a line of each program for each figure. Installs Node 20 (npm, into
build/compare) where it is missing and that can be done; leaves with 77 where it
cannot. Needs a Release build (tests/run.sh --stage build).

  --objects N     in the heap (1,000,000)
  --runs N        rounds (3)
  --no-install    install nothing
TEXT
}

OBJECTS=1000000
RUNS=3
INSTALL=1
WORK=""
# Of one program; it hangs, or has no memory, if it takes longer.
readonly LIMIT_SECONDS=300
readonly NODE_MIB=8192

# shellcheck source=tests/bench/peers/find_peers.sh disable=SC1091
. "$HERE/peers/find_peers.sh"

number() {
  [[ $1 =~ ^[1-9][0-9]{0,8}$ ]] || { say "not a number: $1"; exit 2; }
}

parse() {
  while (($# > 0)); do
    case $1 in
      --objects) number "${2:-}"; OBJECTS=$2; shift 2 ;;
      --runs) number "${2:-}"; RUNS=$2; shift 2 ;;
      --no-install) INSTALL=0; shift ;;
      --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
  done
}

main() {
  parse "$@"
  local bench=$ROOT/build/bin/snapshot_bench node
  [[ -x $bench ]] || {
    say "build/bin/snapshot_bench is missing; build with tests/run.sh" \
      "--stage build"
    exit 2
  }
  node=$(find_node) || {
    say "there is no Node $NODE_MAJOR, and it cannot be installed"
    exit 77
  }
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  local round
  for ((round = 1; round <= RUNS; ++round)); do
    echo "round $round: heapd"
    timeout "$LIMIT_SECONDS" "$bench" --objects "$OBJECTS" --runs 1 \
      --directory "$WORK"
    echo "round $round: node $("$node" --version)"
    timeout "$LIMIT_SECONDS" "$node" --max-old-space-size=$NODE_MIB \
      "$HERE/peers/node/snapshot.mjs" "$OBJECTS" "$WORK/node.heapsnapshot"
  done
}

main "$@"
