#ifndef HEAPD_SERVER_STORAGE_S3_MULTIPART_PLAN_H_
#define HEAPD_SERVER_STORAGE_S3_MULTIPART_PLAN_H_

#include <cstdint>

namespace heapd::server {

// S3 takes at most 10,000 parts of at least 5 MiB (the last may be smaller),
// and how long a snapshot gets is not known when it begins. So parts grow: with
// 8 MiB at first, 16 GiB are in parts of 8 MiB, 125 GiB more in parts of 32 MiB
// and 500 GiB more in parts of 128 MiB.
inline constexpr int kMaxParts = 10'000;

// The size of part `number` (from 1) when the first has `first_part_bytes`.
constexpr uint64_t PartBytes(int number, uint64_t first_part_bytes) {
  if (number <= 2'000) return first_part_bytes;
  return number <= 6'000 ? first_part_bytes * 4 : first_part_bytes * 16;
}

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_MULTIPART_PLAN_H_
