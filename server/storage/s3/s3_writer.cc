#include "server/storage/s3/s3_writer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/ops/logging.h"
#include "server/storage/s3/multipart_plan.h"
#include "server/storage/s3/s3_blob_store.h"

namespace heapd::server {

S3Writer::S3Writer(S3BlobStore* store, std::string name, std::stop_token stop)
    : store_(store),
      bucket_(store->bucket_),
      write_{std::move(name), S3Bucket::NewWriteId(), std::move(stop)} {}

S3Writer::~S3Writer() {
  if (!upload_id_.empty()) LogIfLeft(bucket_.Abort(write_.name, upload_id_));
  store_->EndWriting(write_.name);
}

uint64_t S3Writer::NextPartBytes() const {
  return PartBytes(static_cast<int>(etags_.size()) + 1,
                   bucket_.options().part_bytes);
}

absl::Status S3Writer::Append(absl::string_view data) {
  if (write_.stop.stop_requested()) return absl::CancelledError("given up");
  size_bytes_ += data.size();
  while (!data.empty()) {
    // Only when more comes: what fits in one part is no upload of parts.
    if (part_.size() >= NextPartBytes()) HEAPD_RETURN_IF_ERROR(SendPart());
    const size_t room = NextPartBytes() - part_.size();
    const absl::string_view piece = data.substr(0, room);
    // At once what the part will have: doubling could end at twice as much.
    // What of it is never written to takes no memory.
    if (part_.capacity() < part_.size() + piece.size()) {
      part_.reserve(NextPartBytes());
    }
    part_.append(piece.data(), piece.size());
    data.remove_prefix(piece.size());
  }
  return absl::OkStatus();
}

absl::Status S3Writer::SendPart() {
  if (etags_.size() == kMaxParts) {
    return MakeError(absl::StatusCode::kResourceExhausted, reason::kStorageFull,
                     absl::StrCat("cannot upload '", write_.name,
                                  "': it is larger than the store takes"));
  }
  if (upload_id_.empty()) {
    HEAPD_ASSIGN_OR_RETURN(upload_id_, bucket_.StartUpload(write_));
  }
  HEAPD_ASSIGN_OR_RETURN(
      std::string etag,
      bucket_.SendPart(write_, upload_id_, static_cast<int>(etags_.size()) + 1,
                       part_));
  etags_.push_back(std::move(etag));
  part_.clear();
  return absl::OkStatus();
}

absl::Status S3Writer::Commit() {
  if (upload_id_.empty()) return bucket_.Put(write_, part_);
  if (!part_.empty()) HEAPD_RETURN_IF_ERROR(SendPart());
  HEAPD_RETURN_IF_ERROR(
      bucket_.Complete(write_, upload_id_, etags_, size_bytes_));
  upload_id_.clear();
  // When the answer to the start of an upload is lost, another is started, and
  // the first would stay.
  LogIfLeft(bucket_.AbortAll(write_.name));
  return absl::OkStatus();
}

void S3Writer::LogIfLeft(const absl::Status& aborted) const {
  if (aborted.ok()) return;
  LogWarning("upload_left", {{"destination", store_->name()},
                             {"file", write_.name},
                             {"error", aborted}});
}

}  // namespace heapd::server
