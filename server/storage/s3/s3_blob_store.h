#ifndef HEAPD_SERVER_STORAGE_S3_S3_BLOB_STORE_H_
#define HEAPD_SERVER_STORAGE_S3_S3_BLOB_STORE_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/storage/blob_store.h"
#include "server/storage/s3/s3_bucket.h"

namespace heapd::server {

// Blobs as objects of an S3-compatible store, below a prefix.
//
// A blob is streamed: at most one part of it (8 MiB unless configured) is in
// memory for each that is written, and 1 MiB for each that is read. What fits
// in a part is one PUT, the rest a multipart upload, which is aborted unless it
// is committed. What a killed process leaves is for Discard(). Thread-safe.
class S3BlobStore final : public BlobStore {
 public:
  // Sends nothing yet. `options` as a configuration allows them.
  S3BlobStore(const S3Options& options,
              std::unique_ptr<CredentialSource> source);

  absl::string_view name() const override { return bucket_.options().name; }
  bool is_remote() const override { return true; }
  using BlobStore::Create;
  absl::StatusOr<std::unique_ptr<BlobWriter>> Create(
      absl::string_view name, std::stop_token stop) override;
  absl::StatusOr<std::unique_ptr<BlobReader>> Open(
      absl::string_view name) const override;
  absl::Status Delete(absl::string_view name) override;
  absl::Status Discard(absl::string_view name) override;
  absl::StatusOr<std::vector<std::string>> List() const override;
  // Object stores have no end.
  absl::StatusOr<uint64_t> FreeBytes() const override;
  void Close() override { bucket_.Stop(); }

 private:
  friend class S3Writer;

  void EndWriting(const std::string& name) ABSL_LOCKS_EXCLUDED(mu_);

  mutable S3Bucket bucket_;  // thread-safe
  absl::Mutex mu_;           // a leaf of the lock order
  // Blobs being written by this process.
  std::set<std::string> writing_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_S3_BLOB_STORE_H_
