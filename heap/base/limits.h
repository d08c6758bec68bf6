#ifndef HEAPD_HEAP_BASE_LIMITS_H_
#define HEAPD_HEAP_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace heapd {

// Documented limits of one heap (proto/heapd/v1 names the same figures).
inline constexpr uint64_t kMinHeapLimitBytes = uint64_t{4} << 20;
inline constexpr uint64_t kMaxHeapLimitBytes = uint64_t{1} << 40;
// Of one semi-space.
inline constexpr uint64_t kMinNewSpaceBytes = uint64_t{64} << 10;
inline constexpr uint64_t kMaxNewSpaceBytes = uint64_t{64} << 20;
inline constexpr uint32_t kMaxPayloadBytes = uint32_t{64} << 20;
inline constexpr uint32_t kMaxSlots = uint32_t{1} << 20;
// Slots hold 30-bit indices; index 0 is null.
inline constexpr uint32_t kMaxObjects = (uint32_t{1} << 30) - 1;
// Block headers hold 18-bit type ids; id 0 is none.
inline constexpr uint32_t kMaxTypes = (uint32_t{1} << 18) - 1;
inline constexpr uint32_t kMaxSlotNames = 65536;
inline constexpr size_t kMaxNameBytes = 1024;
inline constexpr size_t kMaxTagBytes = 256;
// Tags of a heap that are told apart.
inline constexpr uint32_t kMaxTags = 4096;
inline constexpr size_t kMaxRoots = size_t{1} << 20;
inline constexpr size_t kMaxSessions = size_t{1} << 20;
inline constexpr size_t kMaxScopes = 65536;
inline constexpr size_t kMaxOperations = 65536;
inline constexpr uint32_t kMaxCopyObjects = 65536;
inline constexpr size_t kMaxTraverseStarts = 1024;
inline constexpr uint32_t kMaxTraverseObjects = 100000;

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_LIMITS_H_
