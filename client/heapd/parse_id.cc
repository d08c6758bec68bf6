#include "client/heapd/parse_id.h"

#include <charconv>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/strings.h"

namespace heapd::client {

absl::StatusOr<uint64_t> ParseId(std::string_view text, std::string_view what) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = hex ? text.substr(2) : text;
  uint64_t id = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] =
      std::from_chars(digits.data(), end, id, hex ? 16 : 10);
  if (error != std::errc() || stop != end) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a ", Absl(what), " (decimal, or hex after 0x): '",
                     Absl(text), "'"));
  }
  return id;
}

}  // namespace heapd::client
