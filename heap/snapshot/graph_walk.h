#ifndef HEAPD_HEAP_SNAPSHOT_GRAPH_WALK_H_
#define HEAPD_HEAP_SNAPSHOT_GRAPH_WALK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "heap/base/prefetch.h"
#include "heap/gc/heap_parts.h"
#include "heap/gc/saved_slots.h"
#include "heap/object/ref.h"
#include "heap/object/type_table.h"
#include "heap/snapshot/graph_record.h"
#include "heap/snapshot/node_numbering.h"
#include "heap/snapshot/snapshot_texts.h"

namespace heapd {

// Walks the object table in the order of indices, beside mutators, and writes a
// record for each marked object with its slots as they were when marking began:
// from the table, or from where mutators saved them. Single-threaded.
class GraphWalk {
 public:
  // `texts` is null when only lengths of strings are to be shown.
  // REQUIRES: all outlive the walk; marking is complete, and nothing is moved
  // or freed of what is marked.
  GraphWalk(HeapParts* parts, const TypeTable::Copy* types, SavedSlots* saved,
            const NodeNumbering* numbering, SnapshotTexts* texts,
            uint32_t piece_objects)
      : parts_(*parts),
        types_(*types),
        saved_(*saved),
        numbering_(*numbering),
        texts_(texts),
        piece_objects_(piece_objects) {}

  bool IsDone() const {
    return next_ == indices_.size() && next_chunk_ * kChunk >= numbering_.end();
  }
  // Appends the records of at most `piece_objects` objects of one chunk of the
  // table, and of fewer when they are large.
  void ReadPiece(std::string* out);

  uint64_t edge_count() const { return edge_count_; }
  // Of objects that have been read.
  uint64_t object_count() const { return object_count_; }

 private:
  static constexpr Index kChunk = ObjectTable::kChunkEntries;
  static constexpr size_t kAhead = 16;
  static constexpr size_t kPieceBytes = size_t{256} << 10;

  void BeginChunk();
  // The header of the payload says the type and the size, and is anywhere, as
  // slot blocks are.
  HEAPD_PREFETCHES void Prefetch(Index index) const {
    __builtin_prefetch(parts_.table.entry(index).payload());
    const TableEntry::Words words = parts_.table.Load(index);
    if (words.has_slot_block()) __builtin_prefetch(words.slot_block());
  }
  void ReadObject(Index index, GraphRecordWriter* out);
  // The object's slots, of which those that are inline are copied.
  absl::Span<const Slot> LoadSlots(const TableEntry::Words& words);
  // What of them are edges.
  void FindEdges(absl::Span<const Slot> slots);
  void WriteEdges(Index index, GraphRecordWriter* out);

  struct Edge {
    uint32_t slot;
    Slot value;
  };

  HeapParts& parts_;
  const TypeTable::Copy& types_;
  SavedSlots& saved_;
  const NodeNumbering& numbering_;
  SnapshotTexts* const texts_;
  const uint32_t piece_objects_;
  uint32_t next_chunk_ = 0;
  std::vector<Index> indices_;  // of the chunk before
  size_t next_ = 0;             // of them
  std::optional<SavedSlots::ChunkReader> saved_in_chunk_;
  int64_t next_id_ = 0;
  uint64_t edge_count_ = 0;
  uint64_t object_count_ = 0;
  Slot inline_slots_[TableEntry::kInlineSlots];
  std::vector<Edge> edges_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_GRAPH_WALK_H_
