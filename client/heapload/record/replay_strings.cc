#include "client/heapload/record/replay_strings.h"

#include <algorithm>

namespace heapd::heapload {
namespace {

// Seven bits a byte, so that 64 bits take ten.
constexpr size_t kSpelledBytes = 10;

void AppendSevenBits(uint64_t number, size_t size, std::string* text) {
  for (size_t i = 0; i < size; ++i) {
    text->push_back(static_cast<char>(number & 0x7F));
    number >>= 7;
  }
}

// The string of two bytes with this number: after all pairs of ASCII come the
// characters that take two bytes, and then there are no more.
std::string TwoBytes(uint64_t number) {
  constexpr uint64_t kPairs = 128 * 128;
  std::string text;
  if (number < kPairs) {
    AppendSevenBits(number, 2, &text);
    return text;
  }
  const uint64_t character = 0x80 + (number - kPairs) % (0x800 - 0x80);
  text.push_back(static_cast<char>(0xC0 | (character >> 6)));
  text.push_back(static_cast<char>(0x80 | (character & 0x3F)));
  return text;
}

}  // namespace

std::string ReplayStrings::Content(uint64_t hash, size_t size) {
  std::string text;
  text.reserve(size);
  if (size >= kSpelledBytes) {
    AppendSevenBits(hash, kSpelledBytes, &text);
    AppendFiller(size - kSpelledBytes, &text);
    return text;
  }
  const auto [number, is_new] = numbers_.try_emplace({size, hash}, 0);
  if (is_new) number->second = next_[size]++;
  if (size == 2) return TwoBytes(number->second);
  AppendSevenBits(number->second, size, &text);
  return text;
}

void AppendFiller(size_t size, std::string* bytes) {
  static const auto* const block = new std::string([] {
    std::string text;
    while (text.size() < 4096) text += "heapload replay ";
    return text;
  }());
  while (size > 0) {
    const size_t part = std::min(size, block->size());
    bytes->append(*block, 0, part);
    size -= part;
  }
}

}  // namespace heapd::heapload
