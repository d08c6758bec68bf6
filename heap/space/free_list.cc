#include "heap/space/free_list.h"

#include <algorithm>

#include "absl/numeric/bits.h"

namespace heapd {
namespace {

constexpr size_t kLastWordOfLine = 64 - kWordBytes;

}  // namespace

int FreeRunClass::Of(uint64_t units) {
  if (units < kExactUnits) return static_cast<int>(units);
  const int log = 63 - absl::countl_zero(units);  // >= 4
  const int quarter = static_cast<int>(units >> (log - 2)) & 3;
  const int size_class =
      static_cast<int>(kExactUnits) + (log - 4) * 4 + quarter;
  return std::min(size_class, kCount - 1);
}

void FreeList::Add(char* start, uint64_t units) {
  Block* const block = Block::At(start);
  block->set_header(Block::MakeFreeHeader(units));
  if (units < FreeRunClass::kMinUnits) return;
  FreeRun* const run = reinterpret_cast<FreeRun*>(block);
  Push(FreeRunClass::Of(units), 0, run, run);
  free_units_ += units;
}

void FreeList::TakeIn(const FreeRuns& runs) {
  const uint32_t stream = next_stream_++ % kStreams;
  for (uint64_t left = runs.nonempty_; left != 0; left &= left - 1) {
    const int size_class = absl::countr_zero(left);
    const FreeRuns::Chain& chain = runs.chains_[size_class];
    Push(size_class, stream, chain.first, chain.last);
  }
  free_units_ += runs.free_units_;
}

void FreeList::Push(int size_class, uint32_t stream, FreeRun* first,
                    FreeRun* last) {
  FreeRun*& head = classes_[size_class].streams[stream];
  last->next = head;
  head = first;
  nonempty_ |= uint64_t{1} << size_class;
}

bool FreeList::Class::empty() const {
  return std::all_of(streams.begin(), streams.end(),
                     [](const FreeRun* first) { return first == nullptr; });
}

FreeRun* FreeList::Unlink(int size_class, FreeRun** link) {
  FreeRun* const run = *link;
  *link = run->next;
  // It will be written to; a block of five words is in two lines every other
  // time.
  __builtin_prefetch(run->next, /*rw=*/1);
  __builtin_prefetch(reinterpret_cast<char*>(run->next) + kLastWordOfLine,
                     /*rw=*/1);
  if (run->next == nullptr && classes_[size_class].empty()) {
    nonempty_ &= ~(uint64_t{1} << size_class);
  }
  free_units_ -= run->block.free_units();
  return run;
}

FreeRun* FreeList::TakeFrom(int size_class, uint64_t units) {
  Class& list = classes_[size_class];
  int steps = 0;
  for (uint32_t i = 0; i < kStreams; ++i) {
    const uint32_t stream = (list.turn + i) % kStreams;
    FreeRun** link = &list.streams[stream];
    for (; *link != nullptr && steps < kMaxSteps; link = &(*link)->next) {
      ++steps;
      ++step_count_;
      if ((*link)->block.free_units() < units) continue;
      list.turn = stream + 1;
      return Unlink(size_class, link);
    }
  }
  return nullptr;
}

Block* FreeList::Take(uint64_t units) {
  const int own_class = FreeRunClass::Of(units);
  // In its own class a run can be smaller than asked for, unless the class has
  // one size only; in the classes above every run will do.
  FreeRun* run = nullptr;
  if ((nonempty_ >> own_class & 1) != 0) run = TakeFrom(own_class, units);
  if (run == nullptr && own_class + 1 < kClasses) {
    const uint64_t above = nonempty_ >> (own_class + 1) << (own_class + 1);
    if (above != 0) run = TakeFrom(absl::countr_zero(above), units);
  }
  return run == nullptr ? nullptr : &run->block;
}

uint64_t FreeList::TakeIfFirst(Block* block) {
  if (!block->is_free()) return 0;
  const uint64_t units = block->free_units();
  if (units < FreeRunClass::kMinUnits) return units;  // is in no list
  const int size_class = FreeRunClass::Of(units);
  for (FreeRun*& first : classes_[size_class].streams) {
    if (first != reinterpret_cast<FreeRun*>(block)) continue;
    Unlink(size_class, &first);
    return units;
  }
  return 0;
}

void FreeList::Clear() {
  classes_.fill({});
  nonempty_ = 0;
  free_units_ = 0;
}

uint64_t FreeList::LargestRunUnits() const {
  if (nonempty_ == 0) return 0;
  uint64_t largest = 0;
  const int top = 63 - absl::countl_zero(nonempty_);
  for (const FreeRun* run : classes_[top].streams) {
    for (; run != nullptr; run = run->next) {
      largest = std::max(largest, run->block.free_units());
    }
  }
  return largest;
}

}  // namespace heapd
