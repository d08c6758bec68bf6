#ifndef HEAPD_HEAP_GC_COMPACTION_H_
#define HEAPD_HEAP_GC_COMPACTION_H_

#include <cstdint>

namespace heapd {

// How eagerly a major collection moves objects together; see compactor.h.
enum class Compaction : uint8_t {
  kUsual,     // pages of which at most half is live
  kThorough,  // at most nine tenths: memory is short, or a caller asked for it
  kAlways,    // every page, for tests
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_COMPACTION_H_
