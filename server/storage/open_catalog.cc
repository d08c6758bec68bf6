#include "server/storage/open_catalog.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "heap/base/status_macros.h"
#include "server/ops/logging.h"
#include "server/storage/local_directory.h"
#include "server/storage/s3/credential_source.h"
#include "server/storage/s3/s3_blob_store.h"

namespace heapd::server {
namespace {

bool UsesPathStyle(const DestinationEntry& entry) {
  if (entry.addressing != "auto") return entry.addressing == "path";
  // Most stores other than AWS have no name for each bucket, and a certificate
  // for *.HOST does not cover a bucket with a dot.
  return !entry.endpoint.empty() || absl::StrContains(entry.bucket, '.');
}

std::unique_ptr<BlobStore> MakeS3Store(const DestinationEntry& entry) {
  S3Options options;
  options.name = entry.name;
  options.bucket = entry.bucket;
  options.prefix = entry.prefix;
  options.region = entry.region;
  options.endpoint = entry.endpoint;
  options.path_style = UsesPathStyle(entry);
  options.ca_file = entry.ca_file;
  if (entry.encryption != "none") options.encryption = entry.encryption;
  options.kms_key_id = entry.kms_key_id;
  options.part_bytes = entry.part_size;
  if (entry.allow_plaintext && absl::StartsWith(entry.endpoint, "http://")) {
    LogWarning(
        "destination_plaintext",
        {{"destination", entry.name},
         {"effect", "snapshots and session tokens are sent unencrypted"}});
  }
  return std::make_unique<S3BlobStore>(
      options,
      MakeSourceChain(&ProcessEnvironment, entry.profile, entry.region));
}

absl::StatusOr<std::unique_ptr<BlobStore>> OpenStore(
    const DestinationEntry& entry) {
  if (entry.kind == "s3") return MakeS3Store(entry);
  return LocalDirectory::OpenDirectory(entry.directory, entry.name,
                                       "snapshots.destinations");
}

}  // namespace

RetentionLimits RetentionOf(const Config& config) {
  RetentionLimits limits;
  if (config.snapshots_max_age > absl::ZeroDuration()) {
    limits.max_age = config.snapshots_max_age;
  }
  limits.max_count = static_cast<uint64_t>(config.snapshots_max_count);
  limits.max_bytes = config.snapshots_max_bytes;
  return limits;
}

absl::StatusOr<std::unique_ptr<SnapshotCatalog>> OpenCatalog(
    const Config& config) {
  std::vector<std::unique_ptr<BlobStore>> stores;
  if (!config.snapshots_directory.empty()) {
    HEAPD_ASSIGN_OR_RETURN(
        std::unique_ptr<LocalDirectory> directory,
        LocalDirectory::OpenDirectory(config.snapshots_directory));
    stores.push_back(std::move(directory));
  }
  for (const DestinationEntry& entry : config.snapshots_destinations) {
    HEAPD_ASSIGN_OR_RETURN(std::unique_ptr<BlobStore> store, OpenStore(entry));
    stores.push_back(std::move(store));
  }
  if (stores.empty()) return std::unique_ptr<SnapshotCatalog>();
  std::unique_ptr<SnapshotJournal> journal;
  if (!config.snapshots_state_directory.empty()) {
    HEAPD_ASSIGN_OR_RETURN(
        journal, SnapshotJournal::Open(config.snapshots_state_directory));
  }
  SnapshotCatalogOptions options;
  options.max_running = static_cast<int>(config.snapshots_max_running);
  options.min_free_bytes = config.snapshots_min_free_disk;
  options.captures.max_per_hour =
      static_cast<uint64_t>(config.snapshots_max_per_hour);
  options.captures.max_bytes_per_day = config.snapshots_max_bytes_per_day;
  return SnapshotCatalog::Open(std::move(stores), std::move(journal), options);
}

}  // namespace heapd::server
