#include "heap/batch_applier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "heap/base/utf8.h"

namespace heapd {

absl::Status BatchApplier::Apply() {
  if (batch_.kinds.size() > kMaxOperations) {
    return InvalidField("batch.kinds", "at most 65,536 operations");
  }
  made_.assign(batch_.kinds.size(), 0);
  absl::Status status = ApplyAll();
  if (!status.ok()) {
    undo_.RollBack();
    result_->Clear();
    return status;
  }
  undo_.Commit();
  if (session_ != nullptr) session_->Compact();
  result_->SetRefs(made_refs_);
  return absl::OkStatus();
}

absl::Status BatchApplier::ApplyAll() {
  for (; operation_ < batch_.kinds.size(); ++operation_) {
    absl::Status status =
        ApplyOne(static_cast<OperationKind>(batch_.kinds[operation_]));
    if (!status.ok()) return WithOperation(status, operation_);
  }
  return CheckUsedUp();
}

absl::Status BatchApplier::CheckUsedUp() const {
  const auto check = [](size_t used, size_t size,
                        absl::string_view name) -> absl::Status {
    if (used == size) return absl::OkStatus();
    return InvalidField(
        absl::StrCat("batch.", name),
        absl::StrCat("has ", size, " entries, the operations take ", used));
  };
  HEAPD_RETURN_IF_ERROR(check(ref_, batch_.refs.size(), "refs"));
  HEAPD_RETURN_IF_ERROR(check(type_, batch_.types.size(), "types"));
  HEAPD_RETURN_IF_ERROR(check(number_, batch_.numbers.size(), "numbers"));
  HEAPD_RETURN_IF_ERROR(check(value_, batch_.values.size(), "values"));
  HEAPD_RETURN_IF_ERROR(check(size_, batch_.sizes.size(), "sizes"));
  HEAPD_RETURN_IF_ERROR(check(payload_, batch_.payloads.size(), "payloads"));
  return check(name_, batch_.names.size(), "names");
}

absl::Status BatchApplier::ApplyOne(OperationKind kind) {
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
  return InvalidField("batch.kinds", "is no kind of operation");
}

// ---- Operands ----

template <typename T>
absl::Status BatchApplier::Next(absl::Span<const T> column, const char* name,
                                size_t* cursor, T* operand) {
  if (*cursor >= column.size()) {
    return InvalidField(absl::StrCat("batch.", name),
                        "has fewer entries than the operations take");
  }
  *operand = column[(*cursor)++];
  return absl::OkStatus();
}

absl::Status BatchApplier::Local(uint64_t operation, Index* index) const {
  *index = operation < operation_ ? made_[operation] : 0;
  if (*index != 0) return absl::OkStatus();
  return InvalidField("batch.refs",
                      absl::StrCat("local ref ", operation,
                                   " names no earlier operation that makes an "
                                   "object"));
}

absl::Status BatchApplier::NextRef(Index* index) {
  uint64_t bits = 0;
  HEAPD_RETURN_IF_ERROR(Next(batch_.refs, "refs", &ref_, &bits));
  if (ref_ + kLookAhead < batch_.refs.size()) {
    core_->parts.table.Prefetch(Ref(batch_.refs[ref_ + kLookAhead]).index());
  }
  if ((bits & kLocalRefBit) != 0) return Local(bits & ~kLocalRefBit, index);
  return core_->Resolve(Ref(bits), index);
}

absl::Status BatchApplier::NextNumber(uint32_t* number) {
  return Next(batch_.numbers, "numbers", &number_, number);
}

absl::Status BatchApplier::NextName(absl::string_view* name) {
  return Next(absl::MakeConstSpan(batch_.names), "names", &name_, name);
}

absl::Status BatchApplier::NextPayload(absl::string_view* payload) {
  uint32_t size = 0;
  HEAPD_RETURN_IF_ERROR(Next(batch_.sizes, "sizes", &size_, &size));
  if (size > batch_.payloads.size() - payload_) {
    return InvalidField("batch.payloads", "is shorter than the sum of sizes");
  }
  *payload = batch_.payloads.substr(payload_, size);
  payload_ += size;
  return absl::OkStatus();
}

absl::Status BatchApplier::NextSlotValue(Slot* slot) {
  uint64_t bits = 0;
  HEAPD_RETURN_IF_ERROR(Next(batch_.values, "values", &value_, &bits));
  if (value_ + kLookAhead < batch_.values.size()) {
    core_->parts.table.Prefetch(
        Value(batch_.values[value_ + kLookAhead]).ref().index());
  }
  const Value value(bits);
  const Value::Kind kind = value.kind();
  if (kind != Value::Kind::kLocalStrong && kind != Value::Kind::kLocalWeak) {
    return core_->ToSlot(value, slot);
  }
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(Local(value.local_operation(), &index));
  *slot = kind == Value::Kind::kLocalStrong ? Slot::Strong(index)
                                            : Slot::Weak(index);
  return absl::OkStatus();
}

absl::Status BatchApplier::RequireSession() {
  if (session_ != nullptr) return absl::OkStatus();
  return core_->FindSession(session_id_, &session_);
}

// ---- Operations ----

void BatchApplier::Made(Index index) {
  made_[operation_] = index;
  made_refs_.push_back(core_->parts.table.RefOf(index).bits());
}

absl::Status BatchApplier::HoldIfNew(Index index) {
  if (session_->Holds(index)) return absl::OkStatus();
  if (!HeapCore::ReserveHold(session_)) {
    return core_->account.Exhausted();
  }
  session_->HoldNew(index);
  undo_.HeldNew(session_);
  return absl::OkStatus();
}

absl::Status BatchApplier::Allocate(bool held) {
  if (held) HEAPD_RETURN_IF_ERROR(RequireSession());
  TypeId type = 0;
  uint32_t slot_count = 0;
  uint32_t value_count = 0;
  absl::string_view payload;
  HEAPD_RETURN_IF_ERROR(Next(batch_.types, "types", &type_, &type));
  HEAPD_RETURN_IF_ERROR(NextNumber(&slot_count));
  HEAPD_RETURN_IF_ERROR(NextNumber(&value_count));
  HEAPD_RETURN_IF_ERROR(NextPayload(&payload));
  HEAPD_RETURN_IF_ERROR(core_->CheckShape(type, payload.size(), slot_count));
  if (value_count > slot_count) {
    return InvalidField("batch.numbers", "more initial values than slots");
  }
  const uint32_t bytes = static_cast<uint32_t>(payload.size());
  const bool room = !held || HeapCore::ReserveHold(session_);
  const Index index = room ? core_->NewObject(type, bytes, slot_count) : 0;
  if (index == 0) {
    return core_->account.Exhausted();
  }
  undo_.Allocated(index);
  std::copy(payload.begin(), payload.end(), core_->MutablePayload(index));
  TableEntry& entry = core_->entry(index);
  Slot* const slots = entry.slots();
  for (uint32_t i = 0; i < value_count; ++i) {
    Slot value;
    HEAPD_RETURN_IF_ERROR(NextSlotValue(&value));
    WriteSlot(&entry, slots + i, value);
  }
  if (held) {
    session_->HoldNew(index);
    undo_.HeldNew(session_);
  } else {
    core_->may_have_garbage = true;
  }
  Made(index);
  return absl::OkStatus();
}

absl::Status BatchApplier::AllocateString() {
  HEAPD_RETURN_IF_ERROR(RequireSession());
  absl::string_view content;
  HEAPD_RETURN_IF_ERROR(NextPayload(&content));
  Index index = core_->parts.strings.Find(content);
  if (index == 0) {
    if (!IsUtf8(content)) {
      return InvalidField("batch.payloads", "a string must be UTF-8");
    }
    HEAPD_RETURN_IF_ERROR(
        core_->CheckShape(kInternedStringType, content.size(), 0));
    const uint32_t bytes = static_cast<uint32_t>(content.size());
    index = core_->NewObject(kInternedStringType, bytes, 0);
    if (index == 0) return core_->account.Exhausted();
    undo_.Allocated(index);
    std::copy(content.begin(), content.end(), core_->MutablePayload(index));
    core_->parts.strings.Insert(index);
    undo_.Interned(index);
  }
  HEAPD_RETURN_IF_ERROR(HoldIfNew(index));
  Made(index);
  return absl::OkStatus();
}

absl::Status BatchApplier::Copy() {
  HEAPD_RETURN_IF_ERROR(RequireSession());
  Index from = 0;
  HEAPD_RETURN_IF_ERROR(NextRef(&from));
  // An interned string is its own copy: equal content is one object.
  if (core_->IsInternedString(from)) {
    HEAPD_RETURN_IF_ERROR(HoldIfNew(from));
    Made(from);
    return absl::OkStatus();
  }
  const Index to =
      HeapCore::ReserveHold(session_) ? core_->CopyObject(from) : 0;
  if (to == 0) return core_->account.Exhausted();
  undo_.Allocated(to);
  session_->HoldNew(to);
  undo_.HeldNew(session_);
  Made(to);
  return absl::OkStatus();
}

absl::Status BatchApplier::Write() {
  Index index = 0;
  uint32_t offset = 0;
  absl::string_view bytes;
  HEAPD_RETURN_IF_ERROR(NextRef(&index));
  HEAPD_RETURN_IF_ERROR(NextNumber(&offset));
  HEAPD_RETURN_IF_ERROR(NextPayload(&bytes));
  HEAPD_RETURN_IF_ERROR(core_->CheckWrite(index, offset, bytes.size()));
  undo_.Wrote(index, offset,
              core_->Payload(index).substr(offset, bytes.size()));
  std::copy(bytes.begin(), bytes.end(), core_->MutablePayload(index) + offset);
  return absl::OkStatus();
}

absl::Status BatchApplier::Link() {
  Index index = 0;
  uint32_t slot = 0;
  Slot value;
  HEAPD_RETURN_IF_ERROR(NextRef(&index));
  HEAPD_RETURN_IF_ERROR(NextNumber(&slot));
  HEAPD_RETURN_IF_ERROR(NextSlotValue(&value));
  HEAPD_RETURN_IF_ERROR(core_->CheckSlot(index, slot));
  undo_.Stored(index, slot, core_->Store(index, slot, value));
  return absl::OkStatus();
}

absl::Status BatchApplier::Unlink() {
  Index index = 0;
  uint32_t slot = 0;
  HEAPD_RETURN_IF_ERROR(NextRef(&index));
  HEAPD_RETURN_IF_ERROR(NextNumber(&slot));
  HEAPD_RETURN_IF_ERROR(core_->CheckSlot(index, slot));
  undo_.Stored(index, slot, core_->Store(index, slot, Slot()));
  return absl::OkStatus();
}

absl::Status BatchApplier::AddSlots() {
  Index index = 0;
  uint32_t count = 0;
  HEAPD_RETURN_IF_ERROR(NextRef(&index));
  HEAPD_RETURN_IF_ERROR(NextNumber(&count));
  const TableEntry before = core_->entry(index);
  const uint32_t old_count = before.slot_count();
  if (uint64_t{old_count} + count > kMaxSlots) {
    return InvalidField("batch.numbers", "at most 1,048,576 slots");
  }
  Block* replaced = nullptr;
  if (!core_->GrowSlots(index, count, &replaced)) {
    return core_->account.Exhausted();
  }
  undo_.Grew(index, before, old_count, replaced);
  return absl::OkStatus();
}

absl::Status BatchApplier::Hold() {
  HEAPD_RETURN_IF_ERROR(RequireSession());
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(NextRef(&index));
  return HoldIfNew(index);
}

absl::Status BatchApplier::Release() {
  HEAPD_RETURN_IF_ERROR(RequireSession());
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(NextRef(&index));
  const size_t position = session_->Release(index);
  if (position == Session::npos) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reason::kNotHeld,
                     "the session does not hold the object");
  }
  undo_.Released(session_, index, position);
  core_->may_have_garbage = true;
  return absl::OkStatus();
}

absl::Status BatchApplier::Root() {
  absl::string_view name;
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(NextName(&name));
  HEAPD_RETURN_IF_ERROR(NextRef(&index));
  Index former = 0;
  HEAPD_RETURN_IF_ERROR(core_->parts.roots.Set(name, index, &former));
  undo_.Rooted(name, former);
  if (former != 0) core_->may_have_garbage = true;
  return absl::OkStatus();
}

absl::Status BatchApplier::Unroot() {
  absl::string_view name;
  HEAPD_RETURN_IF_ERROR(NextName(&name));
  const Index former = core_->parts.roots.Remove(name);
  if (former == 0) {
    return MakeError(absl::StatusCode::kNotFound, reason::kRootNotFound,
                     absl::StrCat("there is no root named \"", name, "\""));
  }
  undo_.Unrooted(name, former);
  core_->may_have_garbage = true;
  return absl::OkStatus();
}

absl::Status BatchApplier::PushScope() {
  HEAPD_RETURN_IF_ERROR(RequireSession());
  if (!session_->ReserveScope()) return core_->account.Exhausted();
  if (!session_->PushScope()) {
    return MakeError(absl::StatusCode::kResourceExhausted, reason::kScopeCount,
                     "the session has 65,536 scopes, which is the most");
  }
  undo_.PushedScope(session_);
  return absl::OkStatus();
}

absl::Status BatchApplier::PopScope() {
  HEAPD_RETURN_IF_ERROR(RequireSession());
  Index carried = 0;
  if (ref_ < batch_.refs.size() && batch_.refs[ref_] == 0) {
    ++ref_;
  } else {
    HEAPD_RETURN_IF_ERROR(NextRef(&carried));
  }
  if (session_->depth() <= 1) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reason::kLastScope,
                     "the session's first scope ends with the session");
  }
  std::vector<Index> dropped;
  session_->PopScope(&dropped);
  undo_.PoppedScope(session_, std::move(dropped));
  core_->may_have_garbage = true;
  return carried == 0 ? absl::OkStatus() : HoldIfNew(carried);
}

absl::Status BatchApplier::ReadSlot() {
  Index index = 0;
  uint32_t slot = 0;
  HEAPD_RETURN_IF_ERROR(NextRef(&index));
  HEAPD_RETURN_IF_ERROR(NextNumber(&slot));
  HEAPD_RETURN_IF_ERROR(core_->CheckSlot(index, slot));
  result_->AddValue(core_->ToValue(core_->entry(index).slots()[slot]).bits());
  return absl::OkStatus();
}

absl::Status BatchApplier::ReadPayload() {
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(NextRef(&index));
  const absl::string_view payload = core_->Payload(index);
  result_payload_bytes_ += payload.size();
  if (result_payload_bytes_ > kMaxResultPayloadBytes) {
    return InvalidField("batch.kinds",
                        "the batch reads more than 64 MiB of payloads");
  }
  result_->AddPayload(payload);
  return absl::OkStatus();
}

}  // namespace heapd
