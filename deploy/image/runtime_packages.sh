#!/usr/bin/env bash
# Prints the Debian packages with the shared libraries that programs ask for, one
# a line. What those packages need in turn is for apt to find out.
#
#   deploy/image/runtime_packages.sh PROGRAM...
set -euo pipefail

# Names of libraries as the dynamic linker is asked for them.
needed() {
  objdump -p "$@" | awk '$1 == "NEEDED" {print $2}' | sort -u
}

# The file that the linker takes for library $1 of the programs behind it.
file_of() {
  local name=$1
  shift
  ldd "$@" | awk -v name="$name" \
    '$1 == name && $2 == "=>" && !seen++ {print $3}'
}

# dpkg knows files by the path they were unpacked to, which for what is in /lib
# may be with or without /usr in front.
package_of() {
  local file
  file=$(readlink -f "$1")
  dpkg -S "$file" 2>/dev/null || dpkg -S "${file#/usr}"
}

main() {
  local names name file
  (($# > 0)) || { echo "usage: $0 PROGRAM..." >&2; return 2; }
  names=$(needed "$@")
  for name in $names; do
    file=$(file_of "$name" "$@")
    # The linker itself has no arrow; it belongs to the C library.
    [[ -z $file ]] || package_of "$file"
  done | cut -d: -f1 | sort -u
}

main "$@"
