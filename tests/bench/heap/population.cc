#include "tests/bench/heap/population.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace heapd::heap_bench {
namespace {

constexpr size_t kBatch = 1024;

}  // namespace

Population::Population(uint32_t places, const StressOptions& stress)
    : places_(places), heap_(stress) {
  ValueOf(heap_->PushScope(BenchHeap::kSession));
  for (uint32_t first = 0; first < places; first += kMaxSlots) {
    const uint32_t slots = std::min(kMaxSlots, places - first);
    arrays_.push_back(ValueOf(
        heap_->Allocate(BenchHeap::kSession, heap_.type(), "", slots, {})));
    ValueOf(heap_->Root("array " + std::to_string(first), arrays_.back()));
  }
  ValueOf(heap_->PopScope(BenchHeap::kSession));
}

void Population::Fill(const std::vector<uint32_t>& chosen) {
  Columns columns;
  for (size_t first = 0; first < chosen.size(); first += kBatch) {
    columns.Clear();
    const size_t end = std::min(first + kBatch, chosen.size());
    for (size_t i = first; i < end; ++i) {
      columns.Allocate(OperationKind::kAllocateUnheld, heap_.type(), 2, {},
                       heap_.payload());
      columns.Link(ArrayOf(chosen[i]), SlotOf(chosen[i]),
                   Value::LocalStrong(columns.last()));
    }
    heap_.Apply(columns);
  }
}

void Population::FillAll() { Fill(AllPlaces()); }

void Population::Empty(const std::vector<uint32_t>& chosen) {
  Columns columns;
  for (size_t first = 0; first < chosen.size(); first += kBatch) {
    columns.Clear();
    const size_t end = std::min(first + kBatch, chosen.size());
    for (size_t i = first; i < end; ++i) {
      columns.Unlink(ArrayOf(chosen[i]), SlotOf(chosen[i]));
    }
    heap_.Apply(columns);
  }
}

void Population::EmptyAll() { Empty(AllPlaces()); }

std::vector<Ref> Population::Refs() {
  std::vector<Value> values;
  for (const Ref array : arrays_) {
    CheckOk(heap_->ReadSlots(array, 0, kMaxSlots, &values));
  }
  std::vector<Ref> refs;
  refs.reserve(values.size());
  for (const Value value : values) refs.push_back(value.ref());
  return refs;
}

std::vector<uint32_t> Population::AllPlaces() const {
  std::vector<uint32_t> all(places_);
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

}  // namespace heapd::heap_bench
