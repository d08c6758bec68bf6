#include "server/storage/s3/s3_answer.h"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

constexpr size_t kMaxWordBytes = 64;

// What of `text` can be shown: a word, or nothing.
std::string Word(absl::string_view text) {
  const bool is_word =
      text.size() <= kMaxWordBytes &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
      });
  return is_word ? std::string(text) : "";
}

template <size_t kSize>
bool IsOneOf(absl::string_view word,
             const std::array<absl::string_view, kSize>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

absl::Status NoSuchDocument() {
  return absl::FailedPreconditionError(
      "the answer is not what S3 answers with");
}

// The element `root` of a document.
absl::StatusOr<pugi::xml_node> Parse(absl::string_view xml, const char* root,
                                     pugi::xml_document& document) {
  if (!document.load_buffer(xml.data(), xml.size())) return NoSuchDocument();
  const pugi::xml_node node = document.child(root);
  if (!node) return NoSuchDocument();
  return node;
}

bool IsTruncated(const pugi::xml_node& page) {
  return absl::string_view(page.child_value("IsTruncated")) == "true";
}

}  // namespace

std::string S3Error::Describe() const {
  return absl::StrCat(code.empty() ? "refused" : code, " (HTTP ", http_status,
                      request_id.empty() ? "" : ", request ", request_id, ")");
}

bool IsS3Error(const HttpAnswer& answer) {
  if (answer.status < 200 || answer.status > 299) return true;
  // Pieces of blobs come with 206, and no call wants a whole one.
  pugi::xml_document document;
  return answer.status == 200 && !answer.body.empty() &&
         document.load_buffer(answer.body.data(), answer.body.size()) &&
         document.child("Error");
}

S3Error ReadS3Error(const HttpAnswer& answer) {
  S3Error error;
  error.http_status = answer.status;
  pugi::xml_document document;
  if (document.load_buffer(answer.body.data(), answer.body.size())) {
    // STS wraps its errors once more.
    const pugi::xml_node node = document.child("ErrorResponse")
                                    ? document.child("ErrorResponse")
                                    : document;
    error.code = Word(node.child("Error").child_value("Code"));
  }
  error.request_id = Word(answer.Header("x-amz-request-id"));
  return error;
}

S3Remedy RemedyFor(const S3Error& error) {
  static constexpr std::array<absl::string_view, 4> kExpired = {
      "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired",
      "RequestExpired"};
  static constexpr std::array<absl::string_view, 8> kPassing = {
      "InternalError",      "SlowDown",
      "ServiceUnavailable", "RequestTimeout",
      "Throttling",         "ThrottlingException",
      "OperationAborted",   "ConditionalRequestConflict"};
  if (error.code == "RequestTimeTooSkewed") return S3Remedy::kClock;
  if (IsOneOf(error.code, kExpired)) return S3Remedy::kRefresh;
  if (IsOneOf(error.code, kPassing)) return S3Remedy::kWait;
  switch (error.http_status) {
    // Some stores say SlowDown with 429.
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return S3Remedy::kWait;
    default:
      return S3Remedy::kNone;
  }
}

absl::Status ToStatus(const S3Error& error, absl::string_view what,
                      absl::string_view name) {
  static constexpr std::array<absl::string_view, 4> kFull = {
      "QuotaExceeded", "EntityTooLarge", "TooManyParts", "InsufficientStorage"};
  const std::string message =
      absl::StrCat("cannot ", what, " '", name, "': ", error.Describe());
  if (error.code != "NoSuchBucket" && error.http_status == 404) {
    return absl::NotFoundError(message);
  }
  if (error.http_status == 412) return absl::AlreadyExistsError(message);
  if (error.http_status == 507 || IsOneOf(error.code, kFull)) {
    return MakeError(absl::StatusCode::kResourceExhausted, reason::kStorageFull,
                     message);
  }
  return MakeError(RemedyFor(error) == S3Remedy::kWait
                       ? absl::StatusCode::kUnavailable
                       : absl::StatusCode::kFailedPrecondition,
                   reason::kStorage, message);
}

absl::StatusOr<S3Page> ReadObjectPage(absl::string_view xml) {
  pugi::xml_document document;
  HEAPD_ASSIGN_OR_RETURN(const pugi::xml_node node,
                         Parse(xml, "ListBucketResult", document));
  S3Page page;
  for (const pugi::xml_node& entry : node.children("Contents")) {
    page.keys.emplace_back(entry.child_value("Key"));
  }
  if (!IsTruncated(node)) return page;
  page.next = node.child_value("NextContinuationToken");
  // Without it the same page would come for ever.
  if (page.next.empty()) return NoSuchDocument();
  return page;
}

absl::StatusOr<S3Page> ReadUploadPage(absl::string_view xml) {
  pugi::xml_document document;
  HEAPD_ASSIGN_OR_RETURN(const pugi::xml_node node,
                         Parse(xml, "ListMultipartUploadsResult", document));
  S3Page page;
  for (const pugi::xml_node& entry : node.children("Upload")) {
    page.uploads.push_back(
        {entry.child_value("Key"), entry.child_value("UploadId")});
  }
  if (!IsTruncated(node)) return page;
  page.next = node.child_value("NextKeyMarker");
  page.next_upload_id = node.child_value("NextUploadIdMarker");
  if (page.next.empty()) return NoSuchDocument();
  return page;
}

absl::StatusOr<std::string> ReadUploadId(absl::string_view xml) {
  pugi::xml_document document;
  HEAPD_ASSIGN_OR_RETURN(const pugi::xml_node node,
                         Parse(xml, "InitiateMultipartUploadResult", document));
  std::string id = node.child_value("UploadId");
  if (id.empty()) return NoSuchDocument();
  return id;
}

absl::StatusOr<AwsCredentials> ReadWebIdentityAnswer(absl::string_view xml) {
  pugi::xml_document document;
  HEAPD_ASSIGN_OR_RETURN(
      const pugi::xml_node root,
      Parse(xml, "AssumeRoleWithWebIdentityResponse", document));
  const pugi::xml_node node =
      root.child("AssumeRoleWithWebIdentityResult").child("Credentials");
  AwsCredentials keys;
  keys.access_key_id = node.child_value("AccessKeyId");
  keys.secret_access_key = node.child_value("SecretAccessKey");
  keys.session_token = node.child_value("SessionToken");
  std::string ignored;
  if (keys.access_key_id.empty() || keys.secret_access_key.empty() ||
      !absl::ParseTime(absl::RFC3339_full, node.child_value("Expiration"),
                       &keys.expiration, &ignored)) {
    return NoSuchDocument();
  }
  return keys;
}

std::string WriteCompletion(const std::vector<std::string>& etags) {
  pugi::xml_document document;
  pugi::xml_node list = document.append_child("CompleteMultipartUpload");
  for (size_t i = 0; i < etags.size(); ++i) {
    pugi::xml_node part = list.append_child("Part");
    part.append_child("PartNumber").text() = static_cast<int>(i + 1);
    part.append_child("ETag").text() = etags[i].c_str();
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw);
  return text.str();
}

}  // namespace heapd::server
