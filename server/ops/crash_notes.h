#ifndef HEAPD_SERVER_OPS_CRASH_NOTES_H_
#define HEAPD_SERVER_OPS_CRASH_NOTES_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace heapd::server {

// A line that a signal handler can read while another thread writes it: a
// sequence lock, whose reader leaves out a line that it cannot have whole. Its
// words are written with release and read with acquire, so that no fence is
// needed, which ThreadSanitizer does not know (Boehm, "Can Seqlocks Get Along
// with Programming Language Memory Models?", 2012).
class CrashLine {
 public:
  static constexpr size_t kWords = 32;
  static constexpr size_t kBytes = kWords * sizeof(uint64_t);

  // Cuts what is over kBytes - 2. Does nothing while another thread writes this
  // line.
  void Write(uint64_t number, absl::string_view text) {
    uint64_t version = version_.load(std::memory_order_relaxed);
    if (version % 2 == 1 ||
        !version_.compare_exchange_strong(version, version + 1,
                                          std::memory_order_acquire)) {
      return;
    }
    std::array<uint64_t, kWords> words{};
    // The last two bytes stay for a line feed and the end.
    std::memcpy(words.data(), text.data(), std::min(text.size(), kBytes - 2));
    number_.store(number, std::memory_order_release);
    for (size_t i = 0; i < kWords; ++i) {
      words_[i].store(words[i], std::memory_order_release);
    }
    version_.store(version + 2, std::memory_order_release);
  }

  // The text of line `number`, with a line feed; false if it is not there.
  // Async-signal-safe.
  bool Read(uint64_t number, char (&text)[kBytes]) const {
    const uint64_t version = version_.load(std::memory_order_acquire);
    const bool is_it = number_.load(std::memory_order_acquire) == number;
    for (size_t i = 0; i < kWords; ++i) {
      const uint64_t word = words_[i].load(std::memory_order_acquire);
      std::memcpy(text + i * sizeof(word), &word, sizeof(word));
    }
    if (version == 0 || version % 2 == 1 || !is_it ||
        version_.load(std::memory_order_relaxed) != version) {
      return false;
    }
    text[std::strlen(text)] = '\n';
    return true;
  }

 private:
  std::atomic<uint64_t> version_{0};  // odd while it is being written
  std::atomic<uint64_t> number_{0};
  std::atomic<uint64_t> words_[kWords] = {};
};

// The last lines that were added. Adding never waits. Thread-safe.
class CrashNotesRing {
 public:
  static constexpr size_t kLines = 32;

  void Add(absl::string_view text) {
    const uint64_t number = next_.fetch_add(1, std::memory_order_relaxed);
    lines_[number % kLines].Write(number, text);
  }

  // Calls `write` with each line, a line feed at its end, oldest first.
  // Async-signal-safe if `write` is.
  template <typename Write>
  void ForEach(const Write& write) const {
    const uint64_t end = next_.load(std::memory_order_relaxed);
    for (uint64_t number = end - std::min<uint64_t>(end, kLines); number < end;
         ++number) {
      char text[CrashLine::kBytes];
      if (lines_[number % kLines].Read(number, text)) write(text);
    }
  }

 private:
  std::atomic<uint64_t> next_{0};
  std::array<CrashLine, kLines> lines_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_CRASH_NOTES_H_
