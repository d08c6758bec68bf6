#!/usr/bin/env bash
# Tests what is installed as a system service; see --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/package/machine.sh
source tests/package/machine.sh

usage() {
  cat <<'TEXT'
usage: tests/package/run.sh [--help]

Checks the systemd unit, builds the Debian package of what is in build/bin and
checks it, and then, in a throw-away copy of this machine that runs a systemd of
its own (as root, half a gigabyte of memory), installs it, uses it, upgrades it,
removes and purges it. Where such a copy cannot be made that part is skipped, and
said so. The last line is "N passed, N failed".
TEXT
}

readonly UNIT=deploy/systemd/heapd.service
readonly EXPOSURE_LIMIT=20  # tenths, of systemd-analyze security
readonly NEXT_VERSION=0.1.0+next
readonly WAIT_SECONDS=30

scratch=$(mktemp -d)
passed=0
failed=0

# check WHAT COMMAND...: counts it, and shows what a command that fails says.
check() {
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok: $what"
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n%s\n' "$what" "$output"
  fi
}

fails() { ! "$@"; }

# Succeeds as soon as the command does; says what it said last.
eventually() {
  local deadline=$((SECONDS + WAIT_SECONDS)) said
  until said=$("$@" 2>&1); do
    ((SECONDS < deadline)) || { echo "$said"; return 1; }
    sleep 0.5
  done
}

equal() { [[ $1 == "$2" ]] || { echo "'$1', not '$2'"; return 1; }; }
matches() { [[ $1 =~ $2 ]] || { echo "'$1' is not like '$2'"; return 1; }; }

# --- the unit by itself

# It warns and exits with 0, so what it says counts. The unit's program is where
# it was built.
verify_unit() {
  sed "s|/usr/bin/heapd|$PWD/build/bin/heapd|" "$1" >"$scratch/heapd.service"
  local said
  said=$(systemd-analyze verify --man=no "$scratch/heapd.service" 2>&1) || true
  equal "$said" ""
}

mistaken_unit() {
  sed 's/^ProtectHome=/ProtectHouse=/' "$UNIT" >"$scratch/mistaken.service"
  verify_unit "$scratch/mistaken.service"
}

is_confined() {
  systemd-analyze security --offline=true --threshold=$EXPOSURE_LIMIT "$1"
}

exposed_unit() {
  grep -v '^Protect' "$UNIT" >"$scratch/exposed.service"
  is_confined "$scratch/exposed.service"
}

test_unit() {
  check "systemd has nothing to say about the unit" verify_unit "$UNIT"
  check "it would have about one with a mistake" fails mistaken_unit
  check "the unit is confined" is_confined "$UNIT"
  check "one that protects nothing is not" fails exposed_unit
}

# --- the package by itself

build_packages() {
  local file
  file=$(deploy/debian/build_package.sh --no-build \
    --version $NEXT_VERSION 2>"$scratch/build.log") &&
    cp "$file" "$scratch/next.deb" &&
    file=$(deploy/debian/build_package.sh --no-build \
      2>"$scratch/build.log") &&
    cp "$file" "$scratch/heapd.deb" && return
  tail -n 30 "$scratch/build.log"
  return 1
}

lint() { lintian --fail-on error,warning "$scratch/heapd.deb"; }

# Files of the package that are not root's, or that others may write.
has_plain_files() {
  local odd
  odd=$(dpkg-deb --contents "$scratch/heapd.deb" |
    awk '$2 != "root/root" || substr($1, 9, 1) == "w"')
  equal "$odd" ""
}

test_package() {
  check "two versions of the package are built" build_packages
  [[ -f $scratch/heapd.deb ]] || return 0
  check "its files are root's" has_plain_files
  deploy/install_packages.sh more lintian
  check "lintian finds no fault" lint
}

# --- the package in a machine

put() { machine sh -c "cat >'$1'" <"$2"; }
unit_shows() { machine systemctl show --value --property="$1" heapd; }
is_serving() { machine heapctl health 127.0.0.1:7703 >/dev/null; }
runs() { equal "$(machine systemctl is-active heapd)" active; }
runs_anew() { [[ $(unit_shows MainPID) != "$1" ]] && runs && is_serving; }

# The main job, with a token that a reload made good.
use_it() {
  local made token sha256
  made=$(machine heapctl token new)
  token=$(sed -n 's/^token: *//p' <<<"$made")
  sha256=$(sed -n 's/^sha256: *//p' <<<"$made")
  machine sh -c "echo '- {name: tests, sha256: $sha256}' \
    >>/etc/heapd/tokens.yaml; umask 077; echo '$token' >/root/token"
  machine systemctl reload heapd
  eventually take_snapshot
}

take_snapshot() {
  machine sh -ec '
    heapctl heap get shop >/dev/null 2>&1 || heapctl heap create shop
    heapctl alloc shop --type Order --payload secret --root first
    heapctl collect shop
    heapctl --token-file /root/token snapshot create shop --wait'
}

snapshot_count() {
  machine heapctl --token-file /root/token --output json snapshot list |
    grep -c '"snapshot"' || true
}

runs_as_its_user() {
  equal "$(machine stat -c %U "/proc/$(unit_shows MainPID)")" heapd
}

# Nobody but the daemon reads what it wrote.
keeps_to_itself() {
  equal "$(machine stat -c '%U %a' /var/lib/heapd /var/lib/heapd/snapshots \
    /var/log/heapd /var/log/heapd/audit.log | tr '\n' ' ')" \
    "heapd 700 heapd 700 heapd 750 heapd 600 " &&
    equal "$(machine stat -c '%U:%G %a' /etc/heapd/tokens.yaml)" \
      "root:heapd 640"
}

says_how_it_is() {
  matches "$(unit_shows StatusText)" \
    '^ready: 1 heaps, [0-9]+ MiB of [0-9]+ MiB, [0-9]+ calls in flight$'
}

# A group's limit holds; and as the unit hides the machine's own figure, the
# daemon must have found it in another way.
follows_the_machine() {
  local budget total
  budget=$(unit_shows StatusText | sed -E 's/.* of ([0-9]+) MiB.*/\1/')
  total=$(awk '$1 == "MemTotal:" {print int($2 / 1024)}' /proc/meminfo)
  ((budget > 0 && budget <= total * 3 / 4 + 1))
}

verify_installed() {
  local said
  said=$(machine systemd-analyze verify /lib/systemd/system/heapd.service \
    2>&1) || true
  equal "$said" ""
}

# Stopped by SIGSTOP it says nothing; then systemd ends it and starts it anew.
watchdog_bites() {
  machine sh -ec 'mkdir -p /run/systemd/system/heapd.service.d
    printf "[Service]\nWatchdogSec=2s\nTimeoutAbortSec=1s\n" \
      >/run/systemd/system/heapd.service.d/watchdog.conf
    systemctl daemon-reload
    systemctl restart heapd'
  # Four times as long as the watchdog waits: it is fed.
  sleep 8
  equal "$(unit_shows NRestarts)" 0 || return 1
  local pid
  pid=$(unit_shows MainPID)
  machine kill -STOP "$pid"
  eventually runs_anew "$pid" && equal "$(unit_shows NRestarts)" 1 &&
    machine rm -r /run/systemd/system/heapd.service.d &&
    machine systemctl daemon-reload
}

# A restart cures no wrong configuration, so it is not tried.
stays_down_when_misconfigured() {
  machine sh -c 'cp -p /etc/heapd/heapd.yaml /root/good
    echo "nonsense: 1" >>/etc/heapd/heapd.yaml'
  fails machine systemctl restart heapd || return 1
  sleep 2
  local state
  state=$(unit_shows ExecMainStatus)/$(unit_shows ActiveState)
  machine sh -c 'cat /root/good >/etc/heapd/heapd.yaml
    systemctl reset-failed heapd; systemctl start heapd'
  equal "$state" 2/failed && is_serving
}

# A secret that the unit is given, in place of the file.
takes_credentials() {
  machine sh -ec 'mkdir -p /etc/credstore; chmod 700 /etc/credstore
    cp /etc/heapd/tokens.yaml /etc/credstore/heapd.tokens.yaml
    sed -i "s|/etc/heapd/tokens.yaml|/run/credentials/heapd.service/heapd.tokens.yaml|" \
      /etc/heapd/heapd.yaml
    # So that it is not held for one that fails again and again.
    systemctl reset-failed heapd
    systemctl restart heapd
    heapctl --token-file /root/token snapshot list >/dev/null
    sed -i "s|/run/credentials/heapd.service/heapd.tokens.yaml|/etc/heapd/tokens.yaml|" \
      /etc/heapd/heapd.yaml
    rm /etc/credstore/heapd.tokens.yaml
    systemctl reset-failed heapd
    systemctl restart heapd'
}

upgrade() {
  local pid snapshots
  pid=$(unit_shows MainPID)
  snapshots=$(snapshot_count)
  machine systemctl reset-failed heapd
  machine dpkg --install /tmp/next.deb >/dev/null
  eventually runs_anew "$pid" &&
    equal "$(machine dpkg-query -W -f="\${Version}" heapd)" $NEXT_VERSION &&
    # What the administrator wrote and what the daemon stored are as they were.
    ((snapshots > 0)) && equal "$(snapshot_count)" "$snapshots"
}

remove() {
  machine sh -c 'dpkg-query -L heapd >/root/files'
  machine dpkg --remove heapd >/dev/null
  fails runs && fails machine test -e /usr/bin/heapd &&
    machine test -f /etc/heapd/tokens.yaml &&
    machine test -d /var/lib/heapd/snapshots
}

# Whatever it brought, and whatever the daemon made where daemons make files. Its
# user and group stay, as they should.
purge() {
  machine dpkg --purge heapd >/dev/null
  local left
  left=$(machine sh -c 'xargs -d "\n" -I{} find {} -maxdepth 0 ! -xtype d \
      </root/files 2>/dev/null
    find /etc /run /var -newer /root/marker -iname "*heapd*"')
  equal "$left" "" && fails machine dpkg-query -W heapd
}

show_log() { machine journalctl --no-pager -u heapd -n 40 || true; }

test_installation() {
  if ! machine_up; then
    echo "SKIPPED: installation: $machine_trouble"
    return
  fi
  machine touch /root/marker
  put /tmp/heapd.deb "$scratch/heapd.deb"
  put /tmp/next.deb "$scratch/next.deb"
  check "it installs" machine dpkg --install /tmp/heapd.deb
  check "the service runs" runs
  check "it serves" is_serving
  check "it is started with the machine" machine systemctl is-enabled heapd
  check "it runs as its user" runs_as_its_user
  check "a reload makes a token good, and the main job is done" use_it
  check "what it stores is its own" keeps_to_itself
  check "it says how it is" eventually says_how_it_is
  check "its memory is the machine's" follows_the_machine
  check "systemd has nothing to say about it" verify_installed
  check "the watchdog ends it when it stands still" watchdog_bites
  check "a wrong configuration is not tried again" stays_down_when_misconfigured
  check "it takes a secret as a credential" takes_credentials
  check "it upgrades" upgrade
  ((failed == 0)) || show_log
  check "it is removed" remove
  check "nothing is left of it when it is purged" purge
}

finish() {
  machine_down
  rm -rf "$scratch"
}

main() {
  case ${1:-} in
    "") ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  trap finish EXIT
  test_unit
  test_package
  [[ ! -f $scratch/heapd.deb ]] || test_installation
  echo "$passed passed, $failed failed"
  ((failed == 0))
}

main "$@"
