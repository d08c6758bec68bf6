#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_TEXT_CURSOR_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_TEXT_CURSOR_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace heapd::heapload {

// Reads a short expression from left to right and makes errors that name the
// column. Single-threaded; refers to the text.
class TextCursor {
 public:
  explicit TextCursor(absl::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  size_t position() const { return at_; }
  char peek() const { return at_end() ? '\0' : text_[at_]; }

  void SkipBlanks();
  // Takes `token` if it stands here.
  bool Take(absl::string_view token);
  // A letter or "_", then also digits and "-"; empty if none stands here.
  absl::string_view TakeWord();
  // Digits with or without a fraction; no sign, no exponent.
  std::optional<double> TakeNumber();
  // Letters, "/" and "µ": what may stand behind a number.
  absl::string_view TakeUnit();

  // What stands here, for messages: a word, a number or one character in
  // quotation marks, or "the end".
  std::string Found() const;

  // INVALID_ARGUMENT: "MESSAGE, at column N of "TEXT"".
  absl::Status Error(size_t position, absl::string_view message) const;
  absl::Status ErrorHere(absl::string_view message) const {
    return Error(at_, message);
  }

 private:
  absl::string_view text_;
  size_t at_ = 0;
};

// The candidate that `word` is most likely a slip of the pen for; empty if none
// is near.
absl::string_view NearestName(absl::string_view word,
                              absl::Span<const absl::string_view> candidates);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_TEXT_CURSOR_H_
