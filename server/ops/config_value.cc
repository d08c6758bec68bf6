#include "server/ops/config_value.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

struct Unit {
  absl::string_view name;
  uint64_t bytes;
};

constexpr std::array<Unit, 5> kUnits = {{{"TiB", 1ull << 40},
                                         {"GiB", 1ull << 30},
                                         {"MiB", 1ull << 20},
                                         {"KiB", 1ull << 10},
                                         {"", 1}}};

bool IsTokenName(absl::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

// Insertions, deletions and replacements that turn `a` into `b`.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

absl::StatusOr<uint64_t> ParseSize(absl::string_view text) {
  const size_t digits =
      std::min(text.find_first_not_of("0123456789"), text.size());
  const absl::string_view unit_name = text.substr(digits);
  for (const Unit& unit : kUnits) {
    uint64_t count = 0;
    if (unit.name != unit_name) continue;
    if (!absl::SimpleAtoi(text.substr(0, digits), &count)) break;
    if (count > std::numeric_limits<uint64_t>::max() / unit.bytes) break;
    return count * unit.bytes;
  }
  return absl::InvalidArgumentError(
      "must be a size: digits, then nothing (bytes), KiB, MiB, GiB or TiB");
}

std::string FormatSize(uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return absl::StrCat(bytes / unit.bytes, unit.name);
    }
  }
  return absl::StrCat(bytes);
}

absl::StatusOr<TokenEntry> ParseTokenEntry(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || !IsTokenName(text.substr(0, colon))) {
    return absl::InvalidArgumentError(
        "must be a name (1 to 64 of a-z, A-Z, 0-9, '.', '_', '-') with the "
        "SHA-256 of its token");
  }
  const std::string digits = absl::AsciiStrToLower(text.substr(colon + 1));
  if (digits.size() != 64 ||
      digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("the sha256 of '", text.substr(0, colon),
                     "' must be 64 hex digits (printf %s TOKEN | sha256sum)"));
  }
  return TokenEntry{std::string(text.substr(0, colon)), digits};
}

absl::string_view ClosestWord(absl::string_view word,
                              const std::vector<absl::string_view>& known) {
  absl::string_view closest;
  // A word that differs in more than a third is another word, not a slip.
  size_t best = std::max<size_t>(2, word.size() / 3) + 1;
  for (absl::string_view candidate : known) {
    const size_t distance = EditDistance(word.substr(0, 64), candidate);
    if (distance < best) {
      best = distance;
      closest = candidate;
    }
  }
  return closest;
}

}  // namespace heapd::server
