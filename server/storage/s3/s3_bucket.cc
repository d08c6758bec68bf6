#include "server/storage/s3/s3_bucket.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

constexpr char kWriteIdHeader[] = "x-amz-meta-heapd-write";
constexpr char kEncryptionHeader[] = "x-amz-server-side-encryption";
constexpr int kPartAttempts = 3;
constexpr absl::string_view kFind = "find";

absl::Status Damaged(absl::string_view name, absl::string_view what) {
  return MakeError(absl::StatusCode::kUnavailable, reason::kStorage,
                   absl::StrCat("cannot upload '", name, "': ", what));
}

// The ETag that a part has where ETags are MD5 sums, quoted; "" where OpenSSL
// has no MD5 (FIPS).
std::string Md5Etag(absl::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int length = 0;
  if (EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_md5(),
                 nullptr) != 1) {
    return "";
  }
  return absl::StrCat(
      "\"",
      absl::BytesToHexString(absl::string_view(
          reinterpret_cast<const char*>(digest.data()), length)),
      "\"");
}

// Whether a part arrived as it was sent, as far as its ETag tells: with KMS
// keys, and at stores of other habits, it is no MD5 sum.
bool IsPlausibleEtag(const HttpAnswer& answer, absl::string_view data) {
  const std::string etag = answer.Header("etag");
  if (etag.empty()) return false;
  const bool is_md5 =
      etag.size() == 34 &&
      !absl::StartsWith(answer.Header(kEncryptionHeader), "aws:kms");
  const std::string expected = is_md5 ? Md5Etag(data) : "";
  return expected.empty() || etag == expected;
}

// Keys come percent-encoded, since XML cannot hold every key.
std::string Decode(const std::string& text) {
  int length = 0;
  const std::unique_ptr<char, void (*)(void*)> decoded(
      curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()),
                         &length),
      &curl_free);
  HEAPD_CHECK(decoded != nullptr);
  return std::string(decoded.get(), static_cast<size_t>(length));
}

}  // namespace

std::string S3Bucket::NewWriteId() {
  std::array<unsigned char, 16> random;
  HEAPD_CHECK(RAND_bytes(random.data(), random.size()) == 1);
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(random.data()), random.size()));
}

std::string S3Bucket::KeyOf(absl::string_view name) const {
  return absl::StrCat(options().prefix, name);
}

HeaderFields S3Bucket::WriteHeaders(const std::string& write_id) const {
  HeaderFields headers = {{kWriteIdHeader, write_id},
                          {"content-type", "application/octet-stream"}};
  if (!options().encryption.empty()) {
    headers[kEncryptionHeader] = options().encryption;
  }
  if (!options().kms_key_id.empty()) {
    headers["x-amz-server-side-encryption-aws-kms-key-id"] =
        options().kms_key_id;
  }
  return headers;
}

absl::StatusOr<S3Outcome> S3Bucket::SendIfNew(S3Call call) {
  if (knows_if_none_match_) {
    call.headers["if-none-match"] = "*";
    absl::StatusOr<S3Outcome> outcome = client_.Send(call);
    if (!outcome.ok() || !outcome->error.has_value() ||
        outcome->error->code != "NotImplemented") {
      return outcome;
    }
    knows_if_none_match_ = false;
    call.headers.erase("if-none-match");
  }
  return client_.Send(call);
}

S3Call S3Bucket::CallOf(const S3Write& write, const char* method) const {
  S3Call call = {.method = method, .key = KeyOf(write.name)};
  call.what = "upload";
  call.name = write.name;
  call.stop = write.stop;
  return call;
}

absl::StatusOr<S3Found> S3Bucket::Find(absl::string_view name,
                                       const std::stop_token& stop) {
  S3Call call = {.method = "HEAD", .key = KeyOf(name)};
  call.what = kFind;
  call.name = name;
  call.stop = stop;
  HEAPD_ASSIGN_OR_RETURN(const S3Outcome outcome, client_.Send(call));
  S3Found found;
  if (outcome.error.has_value()) {
    if (outcome.error->http_status == 403) {
      found.hidden = outcome.error;
      return found;
    }
    const absl::Status error = ToStatus(*outcome.error, kFind, name);
    if (!absl::IsNotFound(error)) return error;
    return found;
  }
  S3Object& object = found.object.emplace();
  object.etag = outcome.answer.Header("etag");
  object.write_id = outcome.answer.Header(kWriteIdHeader);
  if (!absl::SimpleAtoi(outcome.answer.Header("content-length"),
                        &object.size_bytes)) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, reason::kStorage,
        absl::StrCat("cannot find '", name, "': the store gives no size"));
  }
  return found;
}

absl::StatusOr<S3Object> S3Bucket::Head(absl::string_view name) {
  HEAPD_ASSIGN_OR_RETURN(S3Found found, Find(name));
  if (found.object.has_value()) return *std::move(found.object);
  if (found.hidden.has_value()) return ToStatus(*found.hidden, kFind, name);
  return absl::NotFoundError(absl::StrCat("there is no '", name, "'"));
}

absl::Status S3Bucket::CheckWritten(const S3Write& write, uint64_t size_bytes,
                                    const absl::Status& answer) {
  HEAPD_ASSIGN_OR_RETURN(const S3Found found, Find(write.name, write.stop));
  // A role that may only put: the store's word has to do.
  if (found.hidden.has_value()) return answer;
  if (!found.object.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("cannot upload '", write.name, "': it has not arrived"));
  }
  const S3Object& object = *found.object;
  if (object.write_id != write.id) {
    return absl::AlreadyExistsError(absl::StrCat("cannot upload '", write.name,
                                                 "': somebody else wrote it"));
  }
  if (object.size_bytes != size_bytes) {
    return Damaged(write.name, absl::StrCat("the store has ", object.size_bytes,
                                            " of ", size_bytes, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status S3Bucket::Put(const S3Write& write, absl::string_view data) {
  S3Call call = CallOf(write, "PUT");
  call.headers = WriteHeaders(write.id);
  call.body = data;
  HEAPD_ASSIGN_OR_RETURN(const S3Outcome outcome, SendIfNew(std::move(call)));
  absl::Status answer;
  if (outcome.error.has_value()) {
    answer = ToStatus(*outcome.error, "upload", write.name);
    // It may be ours, of a first try whose answer was lost; libcurl too begins
    // again when a kept connection turns out dead.
    if (!absl::IsAlreadyExists(answer)) return answer;
  }
  return CheckWritten(write, data.size(), answer);
}

absl::StatusOr<std::string> S3Bucket::StartUpload(const S3Write& write) {
  S3Call call = CallOf(write, "POST");
  call.query = {{"uploads", ""}};
  call.headers = WriteHeaders(write.id);
  HEAPD_ASSIGN_OR_RETURN(const HttpAnswer answer, client_.Require(call));
  return ReadUploadId(answer.body);
}

absl::StatusOr<std::string> S3Bucket::SendPart(const S3Write& write,
                                               const std::string& upload_id,
                                               int number,
                                               absl::string_view data) {
  S3Call call = CallOf(write, "PUT");
  call.query = {{"partNumber", absl::StrCat(number)}, {"uploadId", upload_id}};
  call.body = data;
  for (int attempt = 0; attempt < kPartAttempts; ++attempt) {
    HEAPD_ASSIGN_OR_RETURN(const HttpAnswer answer, client_.Require(call));
    if (IsPlausibleEtag(answer, data)) return answer.Header("etag");
  }
  return Damaged(write.name, "a part arrived as another one again and again");
}

absl::Status S3Bucket::Complete(const S3Write& write,
                                const std::string& upload_id,
                                const std::vector<std::string>& etags,
                                uint64_t size_bytes) {
  const std::string body = WriteCompletion(etags);
  S3Call call = CallOf(write, "POST");
  call.query = {{"uploadId", upload_id}};
  call.headers["content-type"] = "application/xml";
  call.body = body;
  call.stall_timeout = options().completion_timeout;
  HEAPD_ASSIGN_OR_RETURN(const S3Outcome outcome, SendIfNew(std::move(call)));
  absl::Status answer;
  if (outcome.error.has_value()) {
    answer = ToStatus(*outcome.error, "upload", write.name);
  }
  const absl::Status written = CheckWritten(write, size_bytes, answer);
  // An error may come from a repeated call after the first one, whose answer
  // was lost, had done it.
  return written.ok() || answer.ok() ? written : answer;
}

absl::Status S3Bucket::Abort(absl::string_view name,
                             const std::string& upload_id) {
  S3Call call = {.method = "DELETE", .key = KeyOf(name)};
  call.query = {{"uploadId", upload_id}};
  call.what = "give up the upload of";
  call.name = name;
  call.cleans_up = true;
  const absl::Status aborted = client_.Require(call).status();
  return absl::IsNotFound(aborted) ? absl::OkStatus() : aborted;
}

absl::StatusOr<std::vector<std::string>> S3Bucket::UploadsOf(
    absl::string_view name) {
  const std::string key = KeyOf(name);
  S3Call call = {.method = "GET"};
  call.what = "look for uploads of";
  call.name = name;
  call.cleans_up = true;
  std::vector<std::string> ids;
  S3Page page;
  do {
    call.query = {{"uploads", ""}, {"prefix", key}, {"encoding-type", "url"}};
    if (!page.next.empty()) {
      call.query.emplace_back("key-marker", Decode(page.next));
      call.query.emplace_back("upload-id-marker", page.next_upload_id);
    }
    HEAPD_ASSIGN_OR_RETURN(const HttpAnswer answer, client_.Require(call));
    HEAPD_ASSIGN_OR_RETURN(page, ReadUploadPage(answer.body));
    for (S3Page::Upload& upload : page.uploads) {
      if (Decode(upload.key) == key) ids.push_back(std::move(upload.id));
    }
  } while (!page.next.empty());
  return ids;
}

absl::Status S3Bucket::AbortAll(absl::string_view name) {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<std::string> ids, UploadsOf(name));
  for (const std::string& id : ids) {
    HEAPD_RETURN_IF_ERROR(Abort(name, id));
  }
  return absl::OkStatus();
}

absl::Status S3Bucket::Read(absl::string_view name, const std::string& etag,
                            uint64_t offset, absl::Span<char> buffer) {
  S3Call call = {.method = "GET", .key = KeyOf(name)};
  call.headers["range"] =
      absl::StrCat("bytes=", offset, "-", offset + buffer.size() - 1);
  if (!etag.empty()) call.headers["if-match"] = etag;
  call.what = "read";
  call.name = name;
  call.max_answer_bytes = buffer.size() + (size_t{64} << 10);
  HEAPD_ASSIGN_OR_RETURN(const S3Outcome outcome, client_.Send(call));
  if (outcome.error.has_value()) {
    const absl::Status error = ToStatus(*outcome.error, "read", name);
    if (!absl::IsAlreadyExists(error)) return error;
  }
  const std::string& body = outcome.answer.body;
  if (outcome.answer.status != 206 || body.size() != buffer.size()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reason::kStorage,
                     absl::StrCat("cannot read '", name,
                                  "': it was replaced, or the store does not "
                                  "give ranges"));
  }
  body.copy(buffer.data(), buffer.size());
  return absl::OkStatus();
}

absl::Status S3Bucket::Delete(absl::string_view name) {
  S3Call call = {.method = "DELETE", .key = KeyOf(name)};
  call.what = "delete";
  call.name = name;
  call.cleans_up = true;
  const absl::Status deleted = client_.Require(call).status();
  return absl::IsNotFound(deleted) ? absl::OkStatus() : deleted;
}

absl::StatusOr<std::vector<std::string>> S3Bucket::List() {
  S3Call call = {.method = "GET"};
  call.what = "list";
  call.name = options().name;
  std::vector<std::string> names;
  S3Page page;
  do {
    call.query = {{"list-type", "2"},
                  {"delimiter", "/"},
                  {"encoding-type", "url"},
                  {"prefix", options().prefix}};
    if (!page.next.empty()) {
      call.query.emplace_back("continuation-token", page.next);
    }
    HEAPD_ASSIGN_OR_RETURN(const HttpAnswer answer, client_.Require(call));
    HEAPD_ASSIGN_OR_RETURN(page, ReadObjectPage(answer.body));
    for (const std::string& encoded : page.keys) {
      const std::string key = Decode(encoded);
      absl::string_view name = key;
      if (absl::ConsumePrefix(&name, options().prefix)) {
        names.emplace_back(name);
      }
    }
  } while (!page.next.empty());
  return names;
}

}  // namespace heapd::server
