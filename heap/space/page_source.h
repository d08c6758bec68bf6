#ifndef HEAPD_HEAP_SPACE_PAGE_SOURCE_H_
#define HEAPD_HEAP_SPACE_PAGE_SOURCE_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "heap/base/memory_budget.h"
#include "heap/space/page.h"

namespace heapd {

// Where the pages of one heap come from: address space in arenas of 2 MiB, so
// that huge pages can back it, handed out in pages of 256 KiB, lowest address
// first. A page is charged to the account while it is out and its memory goes
// back to the system when it comes back. Thread-compatible.
class PageSource {
 public:
  // REQUIRES: `account` outlives the source.
  explicit PageSource(MemoryAccount* account) : account_(account) {}
  ~PageSource();
  PageSource(const PageSource&) = delete;
  PageSource& operator=(const PageSource&) = delete;

  // Null when the account or the system refuses.
  Page* Allocate();
  void Free(Page* page);

  // Whether the address is in a page that is out.
  bool Contains(const void* address) const;

 private:
  static constexpr size_t kArenaBytes = size_t{2} << 20;
  static constexpr uint32_t kPagesPerArena = kArenaBytes / kPageBytes;
  static constexpr uint32_t kAllFree = (1u << kPagesPerArena) - 1;

  // The arena gets huge pages once the heap is larger than one: a small heap
  // would pay 2 MiB for its first page.
  static constexpr size_t kArenasWithoutHugePages = 1;

  MemoryAccount* const account_;
  // From the arena's address to its free pages, one bit each.
  absl::btree_map<char*, uint32_t> arenas_;
  // Those with a free page.
  absl::btree_set<char*> partly_free_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_PAGE_SOURCE_H_
