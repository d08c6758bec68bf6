#ifndef HEAPD_HEAP_SNAPSHOT_JSON_OUTPUT_H_
#define HEAPD_HEAP_SNAPSHOT_JSON_OUTPUT_H_

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heap/snapshot/snapshot_sink.h"

namespace heapd {

// A buffer of 256 KiB before a sink, and the two kinds of JSON tokens that a
// snapshot has: unsigned decimal numbers and ASCII strings. After the sink's
// first error everything is swallowed. Single-threaded.
class JsonOutput {
 public:
  static constexpr size_t kBufferBytes = size_t{256} << 10;

  // REQUIRES: `sink` outlives the output.
  explicit JsonOutput(SnapshotSink* sink)
      : sink_(sink), buffer_(new char[kBufferBytes]) {}

  void Raw(absl::string_view text);
  void Char(char c) {
    if (used_ == kBufferBytes) Flush();
    buffer_[used_++] = c;
  }
  void Number(uint64_t number) {
    if (kBufferBytes - used_ < kMaxDigits) Flush();
    used_ = std::to_chars(&buffer_[used_], &buffer_[kBufferBytes], number).ptr -
            buffer_.get();
  }
  // A JSON string in pure ASCII: everything above it is escaped as UTF-16,
  // bytes that are no UTF-8 become U+FFFD. At most `max_code_points` of it.
  void String(absl::string_view text, size_t max_code_points);

  // Writes what is left.
  absl::Status Finish();
  // The sink's first error.
  const absl::Status& status() const { return status_; }

 private:
  static constexpr size_t kMaxDigits = 20;

  void Flush();
  void EscapedUnit(uint32_t unit);

  SnapshotSink* const sink_;
  std::unique_ptr<char[]> buffer_;
  size_t used_ = 0;
  absl::Status status_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_JSON_OUTPUT_H_
