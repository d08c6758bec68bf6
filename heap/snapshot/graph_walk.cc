#include "heap/snapshot/graph_walk.h"

#include <algorithm>

#include "absl/strings/string_view.h"

namespace heapd {

void GraphWalk::BeginChunk() {
  const Index first = next_chunk_ * kChunk;
  saved_.Pass(first);
  indices_.clear();
  next_ = 0;
  numbering_.ForEach(first, first + kChunk,
                     [this](Index index) { indices_.push_back(index); });
  saved_in_chunk_.emplace(&saved_, next_chunk_);
  ++next_chunk_;
}

void GraphWalk::ReadPiece(std::string* out) {
  if (next_ == indices_.size()) BeginChunk();
  const size_t end_bytes = out->size() + kPieceBytes;
  const size_t end = std::min(indices_.size(), next_ + piece_objects_);
  GraphRecordWriter writer(out);
  for (; next_ < end && writer.size() < end_bytes; ++next_) {
    if (next_ + kAhead < indices_.size()) Prefetch(indices_[next_ + kAhead]);
    ReadObject(indices_[next_], &writer);
  }
}

void GraphWalk::ReadObject(Index index, GraphRecordWriter* out) {
  const TableEntry::Words words = parts_.table.Load(index);
  const Block* const payload = parts_.table.entry(index).payload();
  uint64_t slot_block_bytes = 0;
  if (words.has_slot_block()) {
    slot_block_bytes = Spaces::BlockBytes(words.slot_block());
  }
  FindEdges(LoadSlots(words));
  // Not before: see SavedSlots.
  if (saved_.IsSaved(index)) {
    const SavedSlots::Saved former = saved_in_chunk_->Find(index);
    slot_block_bytes = former.slot_block_bytes;
    FindEdges(former.slots);
  }
  ++object_count_;
  out->Number(payload->type());
  out->Number(words.incarnation());
  out->Number(sizeof(TableEntry) + Spaces::BlockBytes(payload) +
              slot_block_bytes);
  const int64_t id = parts_.snapshot_ids.IdOf(index);
  out->Difference(id - next_id_);
  next_id_ = id + 2;
  if (types_.Find(payload->type()).kind == TypeKind::kString) {
    out->Number(Spaces::PayloadBytes(payload));
    const std::string text = texts_ != nullptr ? texts_->Text(index) : "";
    out->Number(texts_ != nullptr ? text.size() + 1 : 0);
    out->Bytes(text);
  }
  WriteEdges(index, out);
}

absl::Span<const Slot> GraphWalk::LoadSlots(const TableEntry::Words& words) {
  if (words.has_slot_block()) {
    const Block* const block = words.slot_block();
    return {block->slots(), block->slot_count()};
  }
  // Those that the object does not have are null.
  for (uint32_t i = 0; i < TableEntry::kInlineSlots; ++i) {
    inline_slots_[i] =
        Slot::FromWord(static_cast<uint32_t>(words.second >> (32 * i)));
  }
  return inline_slots_;
}

void GraphWalk::FindEdges(absl::Span<const Slot> slots) {
  edges_.clear();
  for (uint32_t i = 0; i < slots.size(); ++i) {
    const Slot value = Slot::Load(&slots[i]);
    // A weak slot can name what died, and what was stored since what was born.
    if (value.is_ref() && numbering_.IsNumbered(value.index())) {
      edges_.push_back({i, value});
    }
  }
}

void GraphWalk::WriteEdges(Index index, GraphRecordWriter* out) {
  out->Number(edges_.size());
  uint32_t next_slot = 0;
  int64_t near = index;
  for (const Edge& edge : edges_) {
    out->Number(uint64_t{edge.slot - next_slot} << 1 |
                (edge.value.is_weak() ? 1 : 0));
    out->Difference(int64_t{edge.value.index()} - near);
    next_slot = edge.slot + 1;
    near = edge.value.index();
  }
  edge_count_ += edges_.size();
}

}  // namespace heapd
