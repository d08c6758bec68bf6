#!/usr/bin/env bash
# Makes the root file system of debian:bookworm-slim with debootstrap, for
# machines that reach a mirror of Debian but no registry of images. As root.
#
#   deploy/image/make_base.sh FILE.tar
#
# DEB_MIRROR: the mirror (default: the first of this machine's apt).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { echo "base: $*" >&2; }

# The first mirror of Debian itself in apt's sources, in either of their forms.
mirror_of_this_machine() {
  {
    sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+\/debian\/?)([[:space:]].*)?$/\1/p' \
      /etc/apt/sources.list.d/*.sources 2>/dev/null || true
    sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]*)?([^[:space:]]+).*/\2/p' \
      /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true
  } | awk 'NR == 1'
}

# What Debian's slim images leave out, of packages that are installed later too.
leave_out_documentation() {
  cat >"$1/etc/dpkg/dpkg.cfg.d/slim" <<'CONFIG'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/man/*
path-exclude /usr/share/locale/*
CONFIG
  find "$1/usr/share/doc" -type f ! -name copyright -delete
  find "$1/usr/share/doc" -type l -delete
  find "$1/usr/share/doc" -depth -type d -empty -delete
  rm -rf "$1"/usr/share/{info,man,locale}/*
}

write_sources() {
  local mirror=$2
  rm -f "$1/etc/apt/sources.list"
  cat >"$1/etc/apt/sources.list.d/debian.sources" <<SOURCES
Types: deb
URIs: $mirror
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: $mirror-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
}

main() {
  local target=${1:?usage: $0 FILE.tar} mirror=${DEB_MIRROR:-} root log
  ((EUID == 0)) || { say "this takes root"; return 1; }
  command -v debootstrap >/dev/null ||
    deploy/install_packages.sh more debootstrap
  [[ -n $mirror ]] || mirror=$(mirror_of_this_machine)
  mirror=${mirror:-http://deb.debian.org/debian}
  mirror=${mirror%/}

  root=$(mktemp -d)
  log=$(mktemp)
  # shellcheck disable=SC2064  # the folders of now
  trap "rm -rf '$root' '$log'" EXIT
  say "bootstrapping bookworm from $mirror"
  debootstrap --variant=minbase bookworm "$root" "$mirror" >"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    return 1
  }
  write_sources "$root" "$mirror"
  leave_out_documentation "$root"
  # Packages that are installed must not start anything.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  : >"$root/etc/machine-id"
  : >"$root/etc/resolv.conf"
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin \
    "$root"/var/cache/apt/archives/*.deb "$root"/var/log/*
  tar -C "$root" --numeric-owner --sort=name -cf "$target" .
}

main "$@"
