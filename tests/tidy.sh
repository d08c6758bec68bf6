#!/usr/bin/env bash
# Runs clang-tidy over the sources, the most recently changed first, until a time
# is over. A file found clean is not read again before it or one of its headers
# changes, so repeated runs get through all of them.
#
#   tests/tidy.sh [--seconds N]    needs the build folder of the preset `clang`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly BUILD=build/clang
readonly CLEAN=build/tidy  # holds FILE.clean, younger than what was read

# Prints the sources: those changed since the last commit, then by the age of
# their last commit, then the rest.
sources() {
  {
    git diff --name-only HEAD 2>/dev/null || true
    git log -n 100 --format= --name-only 2>/dev/null || true
    find heap server client -name '*.cc'
  } | awk '/^(heap|server|client)\/.*\.cc$/ && !seen[$0]++' |
    while read -r file; do [[ ! -f $file ]] || echo "$file"; done
}

# Whether nothing has changed since the file was found clean. The build has
# already found out whether a header has: then the object is younger.
is_clean() {
  local object
  object=$(compgen -G "$BUILD/${1%%/*}/CMakeFiles/*.dir/${1#*/}.o") || return 1
  [[ $CLEAN/$1.clean -nt $object && $CLEAN/$1.clean -nt .clang-tidy ]]
}

# Reads one file, unless the time ($2, as of `date +%s`) is over. Exit codes:
# 0 clean or out of time, 1 findings.
tidy() {
  (($(date +%s) < $2)) || return 0
  clang-tidy -p "$BUILD" --quiet "$1" 2>/dev/null || return 1
  mkdir -p "$CLEAN/${1%/*}"
  touch "$CLEAN/$1.clean"
}

main() {
  local seconds=3600 file due=() left=0 status=0
  case ${1:-} in
    --seconds) seconds=$2 ;;
    "") ;;
    *) echo "usage: $0 [--seconds N]" >&2; return 2 ;;
  esac
  for file in $(sources); do
    is_clean "$file" || due+=("$file")
  done
  if ((${#due[@]} > 0)); then
    export -f tidy
    export BUILD CLEAN
    printf '%s\n' "${due[@]}" |
      xargs -P "$(nproc)" -I FILE \
        bash -c 'tidy "$@"' _ FILE "$(($(date +%s) + seconds))" || status=1
  fi
  for file in "${due[@]}"; do
    is_clean "$file" || left=$((left + 1))
  done
  echo "tidy: ${#due[@]} files were due, $left are still"
  return $status
}

main "$@"
