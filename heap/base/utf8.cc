#include "heap/base/utf8.h"

#include <algorithm>
#include <cstddef>

namespace heapd {
namespace {

constexpr uint32_t kReplacement = 0xfffd;

// Length of the well-formed sequence at the start of `text`, 0 when there is
// none; its code point in `*code_point`.
size_t Decode(absl::string_view text, uint32_t* code_point) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) {
    *code_point = first;
    return 1;
  }
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  uint32_t value = first & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    value = value << 6 | (byte(i) & 0x3f);
  }
  const bool overlong =
      (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return 0;
  *code_point = value;
  return length;
}

}  // namespace

uint32_t NextCodePoint(absl::string_view text, size_t* position) {
  uint32_t code_point = 0;
  const size_t length = Decode(text.substr(*position), &code_point);
  if (length == 0) {
    ++*position;
    return kReplacement;
  }
  *position += length;
  return code_point;
}

bool IsUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    uint32_t code_point = 0;
    const size_t length = Decode(text.substr(i), &code_point);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string ReplaceBadUtf8(absl::string_view text) {
  std::string good;
  good.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    uint32_t code_point = 0;
    const size_t length = Decode(text.substr(i), &code_point);
    if (length == 0) {
      good += "\xef\xbf\xbd";
    } else {
      good.append(text.data() + i, length);
    }
    i += std::max<size_t>(length, 1);
  }
  return good;
}

}  // namespace heapd
