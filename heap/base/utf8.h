#ifndef HEAPD_HEAP_BASE_UTF8_H_
#define HEAPD_HEAP_BASE_UTF8_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace heapd {

// Reads one code point at `*position` and moves past it. U+FFFD for a byte that
// begins no well-formed sequence (RFC 3629: no surrogates, no overlong forms,
// nothing above U+10FFFF), which is then one byte long.
// REQUIRES: *position < text.size().
uint32_t NextCodePoint(absl::string_view text, size_t* position);

// Whether all of it is well-formed UTF-8.
bool IsUtf8(absl::string_view text);

// The text with U+FFFD in the place of each byte that is none.
std::string ReplaceBadUtf8(absl::string_view text);

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_UTF8_H_
