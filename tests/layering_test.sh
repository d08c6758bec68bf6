#!/usr/bin/env bash
# Checks that a layer includes only what stands below it:
#
#   heap/base < object < space < hold < gc < snapshot < files in heap/ itself
#   heap, proto < server   in server/: base < ops, auth, storage, audit < host < service;
#                          ops, auth < http; http, service < metrics, page
#   proto < client         in client/: heapd < import < heapctl, heapd < heapload
#
#   layering_test.sh            checks this tree, then checks the check: each of
#                               a list of planted mistakes must be found
#   layering_test.sh --root DIR checks another tree only
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Prints every include line below the folders given as "file:line:target".
includes_of() {
  grep -rnE --include='*.h' --include='*.cc' \
    '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' "$@" |
    sed -E 's/^([^:]+:[0-9]+):[^<"]*[<"]([^>"]+)[>"].*/\1:\2/'
}

# Prints the includes of folder $1 whose target matches $2.
forbid() {
  includes_of "$1" | awk -F: -v bad="$2" -v folder="$1" \
    '$3 ~ bad { print $1 ":" $2 ": " folder "/ must not include " $3 }'
}

# Prints the includes inside heap/ that point upwards.
heap_order() {
  includes_of heap | awk -F: '
    BEGIN {
      count = split("base object space hold gc snapshot", folder, " ")
      for (i = 1; i <= count; i++) rank[folder[i]] = i
    }
    # A file in heap/ itself stands above every folder.
    function level(path, part, n) {
      n = split(path, part, "/")
      if (n == 2) return count + 1
      if (!(part[2] in rank)) {
        print path ": heap/" part[2] " has no place in the include order"
        return 0
      }
      return rank[part[2]]
    }
    $3 ~ /^heap\// && level($3) > level($1) {
      print $1 ":" $2 ": includes " $3 ", which stands above it"
    }'
}

# Prints the imports of the contract that leave it.
proto_imports() {
  grep -rnE '^import ' proto/heapd |
    grep -vE '"(heapd/v1|google/protobuf|google/rpc)/' |
    sed 's/$/: the contract imports only itself and google/' || true
}

# Prints every violation in the current folder.
violations() {
  local third_party='^(grpc|grpcpp|google/protobuf|spdlog|fmt|prometheus|yaml-cpp|nlohmann|CLI|openssl|curl|pugixml|zlib|zstd)([/.]|$)'
  forbid heap "$third_party"
  forbid heap '^(server|client|heapd|google)/'
  heap_order
  forbid server '^client/'
  forbid server/base '^server/(auth|storage|ops|audit|host|service|daemon)'
  forbid server/auth '^server/(host|service|daemon)'
  forbid server/storage '^server/(host|service|daemon)'
  forbid server/ops '^server/(host|service|daemon)'
  forbid server/audit '^server/(auth|host|service|daemon)'
  forbid server/http '^server/(storage|audit|host|service|metrics|page|daemon)'
  local folder
  for folder in base ops auth storage audit host service; do
    forbid server/$folder '^server/(http|metrics|page)/'
  done
  forbid server/host '^server/(service|daemon)'
  forbid server/service '^server/daemon'
  forbid server/http '^server/page/'
  forbid server/page '^server/(storage|audit|host|metrics|daemon)'
  forbid server/metrics '^server/(page|daemon)'
  forbid client '^(heap|server)/'
  forbid client/heapd '^client/(import|heapctl|heapload)/'
  forbid client/import '^client/(heapctl|heapload)/'
  forbid client/heapctl '^client/heapload/'
  forbid client/heapload '^client/(import|heapctl)/'
  proto_imports
}

# Fails when there is a violation, or nothing to look at.
check() {
  local found folder
  # A folder that moved away would pass unseen.
  for folder in heap/{base,object,space,hold,gc,snapshot} proto/heapd/v1 \
    server/{base,auth,storage,ops,audit,http,host,service,metrics,page} \
    client/{heapd,import,heapctl,heapload}; do
    [[ -d $1/$folder ]] || { echo "no $folder in $1"; return 1; }
  done
  [[ -f $1/heap/heap.h ]] || { echo "no heap/heap.h in $1"; return 1; }
  found=$(cd "$1" && violations)
  [[ -z $found ]] || { echo "$found"; return 1; }
}

# Plants an include ($2) in a file ($1) of a small sound tree and expects check
# to find it.
expect_found() {
  local tree status=0
  tree=$(mktemp -d)
  mkdir -p "$tree"/{heap/{base,object,space,hold,gc,snapshot},proto/heapd/v1} \
    "$tree"/server/{base,auth,storage,ops,audit,http,host,service,metrics,page} \
    "$tree"/client/{heapd,import,heapctl,heapload}
  local file
  for file in heap/{heap.h,base/a.h,object/a.h,space/a.h,hold/a.h,gc/a.h} \
    heap/snapshot/a.h server/{daemon.h,base/a.h,auth/a.h,storage/a.h} \
    server/{ops,audit,http,host,service,metrics,page}/a.h \
    client/{heapd,import,heapctl,heapload}/a.h; do
    echo '#include <string>' >"$tree/$file"
  done
  echo 'import "heapd/v1/ref.proto";' >"$tree/proto/heapd/v1/a.proto"
  echo '#include "heap/gc/a.h"' >>"$tree/heap/heap.h"
  if ! check "$tree" >/dev/null; then
    echo "self-test: the sound tree was refused"
    status=1
  fi
  echo "$2" >>"$tree/$1"
  if check "$tree" >/dev/null; then
    echo "self-test: not found: $2 in $1"
    status=1
  fi
  rm -rf "$tree"
  return $status
}

self_test() {
  expect_found heap/base/a.h '#include "heap/object/a.h"'
  expect_found heap/object/a.h '#include "heap/space/a.h"'
  expect_found heap/space/a.h '#include "heap/hold/a.h"'
  expect_found heap/hold/a.h '#include "heap/gc/a.h"'
  expect_found heap/gc/a.h '  #  include "heap/snapshot/a.h"'
  expect_found heap/snapshot/a.h '#include "heap/heap.h"'
  expect_found heap/gc/a.h '#include <grpcpp/grpcpp.h>'
  expect_found heap/gc/a.h '#include "google/protobuf/message.h"'
  expect_found heap/gc/a.h '#include "spdlog/spdlog.h"'
  expect_found heap/heap.h '#include "server/host/a.h"'
  expect_found heap/heap.h '#include "heapd/v1/ref.pb.h"'
  expect_found heap/heap.h '#include "client/heapd/a.h"'
  expect_found server/base/a.h '#include "server/auth/a.h"'
  expect_found server/ops/a.h '#include "server/host/a.h"'
  expect_found server/audit/a.h '#include "server/auth/a.h"'
  expect_found server/auth/a.h '#include "server/service/a.h"'
  expect_found server/host/a.h '#include "server/service/a.h"'
  expect_found server/http/a.h '#include "server/host/a.h"'
  expect_found server/auth/a.h '#include "server/http/a.h"'
  expect_found server/service/a.h '#include "server/metrics/a.h"'
  expect_found server/service/a.h '#include "server/daemon.h"'
  expect_found server/service/a.h '#include "server/page/a.h"'
  expect_found server/http/a.h '#include "server/page/a.h"'
  expect_found server/page/a.h '#include "server/host/a.h"'
  expect_found server/daemon.h '#include "client/heapd/a.h"'
  expect_found client/heapd/a.h '#include "heap/heap.h"'
  expect_found client/heapctl/a.h '#include "server/ops/a.h"'
  expect_found client/heapd/a.h '#include "client/import/a.h"'
  expect_found client/import/a.h '#include "client/heapctl/a.h"'
  expect_found client/heapd/a.h '#include "client/heapload/a.h"'
  expect_found client/heapctl/a.h '#include "client/heapload/a.h"'
  expect_found client/heapload/a.h '#include "client/import/a.h"'
  expect_found client/heapload/a.h '#include "server/ops/a.h"'
  expect_found proto/heapd/v1/a.proto 'import "grpc/health/v1/health.proto";'
}

case ${1:-} in
  --root) check "$2" ;;
  "")
    self_test
    check "$HERE/.."
    echo "layering: every include points downwards"
    ;;
  *)
    echo "usage: $0 [--root DIR]" >&2
    exit 2
    ;;
esac
