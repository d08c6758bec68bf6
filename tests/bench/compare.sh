#!/usr/bin/env bash
# Runs the workloads of heap_bench in heapd and in other collectors, in turns,
# and prints a table; see --help. What each program does is in peers/.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
export LC_ALL=C  # the programs print numbers for report.py

usage() {
  cat <<'TEXT'
usage: tests/bench/compare.sh [OPTION]...

Runs beside build/bin/heap_bench, in Node 20 and OpenJDK 17:
  marking   a random graph that an array holds, a list of half as many objects,
            and an array of leaves: the mark phases of full collections, two
            threads (G1, Parallel, Node)
  churn     short-lived objects beside a table of live ones, in batches of 64:
            the rate, and how long a batch takes by the program's own clock
            (the same, and Shenandoah and ZGC), with one marking thread

Prints medians over the rounds as Markdown. Installs OpenJDK 17 (Debian) and
Node 20 (npm, into build/compare) where they are missing and that can be done,
and leaves out what is not there; fails when a program does. A peer takes less
than 8 GiB.

  --quick             200,000 objects, one round: a few seconds, which show that
                      all of it works and no more
  --runs N            rounds (3)
  --objects N         objects to mark (10,000,000)
  --collections N     collections to mark them in, each round (3)
  --live N            objects in the table; may be repeated (1,000,000 and
                      10,000,000)
  --allocations N     short-lived objects (50,000,000)
  --peers NAMES       which, by comma: heapd,node,g1,parallel,shenandoah,zgc
  --workloads NAMES   which, by comma: graph,list,leaves,churn
  --heap-bench FILE   instead of build/bin/heap_bench
  --no-install        install nothing
  --json FILE         also write all figures to this file
TEXT
}

RUNS=3
OBJECTS=10000000
COLLECTIONS=3
LIVE=()
ALLOCATIONS=50000000
readonly ALL_PEERS=heapd,node,g1,parallel,shenandoah,zgc
readonly ALL_WORKLOADS=graph,list,leaves,churn
PEERS=$ALL_PEERS
WORKLOADS=$ALL_WORKLOADS
HEAP_BENCH=$ROOT/build/bin/heap_bench
INSTALL=1
JSON=""
# What no program needs here; one that takes longer hangs or has no memory.
readonly LIMIT_SECONDS=300
readonly NODE_MIB=7168
# Java's heaps are of fixed size: about four times what lives while it is marked
# and, in the table, three times (twice the table, as other objects still refer
# to those that were replaced).
readonly MARK_BYTES=256
readonly CHURN_BYTES=400
declare -A FLAG_OF=([g1]=G1GC [parallel]=ParallelGC [shenandoah]=ShenandoahGC
  [zgc]=ZGC)
declare -A LEFT_OUT=()  # peers, and workloads of one, that cannot run
NODE=""
JDK=""
WORK=""
program_pid=""
failures=0

# shellcheck source=tests/bench/peers/find_peers.sh disable=SC1091
. "$HERE/peers/find_peers.sh"

clean_up() {
  [[ -z $program_pid ]] || kill "$program_pid" 2>/dev/null || true
  [[ -z $WORK ]] || rm -rf "$WORK"
}

number() {
  [[ $1 =~ ^[1-9][0-9]{0,8}$ ]] || { say "not a number: $1"; exit 2; }
  echo "$1"
}

parse_options() {
  while (($# > 0)); do
    case $1 in
      --quick)
        RUNS=1 OBJECTS=200000 LIVE=(200000) ALLOCATIONS=2000000
        shift
        continue
        ;;
      --no-install) INSTALL=0; shift; continue ;;
      --help) usage; exit 0 ;;
    esac
    (($# > 1)) || { usage >&2; exit 2; }
    case $1 in
      --runs) RUNS=$(number "$2") ;;
      --objects) OBJECTS=$(number "$2") ;;
      --collections) COLLECTIONS=$(number "$2") ;;
      --live) LIVE+=("$(number "$2")") ;;
      --allocations) ALLOCATIONS=$(number "$2") ;;
      --peers) PEERS=$2 ;;
      --workloads) WORKLOADS=$2 ;;
      --heap-bench) HEAP_BENCH=$2 ;;
      --json) JSON=$2 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift 2
  done
  ((${#LIVE[@]} > 0)) || LIVE=(1000000 10000000)
  check_names "$PEERS" "$ALL_PEERS"
  check_names "$WORKLOADS" "$ALL_WORKLOADS"
}

is_chosen() { [[ ,$1, == *",$2,"* ]]; }

# Each name of the list $1 has to be in the list $2.
check_names() {
  local names name
  IFS=, read -ra names <<<"$1"
  for name in "${names[@]}"; do
    is_chosen "$2" "$name" || { say "not one of $2: $name"; exit 2; }
  done
}

# Leaves out, with a line each, what is not there.
find_programs() {
  local peer wants_java=0
  for peer in "${!FLAG_OF[@]}"; do
    ! is_chosen "$PEERS" "$peer" || wants_java=1
  done
  command -v python3 >/dev/null ||
    { ((INSTALL)) && "$ROOT/deploy/install_packages.sh" compare python3 >&2; } ||
    { say "the table takes python3"; exit 1; }
  if is_chosen "$PEERS" heapd && [[ ! -x $HEAP_BENCH ]]; then
    say "no $HEAP_BENCH: build it first"
    exit 1
  fi
  if is_chosen "$PEERS" node && ! NODE=$(find_node); then
    leave_out node "there is no Node $NODE_MAJOR here"
  fi
  ((wants_java)) || return 0
  if JDK=$(find_jdk); then
    "$JDK/javac" -d "$WORK/classes" "$HERE"/peers/java/*.java
  fi
  for peer in "${!FLAG_OF[@]}"; do
    if [[ -z $JDK ]]; then
      leave_out "$peer" "there is no OpenJDK $JAVA_MAJOR here"
    elif ! has_collector "$JDK/java" "${FLAG_OF[$peer]}"; then
      leave_out "$peer" "this OpenJDK does not have it"
    fi
  done
}

leave_out() {
  ! is_chosen "$PEERS" "$1" || say "skipping $1: $2"
  LEFT_OUT[$1]=1
}

java_mib() { echo $((64 + $1 * $2 / 1048576)); }

write_versions() {
  [[ -z $NODE ]] || echo "node $("$NODE" --version)"
  [[ -z $JDK ]] ||
    echo "java $("$JDK/java" -version 2>&1 | sed -n 's/.*(build \(.*\))$/\1/p' |
      head -n 1)"
}

# run NAME COMMAND...: leaves its output in the files that results.py names. In
# the background, so that Ctrl-C ends it.
run() {
  local name=$1 status=0
  shift
  say "$name"
  timeout --kill-after=5 "$LIMIT_SECONDS" "$@" >"$WORK/$name.out" \
    2>"$WORK/errors" &
  program_pid=$!
  wait "$program_pid" || status=$?
  program_pid=""
  ((status != 0)) || return 0
  rm -f "$WORK/$name".*
  tail -n 3 "$WORK/errors" >&2
  say "$name failed ($status): it is left out from now on"
  failures=$((failures + 1))
  LEFT_OUT[${name#*.}]=1
}

# run_java NAME THREADS MIB ARGS...: a heap in memory from the start, as
# heap_bench makes its own resident. Without escape analysis, which takes
# allocations away: they are the load.
run_java() {
  local name=$1 threads=$2 mib=$3
  shift 3
  run "$name" "$JDK/java" -cp "$WORK/classes" \
    "-XX:+Use${FLAG_OF[${name##*.}]}" -XX:ParallelGCThreads=2 \
    "-XX:ConcGCThreads=$threads" "-Xms${mib}m" "-Xmx${mib}m" \
    -XX:+AlwaysPreTouch -XX:-DoEscapeAnalysis -Xlog:disable \
    "-Xlog:gc*,gc+phases=debug:file=$WORK/$name.log:uptimenanos,tags" "$@"
}

# run_node NAME ARGS...: one thread of the pool marks beside the main one.
run_node() {
  local name=$1
  shift
  run "$name" "$NODE" --expose-gc --v8-pool-size=1 --no-turbo-escape \
    "--max-old-space-size=$NODE_MIB" "$@"
}

# run_heapd NAME ARGS...: the JSON of heap_bench is what counts.
run_heapd() {
  local name=$1
  shift
  run "$name" "$HEAP_BENCH" "$@" --json "$WORK/heapd.json"
  [[ ! -f $WORK/heapd.json ]] || mv "$WORK/heapd.json" "$WORK/$name.out"
}

# mark NAME WORKLOAD OBJECTS, where the last part of NAME is the peer.
mark() {
  local name=$1 suite=$2
  case ${name##*.} in
    heapd)
      [[ $suite != graph ]] || suite=held
      run_heapd "$name" --suites "$suite" --objects "$3" --runs "$COLLECTIONS"
      ;;
    node)
      run_node "$name" --trace-gc-nvp "$HERE/peers/node/marking.mjs" "$2" "$3" \
        "$COLLECTIONS"
      ;;
    g1 | parallel)
      run_java "$name" 2 "$(java_mib "$3" "$MARK_BYTES")" Marking "$2" "$3" \
        "$COLLECTIONS"
      ;;
  esac
}

# churn NAME LIVE
churn() {
  local name=$1
  case ${name##*.} in
    heapd)
      run_heapd "$name" --suites short --objects "$2" \
        --allocations "$ALLOCATIONS" --runs 1
      ;;
    node) run_node "$name" "$HERE/peers/node/churn.mjs" "$2" "$ALLOCATIONS" ;;
    *)
      run_java "$name" 1 "$(java_mib "$2" "$CHURN_BYTES")" Churn "$2" \
        "$ALLOCATIONS"
      ;;
  esac
}

# run_workload ROUND WORKLOAD OBJECTS: in all peers, one after the other.
run_workload() {
  local peers peer kind=mark name
  [[ $2 != churn ]] || kind=churn
  IFS=, read -ra peers <<<"$PEERS"
  for peer in "${peers[@]}"; do
    name=$kind.$2.$3.$peer
    [[ -z ${LEFT_OUT[$peer]:-}${LEFT_OUT[$name]:-} ]] || continue
    case $kind in
      mark) mark "$1.$name" "$2" "$3" ;;
      churn) churn "$1.$name" "$3" ;;
    esac
  done
}

run_round() {
  local workloads workload count
  IFS=, read -ra workloads <<<"$WORKLOADS"
  for workload in "${workloads[@]}"; do
    case $workload in
      graph | leaves) run_workload "$1" "$workload" "$OBJECTS" ;;
      list) run_workload "$1" list $((OBJECTS / 2)) ;;
      churn)
        for count in "${LIVE[@]}"; do run_workload "$1" churn "$count"; done
        ;;
    esac
  done
}

main() {
  parse_options "$@"
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  WORK=$(mktemp -d)
  find_programs
  write_versions >"$WORK/versions"
  local round
  for ((round = 1; round <= RUNS; ++round)); do
    run_round "$round"
  done
  local settings="rounds $RUNS, collections $COLLECTIONS,"
  settings+=" objects to mark $OBJECTS, live ${LIVE[*]},"
  settings+=" allocations $ALLOCATIONS; Java heaps 64 MiB and, of each object,"
  settings+=" $MARK_BYTES bytes (marking) or $CHURN_BYTES (churn)"
  python3 -B "$HERE/peers/report.py" "$WORK" --versions "$WORK/versions" \
    --settings "$settings" ${JSON:+--json "$JSON"}
  ((failures == 0))
}

main "$@"
