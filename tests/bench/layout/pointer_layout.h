#ifndef HEAPD_TESTS_BENCH_LAYOUT_POINTER_LAYOUT_H_
#define HEAPD_TESTS_BENCH_LAYOUT_POINTER_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/bench/layout/graph.h"
#include "tests/bench/layout/mapped_array.h"
#include "tests/bench/layout/mark_state.h"

namespace heapd::layout_bench {

// Candidate (c), the naive peer: no table; an object's slots are 64-bit
// pointers to other objects, and a ref is an address. It cannot move objects
// cheaply nor tell a stale ref; it is here for comparison.
//
// A position is an address as a number of 8-byte units from the arena's start.
//
// Thread-compatible.
class PointerLayout {
 public:
  static constexpr char kName[] = "pointer";
  static constexpr bool kHasTable = false;

  struct Object {
    uint32_t slot_count;
    uint32_t epoch;  // of the last marking that reached it through its header
    Object* slots[];
  };
  static_assert(sizeof(Object) == 8);

  explicit PointerLayout(const Graph& graph)
      : arena_(ArenaBytes(graph)), objects_(graph.object_count + 1) {
    Bump(0, 0);  // position 0, the null object
    for (const uint32_t object : graph.placement) {
      objects_[object] =
          Bump(graph.SlotCount(object), graph.PayloadBytes(object));
    }
    for (uint32_t i = 1; i <= graph.object_count; ++i) {
      Object* const object = objects_[i];
      for (uint32_t s = 0; s < object->slot_count; ++s) {
        object->slots[s] = objects_[graph.targets[graph.first_slot[i] + s]];
      }
      std::memset(object->slots + object->slot_count, 1, graph.PayloadBytes(i));
    }
  }

  uint32_t Root(uint32_t object) const { return PositionOf(objects_[object]); }
  size_t positions() const { return arena_.size() / 8; }
  size_t ResidentBytes() const { return arena_.ResidentBytes(); }

  // By the bitmap, or by the headers if the last run used them.
  uint64_t CountMarked(const MarkState& state) const {
    const uint64_t in_bitmap = state.CountMarked();
    if (in_bitmap > 0) return in_bitmap;
    uint64_t count = 0;
    for (size_t i = 1; i < objects_.size(); ++i) {
      count += objects_[i]->epoch == epoch_;
    }
    return count;
  }

  // Null pointers give position 0, whose object has no slots.
  uint32_t PositionOf(const Object* object) const {
    const size_t offset = reinterpret_cast<uintptr_t>(object) - arena_start_;
    return object == nullptr ? 0 : static_cast<uint32_t>(offset / 8);
  }
  Object* At(uint32_t position) const {
    return reinterpret_cast<Object*>(arena_start_ + size_t{position} * 8);
  }
  uint32_t BeginHeaderMarking() { return ++epoch_; }

  uint64_t RefOf(uint32_t index) const { return ToRef(objects_[index]); }
  uint64_t ReadSlot(uint64_t ref, uint32_t slot, uint64_t&) const {
    return ToRef(FromRef(ref)->slots[slot]);
  }
  void WriteSlot(uint64_t ref, uint32_t slot, uint64_t target, uint64_t&) {
    FromRef(ref)->slots[slot] = FromRef(target);
  }
  uint64_t Follow(uint64_t ref, uint32_t slot) const {
    return ToRef(FromRef(ref)->slots[slot]);
  }
  void Prefetch(uint64_t ref) const { __builtin_prefetch(FromRef(ref)); }

  void BeginAllocation() { bump_ = sizeof(Object); }
  uint64_t Allocate(uint32_t, const char* payload, uint64_t first,
                    uint64_t second) {
    Object* const object = Bump(2, kPayloadBytes);
    object->slots[0] = FromRef(first);
    object->slots[1] = FromRef(second);
    std::memcpy(object->slots + 2, payload, kPayloadBytes);
    return ToRef(object);
  }

 private:
  static uint64_t ToRef(const Object* object) {
    return reinterpret_cast<uint64_t>(object);
  }
  static Object* FromRef(uint64_t ref) {
    return reinterpret_cast<Object*>(ref);
  }
  static size_t ArenaBytes(const Graph& graph) {
    size_t bytes = sizeof(Object);
    for (uint32_t i = 1; i <= graph.object_count; ++i) {
      bytes += sizeof(Object) + graph.SlotCount(i) * sizeof(Object*) +
               graph.PayloadBytes(i);
    }
    return bytes;
  }

  Object* Bump(uint32_t slots, uint32_t payload_bytes) {
    Object* const object = reinterpret_cast<Object*>(arena_.data() + bump_);
    object->slot_count = slots;
    object->epoch = 0;
    bump_ += sizeof(Object) + slots * sizeof(Object*) + payload_bytes;
    return object;
  }

  MappedArray<char> arena_;
  uintptr_t arena_start_ = reinterpret_cast<uintptr_t>(arena_.data());
  // Only building, roots and RefOf() use it: no part of the layout's size.
  std::vector<Object*> objects_;
  size_t bump_ = 0;
  uint32_t epoch_ = 0;
};

// The textbook loop: the mark is in the object's header, looked at when a
// referent is found.
inline void MarkPointersNaively(PointerLayout& heap,
                                const std::vector<uint32_t>& roots,
                                MarkState& state) {
  MarkCursor<PushStyle::kBranching> cursor(state);
  const uint32_t epoch = heap.BeginHeaderMarking();
  for (const uint32_t root : roots) {
    heap.At(root)->epoch = epoch;
    cursor.Push(root);
  }
  while (cursor.length() > 0) {
    PointerLayout::Object* const object = heap.At(cursor.PopOrNull());
    for (uint32_t s = 0; s < object->slot_count; ++s) {
      PointerLayout::Object* const target = object->slots[s];
      if (target == nullptr || target->epoch == epoch) continue;
      target->epoch = epoch;
      cursor.Push(heap.PositionOf(target));
    }
  }
}

// Header marks with prefetch: a referent is pushed unseen and its mark looked
// at when its header has arrived, so the worklist holds edges, not objects.
template <size_t kDistance>
void MarkPointersByHeader(PointerLayout& heap,
                          const std::vector<uint32_t>& roots,
                          MarkState& state) {
  MarkCursor<PushStyle::kBranching> cursor(state);
  PrefetchRing<kDistance> ring;
  const uint32_t epoch = heap.BeginHeaderMarking();
  heap.At(0)->epoch = epoch;
  for (const uint32_t root : roots) cursor.Push(root);
  size_t nulls_in_row = 0;
  while (nulls_in_row <= kDistance) {
    const uint32_t next = cursor.PopOrNull();
    nulls_in_row = next == 0 ? nulls_in_row + 1 : 0;
    __builtin_prefetch(heap.At(next), 1);
    PointerLayout::Object* const object = heap.At(ring.Exchange(next));
    if (object->epoch == epoch) continue;
    object->epoch = epoch;
    for (uint32_t s = 0; s < object->slot_count; ++s) {
      if (object->slots[s] != nullptr) {
        cursor.Push(heap.PositionOf(object->slots[s]));
      }
    }
  }
}

// A bitmap beside the arena, one bit per 8 bytes, with prefetch.
template <size_t kDistance, size_t kBitDistance>
void MarkPointersByBitmap(PointerLayout& heap,
                          const std::vector<uint32_t>& roots,
                          MarkState& state) {
  MarkCursor<PushStyle::kBranchFree> cursor(state);
  PrefetchRing<kDistance> ring;
  PrefetchRing<kBitDistance> referents;
  for (const uint32_t root : roots) cursor.MarkAndPush(root);
  size_t nulls_in_row = 0;
  while (nulls_in_row <= kDistance + kBitDistance) {
    const uint32_t next = cursor.PopOrNull();
    nulls_in_row = next == 0 ? nulls_in_row + 1 : 0;
    __builtin_prefetch(heap.At(next));
    const PointerLayout::Object* const object = heap.At(ring.Exchange(next));
    const uint32_t count = object->slot_count;
    for (uint32_t s = 0; s < count; ++s) {
      const uint32_t position = heap.PositionOf(object->slots[s]);
      if constexpr (kBitDistance > 0) cursor.PrefetchBit(position);
      cursor.MarkAndPush(referents.Exchange(position));
    }
    if (count == 0) cursor.MarkAndPush(referents.Exchange(0));
  }
}

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_POINTER_LAYOUT_H_
