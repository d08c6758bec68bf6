# shellcheck shell=bash disable=SC2034
# A throw-away copy of this machine, for run.sh to source: its own root (what is
# written goes to memory and is gone with it), processes, network and control
# groups, and systemd as its process 1. Takes root and Linux's overlay file system;
# nothing of the real machine changes but a control group of its own, which goes
# too.

readonly MACHINE_READY_SECONDS=30
# What a machine without devices and people does without.
readonly MACHINE_MASKED=(
  systemd-udevd systemd-udev-trigger systemd-networkd systemd-resolved
  systemd-timesyncd systemd-logind systemd-tmpfiles-clean e2scrub_reap
  getty@tty1 console-getty haproxy
)

machine_dir=""
machine_pid=""     # of unshare, outside
machine_init=""    # its process 1, seen from outside
machine_trouble=""  # why it could not be started

# Inside, before anything else runs: $1 is the folder that the machine lives in.
machine_boot() {
  local dir=$1 root=$1/root device
  mount -t tmpfs -o size=80% tmpfs "$dir"
  mkdir "$dir/changed" "$dir/work" "$root"
  mount -t overlay -o \
    "lowerdir=/,upperdir=$dir/changed,workdir=$dir/work" overlay "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s pts/ptmx "$root/dev/ptmx"
  mkdir "$root/dev/shm"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  machine_mount_groups "$root/sys/fs/cgroup"
  ip link set lo up
  rm -f "$root"/etc/systemd/system/*.wants/*
  # Machines that are containers have it: it keeps packages from starting what
  # they install.
  rm -f "$root/usr/sbin/policy-rc.d"
  for device in "${MACHINE_MASKED[@]}"; do
    ln -sf /dev/null "$root/etc/systemd/system/$device.service"
  done
  # Not a chroot: in one, systemd cannot make the private roots of its services.
  cd "$root"
  mkdir tmp/outside
  pivot_root . tmp/outside
  umount --lazy /tmp/outside
  rmdir /tmp/outside
  # As it is where systemd starts a machine: credentials come to their service
  # by it.
  mount --make-rshared /
  exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=basic.target --show-status=false
}

# One hierarchy where the real machine has one, else systemd's own beside it.
machine_mount_groups() {
  if [[ $(stat -fc %T /sys/fs/cgroup) == cgroup2fs ]]; then
    mount -t cgroup2 cgroup2 "$1"
    return
  fi
  mount -t tmpfs -o mode=755 tmpfs "$1"
  mkdir "$1/unified" "$1/systemd"
  mount -t cgroup2 cgroup2 "$1/unified"
  mount -t cgroup -o none,name=systemd cgroup "$1/systemd"
}

# Makes the groups that the machine sees as its roots, one in every hierarchy
# (its systemd uses all that there are), and moves this shell there.
machine_enter_groups() {
  local procs group file
  for procs in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do
    group=${procs%/*}/heapd-test-$1
    [[ -w $procs && ! -L ${procs%/*} && ${procs%/*} != *.slice ]] || continue
    mkdir "$group"
    # Version 1 wants these before the first process.
    for file in cpuset.cpus cpuset.mems; do
      [[ ! -f ${procs%/*}/$file || -f ${procs%/*}/cgroup.controllers ]] ||
        cat "${procs%/*}/$file" >"$group/$file"
    done
    echo 0 >"$group/cgroup.procs"
  done
}

machine_remove_groups() {
  local group tries
  for group in /sys/fs/cgroup/heapd-test-"$1" \
    /sys/fs/cgroup/*/heapd-test-"$1"; do
    [[ -d $group ]] || continue
    # The last of its processes may still be on its way out.
    for ((tries = 0; tries < 50; ++tries)); do
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [[ -d $group ]] || break
      sleep 0.1
    done
  done
}

# Starts it; false where that is not possible, and machine_trouble says why.
machine_up() {
  machine_trouble="it takes root and systemd"
  ((EUID == 0)) && [[ -x /lib/systemd/systemd ]] || return 1
  machine_dir=$(mktemp -d)
  # In a shell of its own, which the group holds instead of this one.
  (
    machine_enter_groups "$$"
    exec unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child \
      "$BASH" "${BASH_SOURCE[0]}" "$machine_dir"
  ) >"$machine_dir.log" 2>&1 </dev/null &
  machine_pid=$!
  local deadline=$((SECONDS + MACHINE_READY_SECONDS))
  while ((SECONDS < deadline)) && kill -0 "$machine_pid" 2>/dev/null; do
    machine_init=$(pgrep -P "$machine_pid" | head -n 1 || true)
    case $([[ -z $machine_init ]] ||
      machine systemctl is-system-running 2>/dev/null) in
      running | degraded) return 0 ;;
    esac
    sleep 0.2
  done
  machine_trouble="its systemd does not start: $(tail -n 3 "$machine_dir.log")"
  machine_down
  return 1
}

# Runs a command in it.
machine() {
  nsenter --target "$machine_init" --mount --pid --net --uts --ipc --cgroup \
    --root --wdns=/ -- "$@"
}

machine_down() {
  [[ -n $machine_pid ]] || return 0
  kill -KILL "$machine_pid" 2>/dev/null || true
  wait "$machine_pid" 2>/dev/null || true
  machine_pid=""
  rm -rf --one-file-system "$machine_dir" "$machine_dir.log"
  machine_remove_groups "$$"
}

# Not sourced, but started by machine_up() in the new machine.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  machine_boot "$1"
fi
