#include "server/service/page.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "heap/base/error.h"

namespace heapd::server {

absl::StatusOr<size_t> AnswerCount(int32_t requested, absl::string_view field,
                                   size_t by_default, size_t max) {
  if (requested == 0) return by_default;
  if (requested < 0 || static_cast<size_t>(requested) > max) {
    return InvalidField(field, absl::StrCat("must be from 0 to ", max));
  }
  return static_cast<size_t>(requested);
}

absl::StatusOr<size_t> PageSize(int32_t requested, size_t by_default,
                                size_t max) {
  return AnswerCount(requested, "page_size", by_default, max);
}

std::string MakePageToken(absl::string_view list, absl::string_view last_key) {
  return absl::WebSafeBase64Escape(absl::StrCat(list, ":", last_key));
}

absl::StatusOr<std::string> ReadPageToken(absl::string_view list,
                                          absl::string_view token) {
  if (token.empty()) return std::string();
  std::string text;
  absl::string_view key;
  if (absl::WebSafeBase64Unescape(token, &text)) {
    key = text;
    if (absl::ConsumePrefix(&key, absl::StrCat(list, ":"))) {
      return std::string(key);
    }
  }
  return InvalidField("page_token",
                      "must be the next_page_token of a page before");
}

}  // namespace heapd::server
