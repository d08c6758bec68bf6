#!/usr/bin/env bash
# Runs a Ceph of three processes with its S3 gateway on port 7480, until one of
# them ends or SIGTERM comes.
#
# ACCESS_KEY, SECRET_KEY: of the one user that it has; BUCKET: made for that user.
# STORE_FOLDER (/run/store): where it keeps itself; begins empty.
set -euo pipefail

readonly FOLDER=${STORE_FOLDER:-/run/store}
readonly PORT=${STORE_PORT:-7480}
readonly MONITOR_PORT=$((PORT + 1))
readonly READY_SECONDS=60
# The SHA-256 of nothing, which a request without a body has to be signed with.
readonly EMPTY=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
: "${ACCESS_KEY:?}" "${SECRET_KEY:?}" "${BUCKET:?}"

pids=()

start() {
  "$@" &
  pids+=($!)
}

finish() {
  local status=$?
  trap - EXIT
  rm -f "$FOLDER/ready"
  # The parts of Ceph wait for each other when they end in order.
  ((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || true
  exit "$status"
}

write_config() {
  cat >"$FOLDER/ceph.conf" <<CONF
[global]
fsid = $1
mon_host = [v2:127.0.0.1:$MONITOR_PORT/0]
ms_bind_ipv6 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_supported = none
run_dir = $FOLDER/run
log_to_stderr = false
log_file =
err_to_stderr = true
admin_socket = $FOLDER/run/\$cluster-\$name.asok
crash_dir = $FOLDER/run
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 5000
[mon]
mon_data = $FOLDER/mon
mon_warn_on_pool_no_redundancy = false
mon_data_avail_crit = 1
[osd]
osd_data = $FOLDER/osd
osd_objectstore = memstore
memstore_device_bytes = 1073741824
[client]
rgw_frontends = beast port=$PORT
rgw_data = $FOLDER/rgw
ms_mon_client_mode = crc
rgw_enable_usage_log = false
CONF
}

make_bucket() {
  curl --silent --show-error --fail --output /dev/null --request PUT \
    --aws-sigv4 aws:amz:us-east-1:s3 --user "$ACCESS_KEY:$SECRET_KEY" \
    --header "x-amz-content-sha256: $EMPTY" \
    "http://127.0.0.1:$PORT/$BUCKET"
}

main() {
  local cluster osd try
  trap finish EXIT
  trap 'exit 0' TERM INT
  cluster=$(</proc/sys/kernel/random/uuid)
  osd=$(</proc/sys/kernel/random/uuid)
  mkdir -p "$FOLDER"/{mon,osd,run,rgw}
  export CEPH_CONF=$FOLDER/ceph.conf
  write_config "$cluster"

  monmaptool --create --clobber --fsid "$cluster" \
    --addv a "[v2:127.0.0.1:$MONITOR_PORT/0]" "$FOLDER/monmap" >/dev/null
  ceph-mon --mkfs -i a --monmap "$FOLDER/monmap"
  start ceph-mon -f -i a
  timeout "$READY_SECONDS" ceph osd new "$osd" 0
  ceph-osd -i 0 --mkfs --osd-uuid "$osd"
  start ceph-osd -f -i 0
  start radosgw -f -n client.rgw.a
  timeout "$READY_SECONDS" radosgw-admin user create --uid=store \
    --display-name=store --access-key="$ACCESS_KEY" \
    --secret-key="$SECRET_KEY" >/dev/null
  for ((try = 0; try < READY_SECONDS; ++try)); do
    if make_bucket; then
      touch "$FOLDER/ready"
      echo "store: bucket $BUCKET on port $PORT"
      break
    fi
    sleep 1
  done
  # Whichever ends first takes the store with it.
  wait -n "${pids[@]}"
}

main "$@"
