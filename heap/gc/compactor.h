#ifndef HEAPD_HEAP_GC_COMPACTOR_H_
#define HEAPD_HEAP_GC_COMPACTOR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heap/gc/compaction.h"
#include "heap/gc/heap_parts.h"

namespace heapd {

// Moves what lives on sparsely filled pages to the free runs of others, so that
// the pages become free for blocks of any size. Since refs are indices, a move
// changes one table entry.
//
// A page is a candidate by what of it is live. When all pages are swept, the
// emptiest candidates are evacuated, as many as have room in the free runs of
// the pages that stay; so a heap whose pages are full, or that has only one,
// moves nothing, and compaction takes hardly any memory before it gives some
// back. What of it has to be allocated is charged like everything else, and
// without memory the rest of the candidates stay as they are.
//
// One instance serves one collection, and one thread: the mutators'.
class Compactor {
 public:
  // REQUIRES: `parts` outlives the compactor.
  Compactor(HeapParts* parts, Compaction compaction);
  Compactor(const Compactor&) = delete;
  Compactor& operator=(const Compactor&) = delete;

  bool IsCandidate(const SweptPage& swept) const {
    return swept.live_bytes <= max_live_bytes_;
  }
  void AddCandidate(PagedSpace* space, const SweptPage& swept);

  // Chooses among the candidates. Once. REQUIRES: all pages are swept, and no
  // marker runs.
  void Choose();
  // Evacuates or reopens a page; false when none is left. REQUIRES: Choose().
  bool Step();

  struct Counts {
    uint64_t moved_objects = 0;  // payloads
    uint64_t moved_bytes = 0;    // payloads and slots
    uint64_t evacuated_pages = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Candidate {
    PagedSpace* space;
    Page* page;
    uint64_t live_bytes;
  };

  // Appends to work_.
  void ChooseIn(PagedSpace* space);
  bool Evacuate(const Candidate& candidate);
  void Move(Block* from, Block* to);

  HeapParts* const parts_;
  const uint64_t max_live_bytes_;
  std::vector<Candidate> candidates_;
  struct Work {
    Candidate candidate;
    bool evacuate;
  };
  std::vector<Work> work_;
  size_t next_ = 0;
  bool no_memory_ = false;
  Counts counts_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_COMPACTOR_H_
