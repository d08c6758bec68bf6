#ifndef HEAPD_HEAP_OBJECT_OBJECT_TABLE_H_
#define HEAPD_HEAP_OBJECT_OBJECT_TABLE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "heap/base/check.h"
#include "heap/base/memory_budget.h"
#include "heap/base/page_populator.h"
#include "heap/base/prefetch.h"
#include "heap/base/reservation.h"
#include "heap/base/task_runner.h"
#include "heap/object/ref.h"
#include "heap/object/table_entry.h"

namespace heapd {

// All objects of a heap by index. In-heap references are indices, so moving an
// object changes its entry and nothing else.
//
// The table is one range of address space, taken from the system in chunks of
// 4,096 entries. Each chunk has its own list of free entries, in ascending
// order, and allocation stays in one chunk while it lasts, so objects that are
// made together stand together. A chunk that becomes wholly free is given back;
// what must survive of it, that no incarnation comes twice, is its `floor`: a
// number that no entry's incarnation in the chunk has reached.
//
// An index whose incarnations are used up is retired: never given out again.
//
// While a major collection runs, the chunks that had objects when it began are
// closed: no index of them is given out or comes back before the collection
// sweeps them. So whether an object was born since is a question to its chunk,
// and one that markers, which leave such objects alone, can ask beside the
// mutator: the answer does not change while they run.
//
// Thread-compatible; what markers may call beside the mutator says so.
class ObjectTable {
 public:
  static constexpr uint32_t kChunkEntries = 4096;
  static constexpr size_t kChunkBytes = kChunkEntries * sizeof(TableEntry);
  // What a chunk costs beside its entries: mark bits.
  static constexpr size_t kChunkSideBytes = kChunkEntries / 8;

  // With a runner, what of the table will be needed next is made resident
  // ahead: 2 MiB that are not charged. REQUIRES: `account` outlives the table.
  explicit ObjectTable(MemoryAccount* account, TaskRunner runner = nullptr);
  ~ObjectTable();
  ObjectTable(const ObjectTable&) = delete;
  ObjectTable& operator=(const ObjectTable&) = delete;

  // A live entry for `payload`, with so many inline slots; 0 when the account
  // or kMaxObjects is used up.
  Index Allocate(Block* payload, uint32_t inline_slots, Age age) {
    if (current_chunk_ >= chunks_.size() ||
        chunks_[current_chunk_].free_count == 0) {
      if (!NextChunk()) return 0;
    }
    Chunk& chunk = chunks_[current_chunk_];
    const Index index = chunk.first_free;
    TableEntry& e = entries_[index];
    chunk.first_free = e.next_free();
    // Of a chunk that a sweep left few entries in, each is in another line.
    __builtin_prefetch(&entries_[chunk.first_free], /*rw=*/1);
    --chunk.free_count;
    ++chunk.live_count;
    ++live_count_;
    e.MakeLive(e.incarnation(), payload, inline_slots, age);
    return index;
  }
  // Makes many live entries in a row, with what that takes at hand, for as long
  // as the chunk lasts that allocation stays in. While one lives, nothing else
  // happens to the table.
  class Row {
   public:
    explicit Row(ObjectTable* table)
        : table_(*table), entries_(table->entries_) {
      if (table->current_chunk_ >= table->chunks_.size()) return;
      const Chunk& chunk = table->chunks_[table->current_chunk_];
      first_free_ = chunk.first_free;
      free_count_ = chunk.free_count;
      free_count_before_ = chunk.free_count;
    }
    ~Row() {
      const uint32_t taken = free_count_before_ - free_count_;
      if (taken == 0) return;
      Chunk& chunk = table_.chunks_[table_.current_chunk_];
      chunk.first_free = first_free_;
      chunk.free_count = free_count_;
      chunk.live_count += taken;
      table_.live_count_ += taken;
    }
    Row(const Row&) = delete;
    Row& operator=(const Row&) = delete;

    // What the next objects will be called, `count` at most: as many as there
    // is room for, whose number is returned. Nothing is taken.
    size_t Peek(size_t count, Index* indices, uint64_t* refs) const {
      count = std::min<size_t>(count, free_count_);
      Index index = first_free_;
      for (size_t i = 0; i < count; ++i) {
        const TableEntry& e = entries_[index];
        indices[i] = index;
        refs[i] = Ref(index, e.incarnation()).bits();
        index = e.next_free();
      }
      return count;
    }
    // Makes the first `count` of them young objects, each with its payload, its
    // slots as TableEntry::PackSlots() gives them, and two numbers, of which
    // the first says how many slots those are.
    // REQUIRES: Peek() was called last and gave so many.
    void Take(size_t count, const uint64_t* refs, Block* const* payloads,
              const uint64_t* slots, const uint32_t* numbers) {
      if (count == 0) return;
      first_free_ = entries_[Ref(refs[count - 1]).index()].next_free();
      free_count_ -= static_cast<uint32_t>(count);
      for (size_t i = 0; i < count; ++i) {
        const Ref ref(refs[i]);
        entries_[ref.index()].MakeLive(ref.incarnation(), payloads[i],
                                       numbers[2 * i], Age::kYoung, slots[i]);
      }
    }

   private:
    ObjectTable& table_;
    TableEntry* const entries_;
    Index first_free_ = 0;
    uint32_t free_count_ = 0;
    uint32_t free_count_before_ = 0;
  };

  // The index can be given out again, with the next incarnation.
  // REQUIRES: live, and nothing refers to it any more.
  void Free(Index index) { FreeRow(this).Free(index); }
  // The same for many in a row that mostly are of one chunk, with what that
  // takes at hand. While one lives, nothing else allocates or frees.
  class FreeRow {
   public:
    explicit FreeRow(ObjectTable* table)
        : table_(*table), entries_(table->entries_) {}
    ~FreeRow() { LeaveChunk(); }
    FreeRow(const FreeRow&) = delete;
    FreeRow& operator=(const FreeRow&) = delete;

    // As ObjectTable::Free().
    void Free(Index index) {
      const uint32_t number = index / kChunkEntries;
      if (number != number_) EnterChunk(number);
      TableEntry& e = entries_[index];
      HEAPD_DCHECK(!e.is_free());
      const uint32_t next = NextIncarnation(e.incarnation());
      ++freed_count_;
      if (next == 0) {
        ++retired_count_;
        e.MakeFree(0, 0);
        return;
      }
      e.MakeFree(next, first_free_);
      first_free_ = index;
    }

   private:
    void EnterChunk(uint32_t number);
    void LeaveChunk();

    ObjectTable& table_;
    TableEntry* const entries_;
    uint32_t number_ = ~uint32_t{0};
    Index first_free_ = 0;
    uint32_t freed_count_ = 0;
    uint32_t retired_count_ = 0;  // of those freed
  };

  TableEntry& entry(Index index) { return entries_[index]; }
  const TableEntry& entry(Index index) const { return entries_[index]; }
  TableEntry* entries() { return entries_; }
  const TableEntry* entries() const { return entries_; }

  // The index that a ref names; 0 when its object is gone or never was.
  Index Resolve(Ref ref) const {
    const Index index = ref.index();
    if (index == 0 || index >= end_) return 0;
    return entries_[index].Matches(ref) ? index : 0;
  }
  // Brings the entry near, if there is one.
  HEAPD_PREFETCHES void Prefetch(Index index) const {
    if (index < end_) __builtin_prefetch(&entries_[index]);
  }
  Ref RefOf(Index index) const {
    return Ref(index, entries_[index].incarnation());
  }

  // All indices ever given out are below. Chunks that were given back read as
  // free entries.
  Index end() const { return end_; }
  uint64_t live_count() const { return live_count_; }
  uint64_t retired_count() const { return retired_count_; }
  uint64_t used_bytes() const { return live_count_ * sizeof(TableEntry); }
  uint64_t committed_bytes() const;
  // Entries in chunks that are committed and can be given out.
  uint64_t free_entry_count() const;
  uint32_t chunk_count() const { return static_cast<uint32_t>(chunks_.size()); }
  uint32_t chunk_live_count(uint32_t chunk) const {
    return chunks_[chunk].live_count;
  }

  // ---- While a major collection runs ----
  // Closes every chunk that has objects.
  void CloseChunks();
  bool IsChunkClosed(uint32_t chunk) const { return closed_[chunk] != 0; }
  // Whether the object was there when the collection began. By markers too.
  bool IsClosed(Index index) const {
    return closed_[index / kChunkEntries] != 0;
  }
  // One byte for each chunk that can ever be, 1 if closed. By markers too.
  const uint8_t* closed() const { return closed_; }

  // The entry as markers read it beside the mutator: both words of one form.
  // REQUIRES: closed.
  TableEntry::Words Load(Index index) const {
    for (;;) {
      // Acquire, as the loads of the words are: what is read last is read last.
      const uint32_t before = form_changes_.load(std::memory_order_acquire);
      const TableEntry::Words words = entries_[index].Load();
      if ((before & 1) == 0 &&
          form_changes_.load(std::memory_order_relaxed) == before) {
        return words;
      }
    }
  }
  // While one lives, the two words of an entry may not belong together: the
  // writer's side of a sequence lock. Short, and not nested.
  class FormChange {
   public:
    explicit FormChange(ObjectTable* table) : changes_(table->form_changes_) {
      changes_.fetch_add(1, std::memory_order_acq_rel);
    }
    ~FormChange() { changes_.fetch_add(1, std::memory_order_release); }
    FormChange(const FormChange&) = delete;
    FormChange& operator=(const FormChange&) = delete;

   private:
    std::atomic<uint32_t>& changes_;
  };

  // What a sweep made of a chunk.
  struct SweptChunk {
    uint32_t number = 0;
    bool changed = false;  // else nothing below says anything
    Index first_free = 0;
    uint32_t free_count = 0;
    uint32_t freed_count = 0;
    uint32_t retired_count = 0;
  };
  // Frees every live entry of a chunk for which `is_dead(index)` holds and
  // makes its free list. Beside the mutator too: it touches no entry of what
  // lives. REQUIRES: closed.
  template <typename IsDead>
  SweptChunk SweepChunk(uint32_t chunk, IsDead is_dead);
  // Puts what a sweep made into effect, gives the chunk back if it is wholly
  // free, and opens it.
  void OpenChunk(const SweptChunk& swept);
  // Gives wholly free chunks back and makes the others available.
  void ReleaseFreeChunks();

  // Checks free lists and counts. Empty when all is well, else what is wrong.
  const char* CheckFreeLists() const;

 private:
  struct Chunk {
    Index first_free = 0;
    uint32_t free_count = 0;
    uint32_t live_count = 0;
    uint32_t floor = 1;  // the first incarnation of a fresh chunk
    bool committed = false;
  };

  // Makes a chunk usable, all its entries free.
  bool CommitChunk(uint32_t chunk);
  // Makes the huge page after that of a new chunk resident.
  void PopulateAfter(uint32_t chunk);
  void ReleaseChunk(uint32_t chunk);
  void ReleaseIfFree(uint32_t chunk);
  // Whether the chunk has a free entry or, given back before, gets some.
  bool HasFreeEntry(uint32_t chunk);
  // Finds or makes a chunk with a free entry.
  bool NextChunk();
  // Next incarnation after this one, or 0 when they are used up.
  static uint32_t NextIncarnation(uint32_t incarnation) {
    return incarnation < TableEntry::kMaxIncarnation ? incarnation + 1 : 0;
  }

  MemoryAccount* const account_;
  Reservation reservation_;
  TableEntry* entries_;
  Reservation closed_reservation_;
  uint8_t* closed_;
  std::atomic<uint32_t> form_changes_{0};  // odd while one is made
  std::vector<Chunk> chunks_;
  uint32_t current_chunk_ = 0;
  // Chunks below are full or closed, unless ReleaseFreeChunks() says otherwise.
  uint32_t search_from_ = 0;
  Index end_ = 1;  // index 0 is null
  uint64_t live_count_ = 0;
  uint64_t retired_count_ = 0;
  size_t populated_bytes_ = kHugePageBytes;
  PagePopulator populator_;
};

template <typename IsDead>
ObjectTable::SweptChunk ObjectTable::SweepChunk(uint32_t number,
                                                IsDead is_dead) {
  SweptChunk swept;
  swept.number = number;
  swept.changed = true;
  const Index first = number * kChunkEntries;
  // Backwards, so that the list ascends.
  for (Index i = first + kChunkEntries; i-- > first;) {
    if (i == 0) continue;
    TableEntry& e = entries_[i];
    uint32_t next = e.incarnation();
    if (!e.is_free()) {
      if (!is_dead(i)) continue;
      next = NextIncarnation(next);
      ++swept.freed_count;
      if (next == 0) ++swept.retired_count;
    }
    // A retired entry keeps incarnation 0, which no ref has.
    e.MakeFree(next, next == 0 ? 0 : swept.first_free);
    if (next == 0) continue;
    swept.first_free = i;
    ++swept.free_count;
  }
  return swept;
}

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_OBJECT_TABLE_H_
