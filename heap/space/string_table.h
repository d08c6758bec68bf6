#ifndef HEAPD_HEAP_SPACE_STRING_TABLE_H_
#define HEAPD_HEAP_SPACE_STRING_TABLE_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "heap/base/random_seed.h"
#include "heap/object/object_table.h"
#include "heap/space/spaces.h"

namespace heapd {

// The intern table: finds the object of type kInternedStringType that has a
// given content. It holds its strings weakly: the collector removes the ones
// that nothing reaches. Hashes are seeded, so that hostile contents cannot be
// made to collide. Thread-compatible.
class StringTable {
 public:
  // REQUIRES: `table` outlives this.
  explicit StringTable(const ObjectTable* table)
      : strings_(0, Hasher{table, RandomSeed()}, Equal{table}) {}

  // The string's index, 0 when it is not there.
  Index Find(absl::string_view content) const {
    const auto found = strings_.find(content);
    return found == strings_.end() ? 0 : found->index;
  }
  // REQUIRES: not there yet; the object has its payload.
  void Insert(Index string) { strings_.insert(Entry{string}); }
  // REQUIRES: there, and its object still has its payload.
  void Erase(Index string) { strings_.erase(Entry{string}); }

  // Removes the strings that are not live. How many.
  template <typename IsLive>
  uint64_t Purge(IsLive is_live) {
    const size_t before = strings_.size();
    absl::erase_if(strings_, [&is_live](const Entry& entry) {
      return !is_live(entry.index);
    });
    return before - strings_.size();
  }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Entry& entry : strings_) visit(entry.index);
  }
  size_t size() const { return strings_.size(); }
  // What the table's own memory comes to, in bytes.
  size_t memory_bytes() const {
    return strings_.capacity() * (sizeof(Entry) + 1);
  }

 private:
  struct Entry {
    Index index;
  };
  static absl::string_view Content(const ObjectTable& table, Index index) {
    const Block* const block = table.entry(index).payload();
    return {block->body(), Spaces::PayloadBytes(block)};
  }
  struct Hasher {
    using is_transparent = void;
    const ObjectTable* table;
    uint64_t seed;
    size_t operator()(absl::string_view content) const {
      return absl::HashOf(seed, content);
    }
    size_t operator()(Entry entry) const {
      return (*this)(Content(*table, entry.index));
    }
  };
  struct Equal {
    using is_transparent = void;
    const ObjectTable* table;
    bool operator()(Entry a, Entry b) const { return a.index == b.index; }
    bool operator()(Entry a, absl::string_view b) const {
      return Content(*table, a.index) == b;
    }
    bool operator()(absl::string_view a, Entry b) const {
      return (*this)(b, a);
    }
  };

  absl::flat_hash_set<Entry, Hasher, Equal> strings_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_STRING_TABLE_H_
