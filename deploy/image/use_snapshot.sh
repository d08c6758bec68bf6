#!/bin/sh
# Runs inside the image: takes Debian's packages as they were at one moment.
#
#   use_snapshot.sh 20261126T000000Z   from snapshot.debian.org at that moment
#   use_snapshot.sh ""                 changes nothing
#
# HEAPD_SNAPSHOT_SERVER: a mirror of that server, with its folder archive/.
set -eu

moment=$1
server=${HEAPD_SNAPSHOT_SERVER:-http://snapshot.debian.org}

[ -n "$moment" ] || exit 0
case $moment in
  [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z) ;;
  *)
    echo "DEBIAN_SNAPSHOT is not a moment such as 20261126T000000Z: $moment" >&2
    exit 2
    ;;
esac

# Plain HTTP: the signatures of the archive are checked, and there is nothing
# yet that could check certificates.
rm -f /etc/apt/sources.list
cat >/etc/apt/sources.list.d/debian.sources <<SOURCES
Types: deb
URIs: $server/archive/debian/$moment
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: $server/archive/debian-security/$moment
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
# What is signed there was valid for a week from that moment.
echo 'Acquire::Check-Valid-Until "false";' >/etc/apt/apt.conf.d/80snapshot
# The base image may be newer than the moment; then its packages step back.
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get -qq -y --allow-downgrades dist-upgrade
rm -rf /var/lib/apt/lists/*
