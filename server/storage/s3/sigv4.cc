#include "server/storage/s3/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "heap/base/check.h"
#include "server/storage/sha256.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string HashHex(absl::string_view data) {
  Sha256 sum;
  sum.Update(data);
  return sum.FinishHex();
}

std::string Hmac(absl::string_view key, absl::string_view data) {
  std::string code(32, '\0');
  unsigned int length = 0;
  HEAPD_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                   reinterpret_cast<const unsigned char*>(data.data()),
                   data.size(), reinterpret_cast<unsigned char*>(code.data()),
                   &length) != nullptr);
  return code;
}

// A value as it is signed: trimmed, and runs of blanks are one.
std::string CanonicalValue(absl::string_view value) {
  std::string text(value);
  absl::RemoveExtraAsciiWhitespace(&text);
  return text;
}

}  // namespace

std::string UriEncode(absl::string_view text, Slash slash) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
        c == '.' || c == '_' || c == '~' ||
        (c == '/' && slash == Slash::kKeep)) {
      encoded.push_back(c);
    } else {
      absl::StrAppend(&encoded, "%",
                      absl::AsciiStrToUpper(
                          absl::BytesToHexString(absl::string_view(&c, 1))));
    }
  }
  return encoded;
}

std::string CanonicalQuery(const QueryParameters& parameters) {
  QueryParameters encoded;
  for (const auto& [name, value] : parameters) {
    encoded.emplace_back(UriEncode(name, Slash::kEncode),
                         UriEncode(value, Slash::kEncode));
  }
  std::sort(encoded.begin(), encoded.end());
  return absl::StrJoin(encoded, "&", absl::PairFormatter("="));
}

std::string AmzDate(absl::Time time) {
  return absl::FormatTime("%Y%m%d%ET%H%M%SZ", time, absl::UTCTimeZone());
}

std::string SigV4Authorization(const RequestToSign& request,
                               const AwsCredentials& credentials,
                               absl::string_view region, absl::Time time) {
  std::string headers;
  std::vector<absl::string_view> names;
  for (const auto& [name, value] : request.headers) {
    absl::StrAppend(&headers, name, ":", CanonicalValue(value), "\n");
    names.push_back(name);
  }
  const std::string signed_names = absl::StrJoin(names, ";");
  const std::string canonical =
      absl::StrJoin({request.method, request.path, request.query, headers,
                     signed_names, request.headers.at("x-amz-content-sha256")},
                    "\n");
  const std::string date =
      absl::FormatTime("%Y%m%d", time, absl::UTCTimeZone());
  const std::string scope = absl::StrCat(date, "/", region, "/s3/aws4_request");
  const std::string to_sign = absl::StrJoin(
      {std::string(kAlgorithm), AmzDate(time), scope, HashHex(canonical)},
      "\n");
  std::string key =
      Hmac(absl::StrCat("AWS4", credentials.secret_access_key), date);
  for (const absl::string_view part :
       {region, absl::string_view("s3"), absl::string_view("aws4_request")}) {
    key = Hmac(key, part);
  }
  return absl::StrCat(
      kAlgorithm, " Credential=", credentials.access_key_id, "/", scope,
      ",SignedHeaders=", signed_names,
      ",Signature=", absl::BytesToHexString(Hmac(key, to_sign)));
}

}  // namespace heapd::server
