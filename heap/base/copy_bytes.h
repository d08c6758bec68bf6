#ifndef HEAPD_HEAP_BASE_COPY_BYTES_H_
#define HEAPD_HEAP_BASE_COPY_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace heapd {

// Copies `bytes` to where whole words have room, and zeroes the rest of the
// last word. Most payloads are a few words: for those a loop beats the call of
// memcpy, which has to find out how long they are.
// REQUIRES: `to` has room for `bytes` rounded up to 8; the ranges do not
// overlap.
inline void CopyToWords(char* to, const char* from, size_t bytes) {
  constexpr size_t kWord = sizeof(uint64_t);
  constexpr size_t kLongBytes = 128;
  size_t done = 0;
  if (bytes >= kLongBytes) {
    done = bytes / kWord * kWord;
    std::memcpy(to, from, done);
  }
  for (; done + 2 * kWord <= bytes; done += 2 * kWord) {
    uint64_t words[2];
    std::memcpy(words, from + done, sizeof(words));
    std::memcpy(to + done, words, sizeof(words));
  }
  if (done + kWord <= bytes) {
    uint64_t word;
    std::memcpy(&word, from + done, kWord);
    std::memcpy(to + done, &word, kWord);
    done += kWord;
  }
  if (done == bytes) return;
  uint64_t last = 0;
  for (size_t i = bytes; i-- > done;) {
    last = last << 8 | static_cast<unsigned char>(from[i]);
  }
  std::memcpy(to + done, &last, kWord);
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the last word is put together from its lowest byte");

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_COPY_BYTES_H_
