#ifndef HEAPD_SERVER_STORAGE_BLOB_STORE_H_
#define HEAPD_SERVER_STORAGE_BLOB_STORE_H_

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace heapd::server {

// Errors of all calls here: UNAVAILABLE (STORAGE) with the backend's own words,
// FAILED_PRECONDITION (STORAGE) where the operator must change something first
// (permissions, a bucket that is not there), RESOURCE_EXHAUSTED (STORAGE_FULL),
// NOT_FOUND, ALREADY_EXISTS, CANCELLED after Close(), and INVALID_ARGUMENT for
// a name that is none. None has a path, a URL or a secret in it.

// Whether `name` names a blob: 1 to 200 of A-Z, a-z, 0-9, '-', '.', '_', and
// no '.' in front. So a name is never a path.
bool IsBlobName(absl::string_view name);

// A blob being written; nobody sees it before Commit(). Single-threaded.
class BlobWriter {
 public:
  // Without Commit() nothing stays.
  virtual ~BlobWriter() = default;

  // Adds `data` at the end. After an error only destruction makes sense.
  virtual absl::Status Append(absl::string_view data) = 0;

  // Makes the blob visible, whole and durable. At most once, last.
  // ALREADY_EXISTS if its name was taken meanwhile.
  virtual absl::Status Commit() = 0;
};

// A blob being read. When it is deleted meanwhile it stays readable in a
// directory, and is NOT_FOUND in an object store. Thread-safe.
class BlobReader {
 public:
  virtual ~BlobReader() = default;

  virtual uint64_t size_bytes() const = 0;

  // Fills `buffer` from `offset` as far as the blob reaches and says how much;
  // 0 at and behind its end.
  virtual absl::StatusOr<size_t> Read(uint64_t offset,
                                      absl::Span<char> buffer) const = 0;
};

// Keeps named blobs, each whole or absent. Every call may wait for the backend:
// hold no lock. Thread-safe.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // The operator's name for it; shown to callers.
  virtual absl::string_view name() const = 0;

  // Whether calls go over a network and may take long, or fail for a while.
  virtual bool is_remote() const { return false; }

  // Starts a blob. ALREADY_EXISTS if there is one, or one being written. Once
  // `stop` is requested, this and the writer's calls end with CANCELLED, those
  // that wait for a network too; giving the write up does not.
  virtual absl::StatusOr<std::unique_ptr<BlobWriter>> Create(
      absl::string_view name, std::stop_token stop) = 0;
  absl::StatusOr<std::unique_ptr<BlobWriter>> Create(absl::string_view name) {
    return Create(name, std::stop_token());
  }
  virtual absl::StatusOr<std::unique_ptr<BlobReader>> Open(
      absl::string_view name) const = 0;
  // NOT_FOUND where the backend can tell.
  virtual absl::Status Delete(absl::string_view name) = 0;
  // Removes the blob and whatever writes of it that were not committed have
  // left, of an earlier process too; OK if there is nothing. REQUIRES: nobody
  // writes it.
  virtual absl::Status Discard(absl::string_view name) = 0;
  // Names of all blobs, sorted.
  virtual absl::StatusOr<std::vector<std::string>> List() const = 0;
  // Bytes that can still be written.
  virtual absl::StatusOr<uint64_t> FreeBytes() const = 0;

  // Ends calls that wait for a network, and those that come, with CANCELLED;
  // not Delete(), Discard() and giving a write up, which take some seconds at
  // most.
  virtual void Close() {}
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_BLOB_STORE_H_
