#ifndef HEAPD_SERVER_SERVICE_PAGE_H_
#define HEAPD_SERVER_SERVICE_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// Most things of an answer: `requested`, or `by_default` for 0.
// INVALID_ARGUMENT (`field`) when it is negative or over `max`.
absl::StatusOr<size_t> AnswerCount(int32_t requested, absl::string_view field,
                                   size_t by_default, size_t max);
// The same of the field page_size.
absl::StatusOr<size_t> PageSize(int32_t requested, size_t by_default,
                                size_t max);

// A page token carries the last key of the page before it; opaque to callers.
// `list` tells the tokens of one method from those of others.
std::string MakePageToken(absl::string_view list, absl::string_view last_key);

// The key in a token; empty for an empty token. INVALID_ARGUMENT (page_token)
// for what MakePageToken() did not make.
absl::StatusOr<std::string> ReadPageToken(absl::string_view list,
                                          absl::string_view token);

// Bytes of a response after which a page ends early: entries can be large.
inline constexpr size_t kPageBytes = size_t{1} << 20;

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_PAGE_H_
