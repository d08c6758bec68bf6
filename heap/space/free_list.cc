#include "heap/space/free_list.h"

#include <algorithm>

#include "absl/numeric/bits.h"

namespace heapd {

int FreeList::ClassOf(uint64_t units) {
  if (units < kExactUnits) return static_cast<int>(units);
  const int log = 63 - absl::countl_zero(units);  // >= 4
  const int quarter = static_cast<int>(units >> (log - 2)) & 3;
  const int size_class =
      static_cast<int>(kExactUnits) + (log - 4) * 4 + quarter;
  return std::min(size_class, kClasses - 1);
}

void FreeList::Add(char* start, uint64_t units) {
  Block* const block = Block::At(start);
  block->set_header(Block::MakeFreeHeader(units));
  if (units < kMinUnits) return;
  const int size_class = ClassOf(units);
  Node* const node = reinterpret_cast<Node*>(block);
  node->next = heads_[size_class];
  heads_[size_class] = node;
  nonempty_ |= uint64_t{1} << size_class;
  free_units_ += units;
}

FreeList::Node* FreeList::Pop(int size_class) {
  Node* const node = heads_[size_class];
  heads_[size_class] = node->next;
  __builtin_prefetch(node->next);  // which will be asked for its own
  if (node->next == nullptr) nonempty_ &= ~(uint64_t{1} << size_class);
  free_units_ -= node->block.free_units();
  return node;
}

Block* FreeList::Take(uint64_t units) {
  const int own_class = ClassOf(units);
  // In its own class a run can be smaller than asked for, unless the class has
  // one size only; in the classes above every run will do.
  Node** link = &heads_[own_class];
  for (int step = 0; step < kMaxSteps && *link != nullptr; ++step) {
    ++step_count_;
    Node* const node = *link;
    if (node->block.free_units() >= units) {
      *link = node->next;
      __builtin_prefetch(node->next);
      if (heads_[own_class] == nullptr) {
        nonempty_ &= ~(uint64_t{1} << own_class);
      }
      free_units_ -= node->block.free_units();
      return &node->block;
    }
    link = &node->next;
  }
  if (own_class + 1 >= kClasses) return nullptr;
  const uint64_t above = nonempty_ >> (own_class + 1) << (own_class + 1);
  if (above == 0) return nullptr;
  ++step_count_;
  return &Pop(absl::countr_zero(above))->block;
}

uint64_t FreeList::TakeIfFirst(Block* block) {
  if (!block->is_free()) return 0;
  const uint64_t units = block->free_units();
  if (units < kMinUnits) return units;  // is in no list
  const int size_class = ClassOf(units);
  if (heads_[size_class] != reinterpret_cast<Node*>(block)) return 0;
  Pop(size_class);
  return units;
}

void FreeList::Clear() {
  heads_.fill(nullptr);
  nonempty_ = 0;
  free_units_ = 0;
}

uint64_t FreeList::LargestRunUnits() const {
  if (nonempty_ == 0) return 0;
  uint64_t largest = 0;
  const int top = 63 - absl::countl_zero(nonempty_);
  for (Node* node = heads_[top]; node != nullptr; node = node->next) {
    largest = std::max(largest, node->block.free_units());
  }
  return largest;
}

}  // namespace heapd
