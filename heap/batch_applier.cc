#include "heap/batch_applier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "heap/base/utf8.h"

namespace heapd {

// Before all that does not need them, so that they arrive meanwhile.
HEAPD_PREFETCHES inline void BatchApplier::PrefetchFirst() const {
  for (size_t ahead = 0; ahead < kLookAhead; ++ahead) {
    Prefetch(operands_.RefAhead(ahead));
    PrefetchValue(operands_.ValueAhead(ahead));
  }
}

absl::Status BatchApplier::Apply() {
  if (batch_.kinds.size() > kMaxOperations) {
    return InvalidField("batch.kinds", "at most 65,536 operations");
  }
  PrefetchFirst();
  HEAPD_RETURN_IF_ERROR(FindTag());
  if (!core_->stress.make_scratch_objects) scratch_.Find();
  made_.assign(batch_.kinds.size(), 0);
  made_refs_.reserve(batch_.kinds.size());
  undo_.Reserve(batch_.kinds.size());
  StartScout();
  absl::Status status = ApplyAll();
  if (!status.ok()) {
    undo_.RollBack();
    result_->Clear();
    return status;
  }
  undo_.Commit();
  core_->scratch_object_count += scratch_count_;
  if (session_ != nullptr) session_->Compact();
  result_->SetRefs(made_refs_);
  return absl::OkStatus();
}

absl::Status BatchApplier::FindTag() {
  if (!batch_.tag.empty()) {
    HEAPD_ASSIGN_OR_RETURN(tag_, core_->parts.types.DefineTag(batch_.tag));
  } else if (const Session* const session =
                 core_->parts.sessions.Find(session_id_);
             session != nullptr) {
    tag_ = session->tag();
  }
  return absl::OkStatus();
}

void BatchApplier::StartScout() {
  for (size_t ahead = 0; ahead < kScoutAhead; ++ahead) scout_.Advance();
}

absl::Status BatchApplier::ApplyAll() {
  // What few of the operations could need costs the others too much.
  const bool scout = batch_.refs.size() > batch_.kinds.size() / 16;
  for (; operation_ < batch_.kinds.size(); ++operation_) {
    if (scout) {
      scout_.Advance();
    } else if (IsRowDue()) {
      AllocateRow();
      if (operation_ == batch_.kinds.size()) break;
    }
    if (!ApplyOne(static_cast<OperationKind>(batch_.kinds[operation_]))) {
      return WithOperation(error_, operation_);
    }
  }
  return operands_.CheckUsedUp();
}

bool BatchApplier::ApplyOne(OperationKind kind) {
  switch (kind) {
    case OperationKind::kUnspecified:
      break;
    case OperationKind::kAllocate:
      return Allocate(/*held=*/true);
    case OperationKind::kAllocateUnheld:
      return Allocate(/*held=*/false);
    case OperationKind::kAllocateString:
      return AllocateString();
    case OperationKind::kCopy:
      return Copy();
    case OperationKind::kWrite:
      return Write();
    case OperationKind::kLink:
      return Link();
    case OperationKind::kUnlink:
      return Unlink();
    case OperationKind::kAddSlots:
      return AddSlots();
    case OperationKind::kHold:
      return Hold();
    case OperationKind::kRelease:
      return Release();
    case OperationKind::kRoot:
      return Root();
    case OperationKind::kUnroot:
      return Unroot();
    case OperationKind::kPushScope:
      return PushScope();
    case OperationKind::kPopScope:
      return PopScope();
    case OperationKind::kReadSlot:
      return ReadSlot();
    case OperationKind::kReadPayload:
      return ReadPayload();
  }
  return Fail(InvalidField("batch.kinds", "is no kind of operation"));
}

// ---- Operands that name objects ----

bool BatchApplier::FailLocal(uint64_t operation) {
  return Fail(InvalidField(
      "batch.refs", absl::StrCat("local ref ", operation,
                                 " names no earlier operation that makes an "
                                 "object")));
}

bool BatchApplier::NextObject(Index* index) {
  uint64_t bits = 0;
  if (!operands_.NextRef(&bits)) return FailOperand();
  Prefetch(operands_.RefAhead(kLookAhead));
  if ((bits & kLocalRefBit) != 0) return Local(bits & ~kLocalRefBit, index);
  *index = core_->NameObject(Ref(bits));
  return *index != 0 || Fail(HeapCore::NotThere(Ref(bits)));
}

// Most of what a batch does besides allocating.
[[gnu::always_inline]] inline bool BatchApplier::NextSlotValue(Slot* slot) {
  uint64_t bits = 0;
  if (!operands_.NextValue(&bits)) return FailOperand();
  PrefetchValue(operands_.ValueAhead(kLookAhead));
  const Value value(bits);
  const Value::Kind kind = value.kind();
  if (kind == Value::Kind::kLocalStrong || kind == Value::Kind::kLocalWeak) {
    Index index = 0;
    if (!Local(value.local_operation(), &index)) return false;
    *slot = kind == Value::Kind::kLocalStrong ? Slot::Strong(index)
                                              : Slot::Weak(index);
    return true;
  }
  // As ToSlot() would, without a status.
  if (kind == Value::Kind::kStrong) {
    const Index index = core_->NameObject(value.ref());
    *slot = Slot::Strong(index);
    return index != 0 || Fail(HeapCore::NotThere(value.ref()));
  }
  absl::Status status = core_->ToSlot(value, slot);
  return status.ok() || Fail(std::move(status));
}

bool BatchApplier::CheckSlot(Index index, uint32_t slot) {
  if (slot < core_->entry(index).slot_count()) return true;
  return Fail(core_->CheckSlot(index, slot));
}

// ---- Operations on objects ----

bool BatchApplier::Allocate(bool held) {
  if (held && !RequireSession()) return false;
  TypeId type = 0;
  uint32_t slot_count = 0;
  uint32_t value_count = 0;
  absl::string_view payload;
  if (!operands_.NextType(&type) || !operands_.NextNumber(&slot_count) ||
      !operands_.NextNumber(&value_count) || !operands_.NextPayload(&payload)) {
    return FailOperand();
  }
  if (!core_->IsShape(type, payload.size(), slot_count)) {
    return Fail(core_->CheckShape(type, payload.size(), slot_count));
  }
  if (value_count > slot_count) {
    return Fail(
        InvalidField("batch.numbers", "more initial values than slots"));
  }
  if (scratch_.IsScratch(operation_)) {
    return AllocateScratch(value_count);
  }
  if (held && !session_->Reserve()) return FailForMemory();
  type = core_->parts.types.WithTag(type, tag_);
  const Index index = core_->NewObject(type, payload, slot_count);
  if (index == 0) return FailForMemory();
  if (value_count > 0 && !SetSlots(index, value_count)) {
    core_->DiscardObject(index);
    return false;
  }
  if (held) {
    session_->HoldNew(index);
    undo_.AllocatedHeld(session_);
  } else {
    undo_.Allocated(index);
    core_->may_have_garbage = true;
  }
  Made(index);
  return true;
}

bool BatchApplier::AllocateScratch(uint32_t value_count) {
  for (uint32_t i = 0; i < value_count; ++i) {
    Slot ignored;
    if (!NextSlotValue(&ignored)) return false;
  }
  ++scratch_count_;
  made_[operation_] = kScratch;
  made_refs_.push_back(0);
  return true;
}

bool BatchApplier::SetSlots(Index index, uint32_t count) {
  TableEntry& entry = core_->entry(index);
  if (!entry.is_young()) {
    for (uint32_t i = 0; i < count; ++i) {
      Slot value;
      if (!NextSlotValue(&value)) return false;
      WriteSlot(&core_->parts, index, i, value);
    }
    return true;
  }
  // What the write barrier comes to for a young object.
  Slot* const slots = entry.slots();
  for (uint32_t i = 0; i < count; ++i) {
    Slot value;
    if (!NextSlotValue(&value)) return false;
    if (value.is_weak()) entry.set_may_have_weak_slots(true);
    slots[i] = value;
  }
  return true;
}

bool BatchApplier::AllocateString() {
  absl::string_view content;
  if (!RequireSession()) return false;
  if (!operands_.NextPayload(&content)) return FailOperand();
  Index index = core_->parts.FindString(content);
  core_->parts.barrier.Shade(index);
  if (index == 0) {
    if (!IsUtf8(content)) {
      return Fail(InvalidField("batch.payloads", "a string must be UTF-8"));
    }
    if (!core_->IsShape(kInternedStringType, content.size(), 0)) {
      return Fail(core_->CheckShape(kInternedStringType, content.size(), 0));
    }
    index = core_->NewObject(kInternedStringType, content, 0);
    if (index == 0) return FailForMemory();
    undo_.Allocated(index);
    core_->parts.strings.Insert(index);
    undo_.Interned(index);
  }
  if (!HoldIfNew(index)) return false;
  Made(index);
  return true;
}

bool BatchApplier::Copy() {
  Index from = 0;
  if (!RequireSession() || !NextObject(&from)) return false;
  // An interned string is its own copy: equal content is one object.
  if (core_->IsInternedString(from)) {
    if (!HoldIfNew(from)) return false;
    Made(from);
    return true;
  }
  const Index to = session_->Reserve() ? core_->CopyObject(from) : 0;
  if (to == 0) return FailForMemory();
  session_->HoldNew(to);
  undo_.AllocatedHeld(session_);
  Made(to);
  return true;
}

bool BatchApplier::Write() {
  Index index = 0;
  uint32_t offset = 0;
  absl::string_view bytes;
  if (!NextObject(&index)) return false;
  if (!operands_.NextNumber(&offset) || !operands_.NextPayload(&bytes)) {
    return FailOperand();
  }
  absl::Status status = core_->CheckWrite(index, offset, bytes.size());
  if (!status.ok()) return Fail(std::move(status));
  undo_.Wrote(index, offset,
              core_->Payload(index).substr(offset, bytes.size()));
  std::copy(bytes.begin(), bytes.end(), core_->MutablePayload(index) + offset);
  return true;
}

bool BatchApplier::Link() {
  Index index = 0;
  uint32_t slot = 0;
  Slot value;
  if (!NextObject(&index)) return false;
  if (!operands_.NextNumber(&slot)) return FailOperand();
  if (!NextSlotValue(&value) || !CheckSlot(index, slot)) return false;
  undo_.Stored(index, slot, core_->Store(index, slot, value));
  return true;
}

bool BatchApplier::Unlink() {
  Index index = 0;
  uint32_t slot = 0;
  if (!NextObject(&index)) return false;
  if (!operands_.NextNumber(&slot)) return FailOperand();
  if (!CheckSlot(index, slot)) return false;
  undo_.Stored(index, slot, core_->Store(index, slot, Slot()));
  return true;
}

bool BatchApplier::AddSlots() {
  Index index = 0;
  uint32_t count = 0;
  if (!NextObject(&index)) return false;
  if (!operands_.NextNumber(&count)) return FailOperand();
  const TableEntry before = core_->entry(index);
  const uint32_t old_count = before.slot_count();
  if (uint64_t{old_count} + count > kMaxSlots) {
    return Fail(InvalidField("batch.numbers", "at most 1,048,576 slots"));
  }
  Block* replaced = nullptr;
  if (!core_->GrowSlots(index, count, &replaced)) return FailForMemory();
  undo_.Grew(index, before, old_count, replaced);
  return true;
}

bool BatchApplier::ReadSlot() {
  Index index = 0;
  uint32_t slot = 0;
  if (!NextObject(&index)) return false;
  if (!operands_.NextNumber(&slot)) return FailOperand();
  if (!CheckSlot(index, slot)) return false;
  result_->AddValue(core_->ToValue(core_->entry(index).slots()[slot]).bits());
  return true;
}

bool BatchApplier::ReadPayload() {
  Index index = 0;
  if (!NextObject(&index)) return false;
  const absl::string_view payload = core_->Payload(index);
  result_payload_bytes_ += payload.size();
  if (result_payload_bytes_ > kMaxResultPayloadBytes) {
    return Fail(InvalidField("batch.kinds",
                             "the batch reads more than 64 MiB of payloads"));
  }
  absl::Status room = result_->Reserve(payload.size());
  if (!room.ok()) return Fail(std::move(room));
  result_->AddPayload(payload);
  return true;
}

}  // namespace heapd
