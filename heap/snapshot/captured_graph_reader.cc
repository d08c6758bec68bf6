#include "heap/snapshot/captured_graph_reader.h"

#include "heap/snapshot/snapshot_texts.h"

namespace heapd {

CapturedGraphReader::Object CapturedGraphReader::Next(Index index) {
  Object object;
  // 0 after an error.
  const auto type = static_cast<TypeId>(records_.Number());
  object.type = &capture_->types().Find(type != 0 ? type : kInternedStringType);
  object.ref = Ref(index, static_cast<uint32_t>(records_.Number()));
  object.self_size = records_.Number();
  object.id = static_cast<uint32_t>(next_id_ + records_.Difference());
  next_id_ = int64_t{object.id} + 2;
  if (object.type->kind == TypeKind::kString) {
    const uint64_t content_bytes = records_.Number();
    const uint64_t shown = records_.Number();
    object.text = shown > 0 ? records_.Bytes(shown - 1)
                            : SnapshotTexts::Redacted(content_bytes);
  }
  object.edge_count = records_.Number();
  next_slot_ = 0;
  near_ = index;
  return object;
}

CapturedGraphReader::Edge CapturedGraphReader::NextEdge() {
  const uint64_t slot_and_weak = records_.Number();
  Edge edge;
  edge.slot = next_slot_ + static_cast<uint32_t>(slot_and_weak >> 1);
  edge.is_weak = (slot_and_weak & 1) != 0;
  near_ += records_.Difference();
  edge.target = static_cast<Index>(near_);
  next_slot_ = edge.slot + 1;
  return edge;
}

}  // namespace heapd
