#include "server/auth/jwt_verifier.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/auth/base64url.h"
#include "server/auth/printable.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

using Json = nlohmann::json;

constexpr absl::Duration kLargestClockSkew = absl::Minutes(1);
constexpr size_t kMaxGroups = 64;
// Of seconds since 1970: the year 5138. A claim beyond is a mistake (most
// often milliseconds).
constexpr double kMaxTime = 1e11;

absl::Status Bad(absl::string_view what) {
  return MakeError(absl::StatusCode::kUnauthenticated,
                   reason::kCredentialsInvalid,
                   absl::StrCat("this JSON web token is refused: ", what));
}

// A JSON object, or nothing.
std::optional<Json> ParseObject(absl::string_view text) {
  Json json = Json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

// A text member, or nothing if it is missing or no text.
std::optional<std::string> Text(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<absl::Time> Time(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= kMaxTime)) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

// Whether `aud` is `audience`, or a list of texts that has it.
bool HasAudience(const Json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (found->is_string())
    return found->get_ref<const std::string&>() == audience;
  if (!found->is_array()) return false;
  bool has = false;
  for (const Json& entry : *found) {
    if (!entry.is_string()) return false;
    has |= entry.get_ref<const std::string&>() == audience;
  }
  return has;
}

// Tokens of other kinds by the same issuer (such as logout tokens) say so.
bool IsAccessToken(const Json& header) {
  if (!header.contains("typ")) return true;
  const std::string type = Text(header, "typ").value_or("");
  for (const char* known : {"JWT", "at+jwt", "application/at+jwt"}) {
    if (absl::EqualsIgnoreCase(type, known)) return true;
  }
  return false;
}

// The key that the header names, if it may be used as the header says.
absl::StatusOr<const JsonWebKey*> FindKey(const JsonWebKeySet& keys,
                                          absl::string_view encoded_header) {
  const std::optional<std::string> text = DecodeBase64Url(encoded_header);
  const std::optional<Json> header =
      text.has_value() ? ParseObject(*text) : std::nullopt;
  if (!header.has_value()) return Bad("its header is no JSON object");
  // What must be understood, and is not.
  if (header->contains("crit")) return Bad("its header has 'crit'");
  if (!IsAccessToken(*header)) return Bad("its 'typ' is another");
  const std::optional<std::string> kid = Text(*header, "kid");
  if (!kid.has_value()) return Bad("its header has no 'kid'");
  const JsonWebKey* const key = keys.Find(*kid);
  if (key == nullptr) return Bad("its 'kid' is not in the key set");
  if (Text(*header, "alg") != NameOf(key->algorithm())) {
    return Bad("its 'alg' is not that of its key");
  }
  return key;
}

absl::StatusOr<std::vector<std::string>> ReadGroups(const Json& claims) {
  std::vector<std::string> groups;
  const auto found = claims.find("groups");
  if (found == claims.end()) return groups;
  if (!found->is_array() || found->size() > kMaxGroups) {
    return Bad("'groups' must be a list of at most 64 texts");
  }
  for (const Json& entry : *found) {
    if (!entry.is_string() || !IsPrintableName(entry.get<std::string>())) {
      return Bad("a group must be 1 to 256 bytes of printable text");
    }
    groups.push_back(entry.get<std::string>());
  }
  return groups;
}

}  // namespace

JwtVerifier::JwtVerifier(JwtTerms terms, JsonWebKeySet keys,
                         std::function<absl::Time()> now)
    : terms_(std::move(terms)),
      now_(std::move(now)),
      keys_(std::make_shared<const JsonWebKeySet>(std::move(keys))),
      remembered_(kMaxRemembered / 2) {
  HEAPD_CHECK(!terms_.issuer.empty() && !terms_.audience.empty());
  HEAPD_CHECK(terms_.max_clock_skew >= absl::ZeroDuration() &&
              terms_.max_clock_skew <= kLargestClockSkew);
}

void JwtVerifier::ReplaceKeys(JsonWebKeySet keys) {
  auto fresh = std::make_shared<const JsonWebKeySet>(std::move(keys));
  const absl::MutexLock lock(&mu_);
  keys_ = std::move(fresh);
  remembered_.Clear();
}

absl::StatusOr<std::shared_ptr<const Principal>> JwtVerifier::Verify(
    absl::string_view token, const TokenDigest& digest) const {
  std::shared_ptr<const JsonWebKeySet> keys;
  {
    const absl::MutexLock lock(&mu_);
    if (const Claims* const known = remembered_.Find(digest)) {
      if (now_() < known->expires_at) return known->principal;
      remembered_.Erase(digest);
    }
    keys = keys_;
    ++checked_count_;
  }
  HEAPD_ASSIGN_OR_RETURN(Claims claims, Check(*keys, token));
  std::shared_ptr<const Principal> principal = claims.principal;
  const absl::MutexLock lock(&mu_);
  // Otherwise its key may just have been taken back.
  if (keys == keys_) remembered_.Insert(digest, std::move(claims));
  return principal;
}

absl::StatusOr<JwtVerifier::Claims> JwtVerifier::Check(
    const JsonWebKeySet& keys, absl::string_view token) const {
  if (token.size() > kMaxTokenBytes) return Bad("it is over 8 KiB");
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return Bad("it must be three parts between dots");
  HEAPD_ASSIGN_OR_RETURN(const JsonWebKey* const key, FindKey(keys, parts[0]));
  const std::optional<std::string> signature = DecodeBase64Url(parts[2]);
  const absl::string_view signed_text =
      token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!signature.has_value() || !key->Verify(signed_text, *signature)) {
    return Bad("its signature is not that of its key");
  }
  const std::optional<std::string> claims = DecodeBase64Url(parts[1]);
  if (!claims.has_value()) return Bad("its claims are no JSON object");
  return ReadClaims(*claims);
}

absl::StatusOr<JwtVerifier::Claims> JwtVerifier::ReadClaims(
    absl::string_view json) const {
  const std::optional<Json> claims = ParseObject(json);
  if (!claims.has_value()) return Bad("its claims are no JSON object");
  if (Text(*claims, "iss") != terms_.issuer) return Bad("'iss' is another");
  if (!HasAudience(*claims, terms_.audience)) return Bad("'aud' is another");
  const std::optional<absl::Time> expires_at = Time(*claims, "exp");
  const std::optional<absl::Time> begins_at = Time(*claims, "nbf");
  if (!expires_at.has_value()) return Bad("it has no 'exp' in seconds");
  if (!begins_at.has_value()) return Bad("it has no 'nbf' in seconds");
  const absl::Time now = now_();
  if (now >= *expires_at + terms_.max_clock_skew) return Bad("it has expired");
  if (now < *begins_at - terms_.max_clock_skew) {
    return Bad("it is not valid yet");
  }
  const std::string subject = Text(*claims, "sub").value_or("");
  if (!IsPrintableName(subject)) {
    return Bad("'sub' must be 1 to 256 bytes of printable text");
  }
  Principal principal;
  principal.name = absl::StrCat("jwt:", subject);
  HEAPD_ASSIGN_OR_RETURN(principal.groups, ReadGroups(*claims));
  return Claims{std::make_shared<const Principal>(std::move(principal)),
                *expires_at};
}

void JwtVerifier::ForgetForTesting() {
  const absl::MutexLock lock(&mu_);
  remembered_.Clear();
}

size_t JwtVerifier::CheckedCountForTesting() const {
  const absl::MutexLock lock(&mu_);
  return checked_count_;
}

}  // namespace heapd::server
