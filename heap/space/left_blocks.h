#ifndef HEAPD_HEAP_SPACE_LEFT_BLOCKS_H_
#define HEAPD_HEAP_SPACE_LEFT_BLOCKS_H_

#include <vector>

#include "heap/object/block.h"
#include "heap/space/spaces.h"

namespace heapd {

// Slot blocks that their objects left for larger ones while a marker may still
// read them: they are freed when marking is over. Thread-compatible.
class LeftBlocks {
 public:
  void Add(Block* block) { blocks_.push_back(block); }
  void FreeAll(Spaces* spaces) {
    for (Block* const block : blocks_) spaces->FreeSlots(block);
    blocks_.clear();
  }
  const std::vector<Block*>& blocks() const { return blocks_; }

 private:
  std::vector<Block*> blocks_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_LEFT_BLOCKS_H_
