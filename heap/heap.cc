#include "heap/heap.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "heap/base/limits.h"
#include "heap/base/status_macros.h"
#include "heap/base/utf8.h"
#include "heap/batch_applier.h"
#include "heap/gc/verifier.h"
#include "heap/heap_core.h"

namespace heapd {
namespace {

absl::Status CheckNewSpace(uint64_t bytes) {
  if (bytes == 0 ||
      (bytes >= kMinNewSpaceBytes && bytes <= kMaxNewSpaceBytes)) {
    return absl::OkStatus();
  }
  return InvalidField("new_space_bytes", "must be 0, or 64 KiB to 64 MiB");
}

absl::Status CheckLimits(uint64_t limit_bytes, uint64_t reservation_bytes) {
  if (limit_bytes < kMinHeapLimitBytes || limit_bytes > kMaxHeapLimitBytes) {
    return InvalidField("limit_bytes", "must be from 4 MiB to 1 TiB");
  }
  if (reservation_bytes > limit_bytes) {
    return InvalidField("reservation_bytes", "must not be over the limit");
  }
  return absl::OkStatus();
}

absl::Status RootNotFound(absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, reason::kRootNotFound,
                   absl::StrCat("there is no root named \"", name, "\""));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Heap>> Heap::Create(const HeapOptions& options,
                                                   MemoryBudget* budget) {
  HEAPD_RETURN_IF_ERROR(
      CheckLimits(options.limit_bytes, options.reservation_bytes));
  HEAPD_RETURN_IF_ERROR(CheckNewSpace(options.new_space_bytes));
  // The least that a heap needs stays reserved while it is built, so that
  // building cannot fail half way, whatever other heaps take meanwhile.
  auto account = std::make_unique<MemoryAccount>(budget);
  HEAPD_RETURN_IF_ERROR(account->SetLimits(
      options.limit_bytes,
      std::max(options.reservation_bytes, kMinHeapLimitBytes)));
  auto core = std::make_unique<HeapCore>(options, std::move(account), budget);
  HEAPD_RETURN_IF_ERROR(
      core->account.SetLimits(options.limit_bytes, options.reservation_bytes));
  return std::unique_ptr<Heap>(new Heap(std::move(core)));
}

Heap::Heap(std::unique_ptr<HeapCore> core) : core_(std::move(core)) {}
Heap::~Heap() = default;

absl::StatusOr<TypeId> Heap::DefineType(
    absl::string_view name, TypeKind kind,
    absl::Span<const absl::string_view> slot_names, absl::string_view tag) {
  TypeTable& types = core_->parts.types;
  HEAPD_ASSIGN_OR_RETURN(const TagId tag_id, types.DefineTag(tag));
  HEAPD_ASSIGN_OR_RETURN(const TypeId type,
                         types.Define(name, kind, slot_names));
  return types.DefineTagged(type, tag_id);
}

const Type* Heap::FindType(TypeId type) const {
  return core_->parts.types.Find(type);
}

uint32_t Heap::type_count() const { return core_->parts.types.size(); }

absl::string_view Heap::TagText(TagId tag) const {
  return core_->parts.types.TagText(tag);
}

// ---- Roots ----

absl::StatusOr<Ref> Heap::Root(absl::string_view name, Ref ref) {
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->ResolveAndShade(ref, &index));
  Index former = 0;
  HEAPD_RETURN_IF_ERROR(core_->SetRoot(name, index, &former));
  if (former == 0) return Ref();
  return core_->parts.table.RefOf(former);
}

absl::StatusOr<Ref> Heap::Unroot(absl::string_view name) {
  const Index former = core_->parts.roots.Remove(name);
  if (former == 0) return RootNotFound(name);
  core_->may_have_garbage = true;
  return core_->parts.table.RefOf(former);
}

absl::StatusOr<Ref> Heap::GetRoot(absl::string_view name) const {
  const Index held = core_->parts.roots.Find(name);
  if (held == 0) return RootNotFound(name);
  return core_->parts.table.RefOf(held);
}

std::vector<std::pair<std::string, Ref>> Heap::ListRoots(
    absl::string_view after, size_t limit) const {
  std::vector<std::pair<std::string, Ref>> listed;
  const RootTable::Map& roots = core_->parts.roots.map();
  for (auto it = roots.upper_bound(after);
       it != roots.end() && listed.size() < limit; ++it) {
    listed.emplace_back(it->first, core_->parts.table.RefOf(it->second));
  }
  return listed;
}

// ---- Objects ----

absl::StatusOr<Ref> Heap::Allocate(SessionId session, TypeId type,
                                   absl::string_view payload,
                                   uint32_t slot_count,
                                   absl::Span<const Value> values,
                                   absl::string_view tag) {
  Session* holder = nullptr;
  HEAPD_RETURN_IF_ERROR(core_->FindSession(session, &holder));
  TypeTable& types = core_->parts.types;
  TagId tag_id = holder->tag();
  if (!tag.empty()) {
    HEAPD_ASSIGN_OR_RETURN(tag_id, types.DefineTag(tag));
  }
  if (types.Has(type)) type = types.WithTag(type, tag_id);
  return AllocateHeld(holder, type, payload, slot_count, values);
}

absl::StatusOr<Ref> Heap::AllocateHeld(Session* holder, TypeId type,
                                       absl::string_view payload,
                                       uint32_t slot_count,
                                       absl::Span<const Value> values) {
  const uint64_t slots = std::max<uint64_t>(slot_count, values.size());
  HEAPD_RETURN_IF_ERROR(core_->CheckShape(type, payload.size(), slots));
  std::vector<Slot> initial(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    HEAPD_RETURN_IF_ERROR(core_->ToSlot(values[i], &initial[i]));
  }
  const Index index =
      holder->Reserve()
          ? core_->NewObject(type, payload, static_cast<uint32_t>(slots))
          : 0;
  if (index == 0) return core_->account.Exhausted();
  for (uint32_t i = 0; i < initial.size(); ++i) {
    WriteSlot(&core_->parts, index, i, initial[i]);
  }
  holder->HoldNew(index);
  return core_->parts.table.RefOf(index);
}

absl::StatusOr<Ref> Heap::AllocateString(SessionId session,
                                         absl::string_view content) {
  Session* holder = nullptr;
  HEAPD_RETURN_IF_ERROR(core_->FindSession(session, &holder));
  if (Index known = core_->parts.FindString(content); known != 0) {
    const Ref ref = core_->parts.table.RefOf(known);
    HEAPD_RETURN_IF_ERROR(Hold(session, ref));
    return ref;
  }
  if (!IsUtf8(content)) return InvalidField("content", "must be UTF-8");
  absl::StatusOr<Ref> ref =
      AllocateHeld(holder, kInternedStringType, content, 0, {});
  if (ref.ok()) core_->parts.strings.Insert(ref->index());
  return ref;
}

absl::StatusOr<ObjectInfo> Heap::Describe(Ref ref) const {
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->Resolve(ref, &index));
  return core_->Describe(index);
}

absl::StatusOr<absl::string_view> Heap::ReadPayload(Ref ref) const {
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->Resolve(ref, &index));
  return core_->Payload(index);
}

absl::Status Heap::WritePayload(Ref ref, uint32_t offset,
                                absl::string_view bytes) {
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->Resolve(ref, &index));
  HEAPD_RETURN_IF_ERROR(core_->CheckWrite(index, offset, bytes.size()));
  std::copy(bytes.begin(), bytes.end(), core_->MutablePayload(index) + offset);
  return absl::OkStatus();
}

absl::StatusOr<Value> Heap::ReadSlot(Ref ref, uint32_t slot) const {
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->Resolve(ref, &index));
  HEAPD_RETURN_IF_ERROR(core_->CheckSlot(index, slot));
  return core_->ToValue(core_->entry(index).slots()[slot]);
}

absl::Status Heap::ReadSlots(Ref ref, uint32_t first, uint32_t count,
                             std::vector<Value>* values) const {
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->Resolve(ref, &index));
  const absl::Span<const Slot> slots = core_->entry(index).slot_span();
  const size_t end = std::min<size_t>(slots.size(), size_t{first} + count);
  for (size_t i = first; i < end; ++i) {
    values->push_back(core_->ToValue(slots[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<Value> Heap::Link(Ref ref, uint32_t slot, Value value) {
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->Resolve(ref, &index));
  HEAPD_RETURN_IF_ERROR(core_->CheckSlot(index, slot));
  Slot stored;
  HEAPD_RETURN_IF_ERROR(core_->ToSlot(value, &stored));
  return core_->ToValue(core_->Store(index, slot, stored));
}

absl::StatusOr<uint32_t> Heap::AddSlots(Ref ref, uint32_t count) {
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->Resolve(ref, &index));
  const uint64_t sum = uint64_t{core_->entry(index).slot_count()} + count;
  if (sum > kMaxSlots) return InvalidField("count", "at most 1,048,576 slots");
  Block* replaced = nullptr;
  if (!core_->GrowSlots(index, count, &replaced)) {
    return core_->account.Exhausted();
  }
  if (replaced != nullptr) {
    core_->FreeReplacedSlots(replaced);
    core_->may_have_garbage = true;
  }
  return static_cast<uint32_t>(sum);
}

absl::Status Heap::Apply(SessionId session, const BatchView& batch,
                         BatchResultSink* result) {
  return BatchApplier(core_.get(), session, batch, result).Apply();
}

// ---- Collection ----

Collection Heap::Collect(CollectionReason reason, CollectionKind kind) {
  return core_->Collect(kind, reason);
}

void Heap::StartMajor(CollectionReason reason, Compaction compaction) {
  core_->StartMajor(reason, compaction);
}

MajorProgress Heap::StepMajor(const MajorSlice& slice) {
  return core_->StepMajor(slice);
}

bool Heap::IsMajorRunning() const { return core_->collector.IsMajorRunning(); }

void Heap::SetMajorIdleCallback(std::function<void()> on_idle) {
  core_->collector.SetIdleCallback(std::move(on_idle));
}

void Heap::Safepoint(uint64_t upcoming_bytes) {
  core_->Safepoint(upcoming_bytes);
}

void Heap::SetCollectionObserver(
    std::function<void(const Collection&)> observer) {
  core_->observer = std::move(observer);
}

bool Heap::CollectionDue() const {
  return core_->may_have_garbage && !core_->collector.IsMajorRunning() &&
         core_->collector.schedule().IsDue(core_->parts.used_bytes(),
                                           core_->account.committed_bytes(),
                                           core_->account.limit_bytes());
}

bool Heap::MayHaveGarbage() const {
  return core_->may_have_garbage || core_->collector.IsMajorRunning();
}

bool Heap::MayMakeRoom() const { return core_->MayMakeRoom(); }

absl::Status Heap::WithCollection(absl::FunctionRef<absl::Status()> attempt) {
  absl::Status status = attempt();
  if (!IsOutOfMemory(status) || !MayMakeRoom()) return status;
  Collect(CollectionReason::kNearLimit);
  return attempt();
}

// ---- Figures ----

absl::Status Heap::SetLimits(uint64_t limit_bytes, uint64_t reservation_bytes) {
  HEAPD_RETURN_IF_ERROR(CheckLimits(limit_bytes, reservation_bytes));
  return core_->account.SetLimits(limit_bytes, reservation_bytes);
}

HeapStats Heap::Stats() const {
  const HeapParts& parts = core_->parts;
  HeapStats stats;
  stats.used_bytes = parts.used_bytes();
  stats.committed_bytes = core_->account.committed_bytes();
  stats.limit_bytes = core_->account.limit_bytes();
  stats.reservation_bytes = core_->account.reservation_bytes();
  stats.object_count = parts.table.live_count();
  stats.root_count = parts.roots.size();
  stats.session_count = parts.sessions.size();
  stats.hold_count = parts.sessions.hold_count();
  stats.type_count = parts.types.size();
  stats.interned_string_count = parts.strings.size();
  stats.allocated_object_count = core_->allocated_object_count;
  stats.allocated_bytes = core_->allocated_bytes;
  stats.scratch_object_count = core_->scratch_object_count;
  stats.next_collection_bytes = core_->collector.schedule().threshold_bytes();
  stats.retired_index_count = parts.table.retired_count();
  stats.object_overhead_bytes = sizeof(TableEntry) + Block::kHeaderBytes;

  SpaceStats table;
  table.used_bytes = parts.table.used_bytes();
  table.committed_bytes = parts.table.committed_bytes();
  table.free_bytes = parts.table.free_entry_count() * sizeof(TableEntry);
  // All entries are of one size: no free one is too small.
  table.largest_free_block_bytes = table.free_bytes;
  table.page_count = table.committed_bytes /
                     (ObjectTable::kChunkBytes + ObjectTable::kChunkSideBytes);
  stats.spaces = {
      {"object_table", table},
      {"new_space", parts.spaces.new_space().Stats()},
      {"old_space", parts.spaces.old_space().Stats()},
      {"slot_space", parts.spaces.slot_space().Stats()},
      {"large_object_space", parts.spaces.large_object_space().Stats()}};
  stats.collections = core_->collector.history();
  const MutatorUtilization& utilization = core_->collector.utilization();
  for (size_t i = 0; i < MutatorUtilization::kWindows; ++i) {
    stats.minimum_mutator_utilizations.push_back(
        {utilization.window(i), utilization.minimum(i)});
  }
  return stats;
}

std::vector<Collection> Heap::RecentCollections() const {
  return core_->collector.history();
}
const std::vector<LiveType>& Heap::live_types() const {
  return core_->parts.live_types;
}

const MemoryAccount& Heap::account() const { return core_->account; }
uint64_t Heap::used_bytes() const { return core_->parts.used_bytes(); }
uint64_t Heap::object_count() const { return core_->parts.table.live_count(); }
size_t Heap::root_count() const { return core_->parts.roots.size(); }
size_t Heap::session_count() const { return core_->parts.sessions.size(); }

absl::Status Heap::Verify() {
  if (core_->parts.sweeping) core_->FinishMajor();
  return VerifyHeap(core_->parts, core_->account);
}

}  // namespace heapd
