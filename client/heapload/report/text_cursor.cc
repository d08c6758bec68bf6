#include "client/heapload/report/text_cursor.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace heapd::heapload {
namespace {

bool StartsWord(char c) { return absl::ascii_isalpha(c) || c == '_'; }
bool IsInWord(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; }
bool IsInNumber(char c) { return absl::ascii_isdigit(c) || c == '.'; }
// Bytes from 0x80 up are parts of "µ".
bool IsInUnit(char c) {
  return absl::ascii_isalpha(c) || c == '/' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// How many letters must be added, dropped or replaced.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

void TextCursor::SkipBlanks() {
  while (!at_end() && absl::ascii_isspace(text_[at_])) ++at_;
}

bool TextCursor::Take(absl::string_view token) {
  if (!absl::StartsWith(text_.substr(at_), token)) return false;
  at_ += token.size();
  return true;
}

absl::string_view TextCursor::TakeWord() {
  const size_t start = at_;
  if (at_end() || !StartsWord(text_[at_])) return {};
  while (!at_end() && IsInWord(text_[at_])) ++at_;
  return text_.substr(start, at_ - start);
}

std::optional<double> TextCursor::TakeNumber() {
  const size_t start = at_;
  while (!at_end() && IsInNumber(text_[at_])) ++at_;
  double number = 0;
  if (absl::SimpleAtod(text_.substr(start, at_ - start), &number)) {
    return number;
  }
  at_ = start;
  return std::nullopt;
}

absl::string_view TextCursor::TakeUnit() {
  const size_t start = at_;
  while (!at_end() && IsInUnit(text_[at_])) ++at_;
  return text_.substr(start, at_ - start);
}

std::string TextCursor::Found() const {
  if (at_end()) return "the end";
  size_t end = at_ + 1;
  const auto extend = [&](bool (*belongs)(char)) {
    while (end < text_.size() && belongs(text_[end])) ++end;
  };
  if (StartsWord(text_[at_])) extend(&IsInWord);
  if (IsInNumber(text_[at_])) extend(&IsInNumber);
  // All bytes of a character that is not ASCII.
  if (static_cast<unsigned char>(text_[at_]) >= 0x80) {
    extend([](char c) { return (static_cast<unsigned char>(c) >> 6) == 2; });
  }
  return absl::StrCat("\"", text_.substr(at_, end - at_), "\"");
}

absl::Status TextCursor::Error(size_t position,
                               absl::string_view message) const {
  return absl::InvalidArgumentError(absl::StrCat(
      message, ", at column ", position + 1, " of \"", text_, "\""));
}

absl::string_view NearestName(absl::string_view word,
                              absl::Span<const absl::string_view> candidates) {
  absl::string_view nearest;
  // A third of the letters may be wrong, in short words one.
  size_t best = std::max<size_t>(1, word.size() / 3) + 1;
  for (const absl::string_view candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace heapd::heapload
