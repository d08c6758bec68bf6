#ifndef HEAPD_SERVER_STORAGE_S3_S3_BUCKET_H_
#define HEAPD_SERVER_STORAGE_S3_S3_BUCKET_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/storage/s3/s3_answer.h"
#include "server/storage/s3/s3_client.h"

namespace heapd::server {

// What HEAD says of an object.
struct S3Object {
  uint64_t size_bytes = 0;
  std::string etag;      // quoted, as sent
  std::string write_id;  // of who wrote it, see S3Bucket::Put()
};

// What HEAD says of a name.
struct S3Found {
  std::optional<S3Object> object;  // none: there is no such object, unless
  // The store does not say: we may not read here, or the object is not there
  // and we may not list.
  std::optional<S3Error> hidden;
};

// An object that is being written.
struct S3Write {
  std::string name;
  std::string id;             // S3Bucket::NewWriteId()
  std::stop_token stop = {};  // ends its calls with CANCELLED
};

// The operations of S3 that blobs take, on keys below the prefix. `name` is the
// key without it. Errors of all as blob_store.h promises. Thread-safe.
//
// Every object carries a random write id in its metadata. When an answer is
// lost and the repeated call is told that the object exists or the upload is
// gone, that id says whether it was we who wrote it.
class S3Bucket {
 public:
  S3Bucket(const S3Options& options, std::unique_ptr<CredentialSource> source)
      : client_(options, std::move(source)) {}

  static std::string NewWriteId();

  absl::StatusOr<S3Found> Find(absl::string_view name,
                               const std::stop_token& stop = {});
  // As Find(); NOT_FOUND, and FAILED_PRECONDITION for what is hidden.
  absl::StatusOr<S3Object> Head(absl::string_view name);

  // A whole object at once. ALREADY_EXISTS where the store knows If-None-Match.
  absl::Status Put(const S3Write& write, absl::string_view data);

  // Starts an upload and gives its id.
  absl::StatusOr<std::string> StartUpload(const S3Write& write);
  // Sends part `number` (from 1) and gives its ETag.
  absl::StatusOr<std::string> SendPart(const S3Write& write,
                                       const std::string& upload_id, int number,
                                       absl::string_view data);
  // Puts the parts together and looks whether the object is there, with
  // `size_bytes`.
  absl::Status Complete(const S3Write& write, const std::string& upload_id,
                        const std::vector<std::string>& etags,
                        uint64_t size_bytes);
  // Gives an upload up; OK if it is gone already.
  absl::Status Abort(absl::string_view name, const std::string& upload_id);
  // Gives up every upload of this very name.
  absl::Status AbortAll(absl::string_view name);

  // Fills `buffer` from `offset`; REQUIRES: the object reaches that far.
  // FAILED_PRECONDITION if it is another than the one with `etag` by now.
  absl::Status Read(absl::string_view name, const std::string& etag,
                    uint64_t offset, absl::Span<char> buffer);

  // OK as well if there is no such object: S3 does not tell.
  absl::Status Delete(absl::string_view name);

  // Names directly below the prefix, in the order of the store.
  absl::StatusOr<std::vector<std::string>> List();

  void Stop() { client_.Stop(); }
  const S3Options& options() const { return client_.options(); }

 private:
  std::string KeyOf(absl::string_view name) const;
  // The headers of a new object.
  HeaderFields WriteHeaders(const std::string& write_id) const;
  // Sends `call` with If-None-Match, unless this store has said that it does
  // not know it.
  absl::StatusOr<S3Outcome> SendIfNew(S3Call call);
  // OK if the object is the one of this write; `answer`, what the store said to
  // the write, where it does not let us look.
  absl::Status CheckWritten(const S3Write& write, uint64_t size_bytes,
                            const absl::Status& answer);
  // A call on the object that is being written.
  S3Call CallOf(const S3Write& write, const char* method) const;
  absl::StatusOr<std::vector<std::string>> UploadsOf(absl::string_view name);

  S3Client client_;
  std::atomic<bool> knows_if_none_match_{true};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_S3_BUCKET_H_
