#!/usr/bin/env bash
# Starts a throwaway Ceph with its S3 gateway (Debian: radosgw ceph-mon ceph-osd
# ceph-common), all of it below one folder and in memory.
#
#   radosgw_up.sh FOLDER PORT ACCESS_KEY SECRET_KEY
#
# Ready when it returns. The processes are in FOLDER/pids, one a line; they end
# by: xargs kill -9 <FOLDER/pids
set -euo pipefail
folder=$1 port=$2 access=$3 secret=$4
mkdir -p "$folder"/{mon,osd,run,log,rgw}
fsid=$(cat /proc/sys/kernel/random/uuid)
mon_port=$((port + 1))

cat >"$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon_host = [v2:127.0.0.1:$mon_port/0]
ms_bind_ipv6 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_supported = none
run_dir = $folder/run
log_file = $folder/log/\$name.log
log_to_stderr = false
err_to_stderr = false
admin_socket = $folder/run/\$cluster-\$name.asok
crash_dir = $folder/log
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 5000
osd_crush_chooseleaf_type = 0
[mon]
mon_data = $folder/mon
mon_warn_on_pool_no_redundancy = false
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
mon_tick_interval = 1
mon_data_avail_crit = 1
mon_cluster_log_file = $folder/log/cluster.log
[osd]
osd_data = $folder/osd
osd_objectstore = memstore
memstore_device_bytes = 3221225472
osd_class_dir = /usr/lib/x86_64-linux-gnu/rados-classes
[client]
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_dns_name = localhost
rgw_multipart_min_part_size = 5242880
rgw_data = $folder/rgw
ms_mon_client_mode = crc
rgw_enable_usage_log = false
rgw_thread_pool_size = 32
rgw_gc_obj_min_wait = 2
rgw_gc_processor_period = 2
rgw_gc_processor_max_time = 2
CONF
export CEPH_CONF="$folder/ceph.conf"

start() {
  setsid "$@" >>"$folder/log/stdout.log" 2>&1 </dev/null &
  echo $! >>"$folder/pids"
}

monmaptool --create --clobber --fsid "$fsid" \
  --addv a "[v2:127.0.0.1:$mon_port/0]" "$folder/monmap" >"$folder/log/mk.log"
ceph-mon --mkfs -i a --monmap "$folder/monmap" >>"$folder/log/mk.log" 2>&1
start ceph-mon -f -i a
osd=$(cat /proc/sys/kernel/random/uuid)
timeout 30 ceph osd new "$osd" 0 >>"$folder/log/mk.log" 2>&1
ceph-osd -i 0 --mkfs --osd-uuid "$osd" >>"$folder/log/mk.log" 2>&1
start ceph-osd -f -i 0
start radosgw -f -n client.rgw.a
timeout 60 radosgw-admin user create --uid=tester --display-name=tester \
  --access-key="$access" --secret-key="$secret" \
  >"$folder/user.json" 2>>"$folder/log/mk.log"
for _ in $(seq 1 300); do
  # Bash's own TCP: nothing else here needs curl.
  if exec 3<>"/dev/tcp/127.0.0.1/$port"; then
    printf 'GET / HTTP/1.0\r\n\r\n' >&3
    read -r line <&3 || true
    exec 3>&-
    [[ $line != *' 200 '* ]] || exit 0
  fi 2>/dev/null
  sleep 0.1
done
echo "radosgw does not answer; see $folder/log" >&2
exit 1
