#ifndef HEAPD_HEAP_SNAPSHOT_GRAPH_RECORD_H_
#define HEAPD_HEAP_SNAPSHOT_GRAPH_RECORD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heap/object/ref.h"
#include "heap/object/slot.h"
#include "heap/object/type.h"
#include "heap/snapshot/snapshot_spill.h"

namespace heapd {

// The graph of a snapshot as it is spilled: one record for each object in the
// order of their indices, which are not written. Numbers are varints of seven
// bits a byte, low ones first, as in protocol buffers, and differences are
// zigzag:
//
//   type   incarnation   self size   snapshot id - (that of the record before +
//   2) [text: its size, and size + 1 and bytes of what is shown of it, or 0]
//   number of edges
//   for each edge:   (slot - (slot of the edge before + 1)) * 2 + weak
//                    target's index - that of the edge before (or its own)
//
// Neighbours refer to neighbours, so most numbers take one byte.
class GraphRecordWriter {
 public:
  // Appends to `*out`, which outlives the writer and is whole after Flush().
  explicit GraphRecordWriter(std::string* out)
      : out_(*out), used_(out->size()) {}
  ~GraphRecordWriter() { Flush(); }
  GraphRecordWriter(const GraphRecordWriter&) = delete;
  GraphRecordWriter& operator=(const GraphRecordWriter&) = delete;

  void Number(uint64_t number) {
    if (out_.size() - used_ < kMaxBytes) Grow(kMaxBytes);
    char* next = &out_[used_];
    while (number >= 0x80) {
      *next++ = static_cast<char>(number | 0x80);
      number >>= 7;
    }
    *next++ = static_cast<char>(number);
    used_ = next - out_.data();
  }
  void Difference(int64_t difference) {
    Number(static_cast<uint64_t>(difference) << 1 ^
           static_cast<uint64_t>(difference >> 63));
  }
  void Bytes(absl::string_view bytes) {
    if (out_.size() - used_ < bytes.size()) Grow(bytes.size());
    std::copy(bytes.begin(), bytes.end(), &out_[used_]);
    used_ += bytes.size();
  }
  void Flush() { out_.resize(used_); }
  // With what was there before.
  size_t size() const { return used_; }

 private:
  static constexpr size_t kMaxBytes = 10;  // of a number
  static constexpr size_t kMinGrowth = size_t{16} << 10;

  void Grow(size_t bytes) {
    out_.resize(used_ + std::max(bytes, std::max(used_, kMinGrowth)));
  }

  std::string& out_;  // longer than what is written
  size_t used_;
};

// Reads what a GraphRecordWriter wrote, from the beginning, through a buffer of
// 64 KiB. After the first error everything reads as 0. Single-threaded.
class GraphRecordReader {
 public:
  // REQUIRES: `spill` outlives the reader.
  explicit GraphRecordReader(SnapshotSpill* spill)
      : spill_(spill), buffer_(kBufferBytes) {}
  GraphRecordReader(GraphRecordReader&&) = default;
  GraphRecordReader& operator=(GraphRecordReader&&) = default;

  uint64_t Number() {
    uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint64_t byte = Byte();
      number |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return number;
  }
  int64_t Difference() {
    const uint64_t zigzag = Number();
    return static_cast<int64_t>(zigzag >> 1 ^ -(zigzag & 1));
  }
  std::string Bytes(size_t count) {
    std::string bytes;
    for (; count > 0 && status_.ok(); --count) {
      bytes.push_back(static_cast<char>(Byte()));
    }
    return bytes;
  }

  // That of the spill; DATA_LOSS when it ends too early.
  const absl::Status& status() const { return status_; }

 private:
  static constexpr size_t kBufferBytes = size_t{64} << 10;

  uint8_t Byte() {
    if (next_ == end_) Fill();
    return next_ == end_ ? 0 : static_cast<uint8_t>(buffer_[next_++]);
  }
  void Fill();

  SnapshotSpill* spill_;
  std::vector<char> buffer_;
  size_t next_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0;
  absl::Status status_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_GRAPH_RECORD_H_
