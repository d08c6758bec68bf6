#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_FORMAT_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace heapd::heapload {

// A recording is a file of
//
//   | "HEAPDREC" | version u32 | 0 u32 |           16 bytes, then blocks of
//   | packed size u32 | content size u32 |         8 bytes, and
//   | a Zstandard frame with content size and checksum |
//
// numbers little-endian. The frame holds entries (recording.proto), each after
// its length as a varint. A block is written whole, so what a crash leaves ends
// with a whole block or in the middle of the last one.

inline constexpr char kRecordingMagic[] = {'H', 'E', 'A', 'P',
                                           'D', 'R', 'E', 'C'};
inline constexpr uint32_t kRecordingVersion = 1;
inline constexpr size_t kFileHeaderBytes = 16;
inline constexpr size_t kBlockHeaderBytes = 8;
// Of the content of a block. The largest entry is a batch of 65,536 names of
// 1,024 bytes; what is larger is no block, and is not asked memory for.
inline constexpr uint32_t kMaxBlockBytes = uint32_t{128} << 20;

inline void StoreU32(uint32_t value, char* bytes) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
}

inline uint32_t LoadU32(const char* bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    value |= uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_FORMAT_H_
