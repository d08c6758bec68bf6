#include "server/storage/s3/s3_blob_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "server/storage/s3/s3_writer.h"

namespace heapd::server {
namespace {

constexpr uint64_t kBlockBytes = uint64_t{1} << 20;

absl::Status CheckName(absl::string_view name) {
  if (IsBlobName(name)) return absl::OkStatus();
  return absl::InvalidArgumentError("not a name of a stored file");
}

absl::Status Exists(absl::string_view name) {
  return absl::AlreadyExistsError(
      absl::StrCat("cannot create '", name, "': it exists"));
}

// Asks for blocks of 1 MiB and keeps the last: callers read in order, and in
// smaller pieces than a request to a distant store is worth.
class S3Reader final : public BlobReader {
 public:
  S3Reader(S3Bucket* bucket, absl::string_view name, S3Object object)
      : bucket_(*bucket), name_(name), object_(std::move(object)) {}

  uint64_t size_bytes() const override { return object_.size_bytes; }

  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) const override {
    size_t filled = 0;
    while (filled < buffer.size() && offset + filled < size_bytes()) {
      HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<const Block> block,
                             BlockWith(offset + filled));
      filled += block->data.copy(buffer.data() + filled, buffer.size() - filled,
                                 offset + filled - block->offset);
    }
    return filled;
  }

 private:
  struct Block {
    uint64_t offset;
    std::string data;
  };

  absl::StatusOr<std::shared_ptr<const Block>> BlockWith(
      uint64_t offset) const {
    const uint64_t start = offset / kBlockBytes * kBlockBytes;
    {
      absl::MutexLock lock(&mu_);
      if (last_ != nullptr && last_->offset == start) return last_;
    }
    auto block = std::make_shared<Block>();
    block->offset = start;
    block->data.resize(std::min(kBlockBytes, size_bytes() - start));
    HEAPD_RETURN_IF_ERROR(
        bucket_.Read(name_, object_.etag, start, absl::MakeSpan(block->data)));
    absl::MutexLock lock(&mu_);
    last_ = block;
    return std::shared_ptr<const Block>(std::move(block));
  }

  S3Bucket& bucket_;  // the store's; it outlives its readers
  const std::string name_;
  const S3Object object_;
  mutable absl::Mutex mu_;  // a leaf of the lock order
  mutable std::shared_ptr<const Block> last_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

S3BlobStore::S3BlobStore(const S3Options& options,
                         std::unique_ptr<CredentialSource> source)
    : bucket_(options, std::move(source)) {}

absl::StatusOr<std::unique_ptr<BlobWriter>> S3BlobStore::Create(
    absl::string_view name, std::stop_token stop) {
  HEAPD_RETURN_IF_ERROR(CheckName(name));
  // Where the store does not say whether there is one, it can still refuse to
  // overwrite it.
  HEAPD_ASSIGN_OR_RETURN(const S3Found found, bucket_.Find(name, stop));
  if (found.object.has_value()) return Exists(name);
  {
    absl::MutexLock lock(&mu_);
    if (!writing_.emplace(name).second) return Exists(name);
  }
  return std::make_unique<S3Writer>(this, std::string(name), std::move(stop));
}

void S3BlobStore::EndWriting(const std::string& name) {
  absl::MutexLock lock(&mu_);
  writing_.erase(name);
}

absl::StatusOr<std::unique_ptr<BlobReader>> S3BlobStore::Open(
    absl::string_view name) const {
  HEAPD_RETURN_IF_ERROR(CheckName(name));
  HEAPD_ASSIGN_OR_RETURN(S3Object object, bucket_.Head(name));
  return std::make_unique<S3Reader>(&bucket_, name, std::move(object));
}

absl::Status S3BlobStore::Delete(absl::string_view name) {
  HEAPD_RETURN_IF_ERROR(CheckName(name));
  return bucket_.Delete(name);
}

absl::Status S3BlobStore::Discard(absl::string_view name) {
  HEAPD_RETURN_IF_ERROR(CheckName(name));
  HEAPD_RETURN_IF_ERROR(bucket_.AbortAll(name));
  return bucket_.Delete(name);
}

absl::StatusOr<std::vector<std::string>> S3BlobStore::List() const {
  HEAPD_ASSIGN_OR_RETURN(std::vector<std::string> names, bucket_.List());
  const auto end =
      std::remove_if(names.begin(), names.end(),
                     [](const std::string& name) { return !IsBlobName(name); });
  names.erase(end, names.end());
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<uint64_t> S3BlobStore::FreeBytes() const {
  return std::numeric_limits<uint64_t>::max();
}

}  // namespace heapd::server
