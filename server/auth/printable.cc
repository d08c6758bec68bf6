#include "server/auth/printable.h"

#include "absl/strings/ascii.h"
#include "heap/base/utf8.h"

namespace heapd::server {
namespace {

bool IsBetween(unsigned char byte, unsigned char low, unsigned char high) {
  return low <= byte && byte <= high;
}

// Whether a character begins at `at` that shows as nothing or changes how its
// neighbours show, so that two names could look alike. `at` has at least three
// bytes, of which those behind the text are zero.
bool IsInvisible(const unsigned char* at) {
  if (at[0] < 0x20 || at[0] == 0x7f) return true;
  // U+0080 to U+009F: control characters.
  if (at[0] == 0xc2) return IsBetween(at[1], 0x80, 0x9f);
  // U+200B to U+200F and U+2028 to U+202E: no width, direction, line ends.
  if (at[0] == 0xe2 && at[1] == 0x80) {
    return IsBetween(at[2], 0x8b, 0x8f) || IsBetween(at[2], 0xa8, 0xae);
  }
  // U+2060 to U+206F: the same. U+FEFF: the byte order mark.
  if (at[0] == 0xe2 && at[1] == 0x81) return IsBetween(at[2], 0xa0, 0xaf);
  return at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf;
}

}  // namespace

bool IsPrintableName(absl::string_view text) {
  if (text.empty() || text.size() > kMaxNameBytes || !IsUtf8(text) ||
      absl::StripAsciiWhitespace(text) != text) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char at[3] = {};
    for (size_t k = 0; k < 3 && i + k < text.size(); ++k) {
      at[k] = static_cast<unsigned char>(text[i + k]);
    }
    if (IsInvisible(at)) return false;
  }
  return true;
}

}  // namespace heapd::server
