#include "heap/snapshot/json_output.h"

#include <algorithm>
#include <cstring>

#include "heap/base/utf8.h"

namespace heapd {

void JsonOutput::Raw(absl::string_view text) {
  while (!text.empty()) {
    if (used_ == kBufferBytes) Flush();
    const size_t piece = std::min(text.size(), kBufferBytes - used_);
    std::memcpy(&buffer_[used_], text.data(), piece);
    used_ += piece;
    text.remove_prefix(piece);
  }
}

void JsonOutput::EscapedUnit(uint32_t unit) {
  constexpr absl::string_view kHex = "0123456789abcdef";
  Raw("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) Char(kHex[unit >> shift & 0xf]);
}

void JsonOutput::String(absl::string_view text, size_t max_code_points) {
  Char('"');
  size_t position = 0;
  for (size_t n = 0; n < max_code_points && position < text.size(); ++n) {
    const uint32_t code_point = NextCodePoint(text, &position);
    if (code_point == '"' || code_point == '\\') {
      Char('\\');
      Char(static_cast<char>(code_point));
    } else if (code_point >= 0x20 && code_point < 0x7f) {
      Char(static_cast<char>(code_point));
    } else if (code_point < 0x10000) {
      EscapedUnit(code_point);
    } else {
      EscapedUnit(0xd800 + ((code_point - 0x10000) >> 10));
      EscapedUnit(0xdc00 + ((code_point - 0x10000) & 0x3ff));
    }
  }
  Char('"');
}

void JsonOutput::Flush() {
  if (status_.ok()) {
    status_ = sink_->Write(absl::string_view(buffer_.get(), used_));
  }
  used_ = 0;
}

absl::Status JsonOutput::Finish() {
  if (used_ > 0) Flush();
  return status_;
}

}  // namespace heapd
