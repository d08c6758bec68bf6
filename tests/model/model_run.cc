#include "tests/model/model_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "tests/model/model_batch.h"

namespace heapd::testing {
namespace {

constexpr absl::string_view kRootNames[] = {"a", "b", "c", "d", "e", "f"};

// An error that the model did not expect, or its absence.
std::string Unexpected(absl::string_view call, const absl::Status& status) {
  return absl::StrCat(call, ": ", status.ToString());
}

}  // namespace

ModelRun::ModelRun(uint64_t seed) : random_(seed) {
  HeapOptions options;
  options.limit_bytes = uint64_t{64} << 20;
  options.clear_free_memory = Pick(2) == 0;
  if (Pick(4) == 0) options.new_space_bytes = 0;
  options.stress.verify_heap = Pick(4) == 0;
  options.stress.compact_always = Pick(3) == 0;
  options.stress.make_scratch_objects = Pick(3) == 0;
  fills_pages_ = Pick(5) == 0;
  heap_ = std::move(Heap::Create(options, &budget_)).value();
  const TypeId plain = heap_->DefineType("T", TypeKind::kObject, {}).value();
  const TypeId named =
      heap_->DefineType("N", TypeKind::kObject, {"next", "", "other"}).value();
  const TypeId tagged =
      heap_->DefineType("T", TypeKind::kObject, {}, "own").value();
  types_ = {{plain, plain, ""}, {named, named, ""}, {tagged, plain, "own"}};
}

std::string ModelRun::Start() {
  if (std::string wrong = Sessions(); !wrong.empty()) return wrong;
  // Some heaps start with a graph: a bug that shows once in a hundred objects
  // needs some hundred of them.
  // Nothing but its links and some roots holds it.
  if (Pick(3) == 0) {
    const uint64_t session = PickSession();
    HEAPD_CHECK(heap_->PushScope(session).ok());
    model_.sessions[session].emplace_back();
    for (uint64_t i = 100 + Pick(200); i > 0; --i) {
      if (std::string wrong = Allocate(); !wrong.empty()) return wrong;
      if (std::string wrong = Link(); !wrong.empty()) return wrong;
      if (std::string wrong = Link(); !wrong.empty()) return wrong;
    }
    for (int i = 0; i < 6; ++i) {
      if (std::string wrong = Root(); !wrong.empty()) return wrong;
    }
    HEAPD_CHECK(heap_->PopScope(session).ok());
    model_.sessions[session].pop_back();
  }
  return "";
}

std::string ModelRun::Step() {
  if (model_.sessions.empty()) {
    if (std::string wrong = Sessions(); !wrong.empty()) return wrong;
  }
  if (std::string wrong = Random(); !wrong.empty()) return wrong;
  // Verifying ends a sweep, which is to be seen half done, too.
  if (!heap_->IsMajorRunning() || Pick(4) == 0) {
    if (absl::Status status = heap_->Verify(); !status.ok()) {
      return Unexpected("Verify", status);
    }
  }
  // Comparing everything costs as much as many steps; a difference stays.
  return ++steps_ % 8 == 0 ? Compare() : "";
}

// The weights matter: a marker that skips children is found only when what it
// skipped is used after a collection, so links, drops and collections have to
// be frequent and the graph has to be deep.
std::string ModelRun::Random() {
  const uint64_t die = Pick(100);
  if (die < 16) return Allocate();
  if (die < 20) return AllocateString();
  if (die < 40) return Link();
  if (die < 44) return Unlink();
  if (die < 47) return AddSlots();
  if (die < 50) return Write();
  if (die < 53) return Copy();
  if (die < 60) return HoldOrRelease();
  if (die < 65) return Root();
  if (die < 69) return Unroot();
  if (die < 74) return Scopes();
  if (die < 76) return Sessions();
  if (die < 84) return Batch();
  if (die < 86) return StartMajor();
  if (die < 90) return StepMajor();
  if (die < 91) return Stale();
  if (die < 92) return Explain();
  if (die < 96) return Scavenge();
  if (die < 98) return Pick(3) == 0 ? StartSnapshot() : ReadSnapshot();
  return Collect();
}

uint64_t ModelRun::PickSession() {
  return std::next(model_.sessions.begin(),
                   static_cast<int64_t>(Pick(model_.sessions.size())))
      ->first;
}

ModelRun::Bits ModelRun::PickObject() {
  if (model_.objects.empty()) return 0;
  return std::next(model_.objects.begin(),
                   static_cast<int64_t>(Pick(model_.objects.size())))
      ->first;
}

Value ModelRun::PickValue() {
  const uint64_t die = Pick(10);
  const Bits object = PickObject();
  if (die < 6 && object != 0) return Value::Strong(Ref(object));
  if (die < 8 && object != 0) return Value::Weak(Ref(object));
  if (die < 9) {
    return Value::SmallInteger(static_cast<int32_t>(Pick(1u << 31)) +
                               Value::kMinSmallInteger);
  }
  return Value::Null();
}

std::string ModelRun::PickPayload() {
  const uint64_t die = Pick(40);
  const uint64_t size = die == 0   ? 32768 + Pick(65536)  // large objects
                        : die < 10 ? Pick(fills_pages_ ? 24'000 : 600)
                                   : Pick(48);
  std::string payload(size, '\0');
  for (size_t i = 0; i < std::min<size_t>(size, 64); ++i) {
    payload[i] = static_cast<char>(random_());
  }
  return payload;
}

ModelRun::Bits ModelRun::Allocated(uint64_t session, Ref ref,
                                   ModelObject object) {
  model_.objects.emplace(ref.bits(), std::move(object));  // unless interned
  if (!model_.Holds(session, ref.bits())) {
    model_.sessions[session].back().insert(ref.bits());
  }
  return ref.bits();
}

std::string ModelRun::Allocate() {
  ModelObject object;
  const ModelType& type = types_[Pick(types_.size())];
  object.type = type.untagged;
  object.payload = PickPayload();
  const uint32_t slots =
      static_cast<uint32_t>(Pick(60) == 0 ? Pick(20000) : Pick(8));
  object.slots.resize(slots);
  std::vector<Value> values;
  for (uint64_t i = Pick(std::min<uint32_t>(slots, 8) + 1); i > 0; --i) {
    object.slots[values.size()] = PickValue();
    values.push_back(object.slots[values.size()]);
  }
  const uint64_t session = PickSession();
  const std::string tag = Pick(4) == 0 ? "call" : "";
  object.tag = !type.tag.empty() ? type.tag
               : !tag.empty()    ? tag
                                 : model_.session_tags[session];
  const absl::StatusOr<Ref> ref =
      heap_->Allocate(session, type.type, object.payload, slots, values, tag);
  if (!ref.ok()) return Unexpected("Allocate", ref.status());
  if (model_.objects.count(ref->bits()) > 0 || stale_.count(ref->bits()) > 0) {
    return Differ("uniqueness", ref->bits());
  }
  Allocated(session, *ref, std::move(object));
  return "";
}

std::string ModelRun::AllocateString() {
  const std::string content = absl::StrCat("string ", Pick(12));
  const uint64_t session = PickSession();
  const absl::StatusOr<Ref> ref = heap_->AllocateString(session, content);
  if (!ref.ok()) return Unexpected("AllocateString", ref.status());
  for (const auto& [bits, object] : model_.objects) {
    if (object.interned && object.payload == content && bits != ref->bits()) {
      return Differ("interning", bits);
    }
  }
  Allocated(session, *ref, {kInternedStringType, content, {}, true});
  return "";
}

std::string ModelRun::Link() {
  const Bits bits = PickObject();
  if (bits == 0) return "";
  ModelObject& object = model_.objects[bits];
  const uint32_t slot = static_cast<uint32_t>(Pick(object.slots.size() + 1));
  const Value value = PickValue();
  const absl::StatusOr<Value> former = heap_->Link(Ref(bits), slot, value);
  if (slot >= object.slots.size()) {
    return former.ok() ? Differ("slot range", bits) : "";
  }
  if (!former.ok()) return Unexpected("Link", former.status());
  if (*former != object.slots[slot]) return Differ("former value", bits);
  object.slots[slot] = value;
  return "";
}

std::string ModelRun::Unlink() {
  const Bits bits = PickObject();
  if (bits == 0 || model_.objects[bits].slots.empty()) return "";
  ModelObject& object = model_.objects[bits];
  const uint32_t slot = static_cast<uint32_t>(Pick(object.slots.size()));
  const absl::StatusOr<Value> former =
      heap_->Link(Ref(bits), slot, Value::Null());
  if (!former.ok()) return Unexpected("Unlink", former.status());
  if (*former != object.slots[slot]) return Differ("former value", bits);
  object.slots[slot] = Value::Null();
  return "";
}

std::string ModelRun::AddSlots() {
  const Bits bits = PickObject();
  if (bits == 0) return "";
  ModelObject& object = model_.objects[bits];
  const uint32_t count = static_cast<uint32_t>(Pick(6));
  const absl::StatusOr<uint32_t> sum = heap_->AddSlots(Ref(bits), count);
  if (!sum.ok()) return Unexpected("AddSlots", sum.status());
  object.slots.resize(object.slots.size() + count);
  return *sum == object.slots.size() ? "" : Differ("slot count", bits);
}

std::string ModelRun::Write() {
  const Bits bits = PickObject();
  if (bits == 0) return "";
  ModelObject& object = model_.objects[bits];
  const uint32_t offset =
      static_cast<uint32_t>(Pick(object.payload.size() + 1));
  const std::string bytes(Pick(object.payload.size() - offset + 1), 'w');
  const absl::Status status = heap_->WritePayload(Ref(bits), offset, bytes);
  if (object.interned) return status.ok() ? Differ("immutability", bits) : "";
  if (!status.ok()) return Unexpected("WritePayload", status);
  object.payload.replace(offset, bytes.size(), bytes);
  return "";
}

std::string ModelRun::Copy() {
  const Bits bits = PickObject();
  if (bits == 0) return "";
  const uint64_t session = PickSession();
  const absl::StatusOr<std::pair<Ref, uint32_t>> copy =
      heap_->Copy(session, Ref(bits), 0, 1);
  if (!copy.ok()) return Unexpected("Copy", copy.status());
  if (model_.objects[bits].interned != (copy->first.bits() == bits)) {
    return Differ("copy", bits);
  }
  Allocated(session, copy->first, ModelObject(model_.objects[bits]));
  return "";
}

std::string ModelRun::HoldOrRelease() {
  const Bits bits = PickObject();
  if (bits == 0) return "";
  const uint64_t session = PickSession();
  if (Pick(4) == 0) {
    const absl::Status status = heap_->Hold(session, Ref(bits));
    if (!status.ok()) return Unexpected("Hold", status);
    if (!model_.Holds(session, bits)) {
      model_.sessions[session].back().insert(bits);
    }
    return "";
  }
  const bool held = model_.Holds(session, bits);
  const absl::Status status = heap_->Release(session, Ref(bits));
  if (status.ok() != held) return Unexpected("Release", status);
  for (auto& scope : model_.sessions[session]) scope.erase(bits);
  return "";
}

std::string ModelRun::Root() {
  const Bits bits = PickObject();
  if (bits == 0) return "";
  const std::string name(kRootNames[Pick(std::size(kRootNames))]);
  const absl::StatusOr<Ref> former = heap_->Root(name, Ref(bits));
  if (!former.ok()) return Unexpected("Root", former.status());
  if (former->bits() != model_.roots[name]) return Differ("root", bits);
  model_.roots[name] = bits;
  return "";
}

std::string ModelRun::Unroot() {
  const std::string name(kRootNames[Pick(std::size(kRootNames))]);
  const absl::StatusOr<Ref> former = heap_->Unroot(name);
  if (former.ok() != (model_.roots.count(name) > 0)) {
    return Unexpected("Unroot", former.status());
  }
  if (former.ok() && former->bits() != model_.roots[name]) {
    return Differ("root", former->bits());
  }
  model_.roots.erase(name);
  return "";
}

std::string ModelRun::Scopes() {
  const uint64_t session = PickSession();
  auto& scopes = model_.sessions[session];
  if (scopes.size() < 5 && Pick(2) == 0) {
    const absl::StatusOr<uint32_t> depth = heap_->PushScope(session);
    if (!depth.ok()) return Unexpected("PushScope", depth.status());
    scopes.emplace_back();
    return *depth == scopes.size() ? "" : Differ("depth", session);
  }
  const Bits carry = Pick(2) == 0 ? PickObject() : 0;
  const absl::StatusOr<uint32_t> depth = heap_->PopScope(session, Ref(carry));
  if (scopes.size() == 1) return depth.ok() ? Differ("depth", session) : "";
  if (!depth.ok()) return Unexpected("PopScope", depth.status());
  scopes.pop_back();
  if (carry != 0 && !model_.Holds(session, carry)) scopes.back().insert(carry);
  return *depth == scopes.size() ? "" : Differ("depth", session);
}

std::string ModelRun::Sessions() {
  if (model_.sessions.size() > 1 && Pick(2) == 0) {
    const uint64_t session = PickSession();
    model_.sessions.erase(session);
    const absl::Status status = heap_->CloseSession(session);
    return status.ok() ? "" : Unexpected("CloseSession", status);
  }
  const uint64_t session = next_session_++;
  const std::string tag = Pick(3) == 0 ? "session" : "";
  const absl::Status status =
      heap_->OpenSession(session, absl::StrCat("session ", session), tag);
  if (!status.ok()) return Unexpected("OpenSession", status);
  model_.session_tags[session] = tag;
  model_.sessions[session] = {{}};
  return "";
}

std::string ModelRun::Batch() {
  const uint64_t session = PickSession();
  std::vector<Bits> objects;
  for (int i = 0; i < 6; ++i) objects.push_back(PickObject());
  return RunRandomBatch(&random_, types_, session, objects, heap_.get(),
                        &model_);
}

std::string ModelRun::Stale() {
  if (stale_.empty()) return "";
  const Bits bits =
      *std::next(stale_.begin(), static_cast<int64_t>(Pick(stale_.size())));
  const absl::Status status = heap_->Describe(Ref(bits)).status();
  return ReasonOf(status) == reason::kObjectCollected
             ? ""
             : Differ("staleness", bits);
}

std::string ModelRun::Explain() {
  const Bits bits = PickObject();
  if (bits == 0) return "";
  const absl::StatusOr<Heap::Explanation> path = heap_->Explain(Ref(bits));
  const bool reachable = model_.Reachable().count(bits) > 0;
  if (path.ok() != reachable) return Unexpected("Explain", path.status());
  if (!path.ok()) return "";
  for (size_t i = 0; i + 1 < path->steps.size(); ++i) {
    const auto& step = path->steps[i];
    const ModelObject& from = model_.objects[step.ref.bits()];
    if (from.slots[step.slot] != Value::Strong(path->steps[i + 1].ref)) {
      return Differ("path", bits);
    }
  }
  return path->steps.back().ref.bits() == bits ? "" : Differ("path", bits);
}

std::string ModelRun::Compare() {
  const bool swept = !heap_->IsMajorRunning();
  if (swept && heap_->object_count() != model_.objects.size()) {
    return absl::StrCat("the heap has ", heap_->object_count(),
                        " objects, the model ", model_.objects.size());
  }
  uint64_t self_sizes = 0;
  for (const auto& [bits, object] : model_.objects) {
    const absl::StatusOr<ObjectInfo> info = heap_->Describe(Ref(bits));
    if (!info.ok()) return Unexpected("Describe", info.status());
    self_sizes += info->self_size;
    if (info->type != object.type) return Differ("type", bits);
    if (info->tag != object.tag) return Differ("tag", bits);
    if (*heap_->ReadPayload(Ref(bits)) != object.payload) {
      return Differ("payload", bits);
    }
    std::vector<Value> values;
    HEAPD_CHECK(heap_->ReadSlots(Ref(bits), 0, UINT32_MAX, &values).ok());
    if (values.size() != object.slots.size()) {
      return Differ("number of slots", bits);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] != object.slots[i]) {
        return absl::StrFormat("slot %d of %#x is %#x, in the model %#x", i,
                               bits, values[i].bits(), object.slots[i].bits());
      }
    }
  }
  if (swept && self_sizes != heap_->used_bytes())
    return "self sizes do not sum up";
  for (const Bits bits : stale_) {
    if (heap_->Describe(Ref(bits)).ok()) return Differ("staleness", bits);
  }
  const auto roots = heap_->ListRoots("", SIZE_MAX);
  if (roots.size() != model_.roots.size()) return "roots differ";
  for (const auto& [name, ref] : roots) {
    if (model_.roots.at(name) != ref.bits()) return Differ("root", ref.bits());
  }
  return "";
}

std::string ModelRun::Finish() {
  if (std::string wrong = ReadSnapshot(); !wrong.empty()) return wrong;
  if (std::string wrong = Collect(); !wrong.empty()) return wrong;
  for (const auto& [name, ref] : heap_->ListRoots("", SIZE_MAX)) {
    HEAPD_CHECK(heap_->Unroot(name).ok());
  }
  while (!model_.sessions.empty()) {
    const uint64_t session = model_.sessions.begin()->first;
    HEAPD_CHECK(heap_->CloseSession(session).ok());
    model_.sessions.erase(session);
  }
  model_.roots.clear();
  if (std::string wrong = Collect(); !wrong.empty()) return wrong;
  return heap_->used_bytes() == 0 ? "" : "an empty heap uses bytes";
}

}  // namespace heapd::testing
