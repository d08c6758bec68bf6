#ifndef HEAPD_SERVER_STORAGE_NODE_INDEX_FORMAT_H_
#define HEAPD_SERVER_STORAGE_NODE_INDEX_FORMAT_H_

#include <bit>
#include <cstddef>
#include <cstdint>

// The bytes in front of an index file; see node_index.h. Only its writer and
// its reader include this.

namespace heapd::server {

static_assert(std::endian::native == std::endian::little,
              "indexes are written as they lie in memory");

inline constexpr char kNodeIndexMagic[] = "HEAPDNX2";
inline constexpr char kNodeIndexMagicWithoutTags[] = "HEAPDNX1";
inline constexpr size_t kMaxNodeIndexNameBytes = size_t{512} << 20;
inline constexpr size_t kNodeIndexSumBytes = 32;

struct NodeIndexHeader {
  char magic[8];
  uint32_t classes;
  uint32_t name_bytes;
  uint64_t rows;
};
static_assert(sizeof(NodeIndexHeader) == 24);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_NODE_INDEX_FORMAT_H_
