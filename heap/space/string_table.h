#ifndef HEAPD_HEAP_SPACE_STRING_TABLE_H_
#define HEAPD_HEAP_SPACE_STRING_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

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
  // The table is in parts by hash, so that it can be purged a part at a time.
  static constexpr size_t kParts = 128;

  // REQUIRES: `table` outlives this.
  explicit StringTable(const ObjectTable* table)
      : hasher_{table, RandomSeed()} {
    parts_.reserve(kParts);
    for (size_t i = 0; i < kParts; ++i) {
      parts_.emplace_back(0, hasher_, Equal{table});
    }
  }

  // The string's index, 0 when it is not there.
  Index Find(absl::string_view content) const {
    const size_t hash = hasher_(content);
    const Part& part = parts_[PartOf(hash)];
    const auto found = part.find(content, hash);
    return found == part.end() ? 0 : found->index;
  }
  // REQUIRES: not there yet; the object has its payload.
  void Insert(Index string) {
    PartWith(string).insert(Entry{string});
    ++size_;
  }
  // REQUIRES: there, and its object still has its payload.
  void Erase(Index string) { size_ -= PartWith(string).erase(Entry{string}); }

  // Removes the strings that are not live from a part. How many.
  template <typename IsLive>
  uint64_t PurgePart(size_t number, IsLive is_live) {
    Part& part = parts_[number];
    const size_t before = part.size();
    absl::erase_if(
        part, [&is_live](const Entry& entry) { return !is_live(entry.index); });
    size_ -= before - part.size();
    return before - part.size();
  }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Part& part : parts_) {
      for (const Entry& entry : part) visit(entry.index);
    }
  }
  size_t size() const { return size_; }
  // What the table's own memory comes to, in bytes.
  size_t memory_bytes() const {
    size_t bytes = 0;
    for (const Part& part : parts_) {
      bytes += sizeof(part) + part.capacity() * (sizeof(Entry) + 1);
    }
    return bytes;
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

  using Part = absl::flat_hash_set<Entry, Hasher, Equal>;

  // By upper bits, which a part's own table uses least.
  static size_t PartOf(size_t hash) { return hash >> 57; }
  static_assert(kParts == size_t{1} << (64 - 57));
  Part& PartWith(Index string) {
    return parts_[PartOf(hasher_(Entry{string}))];
  }

  const Hasher hasher_;
  std::vector<Part> parts_;
  size_t size_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_STRING_TABLE_H_
