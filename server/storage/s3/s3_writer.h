#ifndef HEAPD_SERVER_STORAGE_S3_S3_WRITER_H_
#define HEAPD_SERVER_STORAGE_S3_S3_WRITER_H_

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "server/storage/blob_store.h"
#include "server/storage/s3/s3_bucket.h"

namespace heapd::server {

class S3BlobStore;

// A blob on its way to S3: see S3BlobStore, which outlives it. Single-threaded.
class S3Writer final : public BlobWriter {
 public:
  S3Writer(S3BlobStore* store, std::string name, std::stop_token stop);
  ~S3Writer() override;
  S3Writer(const S3Writer&) = delete;
  S3Writer& operator=(const S3Writer&) = delete;

  absl::Status Append(absl::string_view data) override;
  absl::Status Commit() override;

 private:
  // Sends what is in `part_`, as the next part.
  absl::Status SendPart();
  uint64_t NextPartBytes() const;
  void LogIfLeft(const absl::Status& aborted) const;

  S3BlobStore* const store_;
  S3Bucket& bucket_;
  const S3Write write_;
  std::string part_;
  uint64_t size_bytes_ = 0;
  std::string upload_id_;  // empty: no upload was started
  std::vector<std::string> etags_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_S3_WRITER_H_
