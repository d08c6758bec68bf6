#include "tests/model/model_batch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/batch.h"

namespace heapd::testing {
namespace {

// Builds a batch in columns and, beside it, what it does to a copy of the
// model. Objects that the batch makes are known by their operation until the
// heap has said their refs; in the model they stand under kLocalRefBit |
// operation.
class RandomBatch {
 public:
  RandomBatch(std::mt19937_64* random, const std::vector<ModelType>& types,
              uint64_t session, std::vector<uint64_t> objects,
              const HeapModel& model)
      : random_(*random),
        types_(types),
        session_(session),
        objects_(std::move(objects)),
        after_(model) {}

  void Build() {
    const bool row = Pick(5) == 0;
    if (row) AddRow();
    const uint64_t count = row ? Pick(3) : 1 + Pick(12);
    for (uint64_t i = 0; i < count; ++i) AddRandom();
    if (Pick(4) == 0) AddFailing();
    if (Pick(3) == 0) TagAll("batch");
  }

  bool must_fail() const { return must_fail_; }
  BatchView view() const {
    BatchView view;
    view.kinds = kinds_;
    view.refs = refs_;
    view.types = type_column_;
    view.numbers = numbers_;
    view.values = values_;
    view.sizes = sizes_;
    view.payloads = payloads_;
    view.tag = tag_;
    for (const std::string& name : names_) view.names.push_back(name);
    return view;
  }

  // The model after the batch, once the heap has said the refs. What the heap
  // says that it did not make keeps its local ref.
  HeapModel Resolved(const std::vector<uint64_t>& refs) {
    std::map<uint64_t, uint64_t> real;
    for (size_t i = 0; i < made_.size(); ++i) {
      if (refs[i] != 0) real[made_[i]] = refs[i];
    }
    const auto fix = [&real](uint64_t bits) {
      const auto found = real.find(bits);
      return found == real.end() ? bits : found->second;
    };
    HeapModel fixed;
    fixed.session_tags = after_.session_tags;
    for (auto& [bits, object] : after_.objects) {
      for (Value& value : object.slots) {
        if (value.kind() == Value::Kind::kLocalStrong) {
          value =
              Value::Strong(Ref(fix(kLocalRefBit | value.local_operation())));
        } else if (value.kind() == Value::Kind::kLocalWeak) {
          value = Value::Weak(Ref(fix(kLocalRefBit | value.local_operation())));
        }
      }
      fixed.objects[fix(bits)] = std::move(object);
    }
    for (const auto& [name, bits] : after_.roots) fixed.roots[name] = fix(bits);
    for (const auto& [id, scopes] : after_.sessions) {
      for (const auto& scope : scopes) {
        std::set<uint64_t> holds;
        for (const uint64_t bits : scope) holds.insert(fix(bits));
        fixed.sessions[id].push_back(std::move(holds));
      }
    }
    return fixed;
  }

 private:
  uint64_t Pick(uint64_t below) { return random_() % below; }

  void Kind(OperationKind kind) {
    kinds_.push_back(static_cast<int32_t>(kind));
  }

  // An object that there is: 0 if there is none.
  uint64_t PickObject() {
    const uint64_t choice = Pick(objects_.size());
    return objects_[choice];
  }

  Value ValueOf(uint64_t bits, bool weak) {
    if ((bits & kLocalRefBit) != 0) {
      const uint32_t operation = static_cast<uint32_t>(bits);
      return weak ? Value::LocalWeak(operation) : Value::LocalStrong(operation);
    }
    return weak ? Value::Weak(Ref(bits)) : Value::Strong(Ref(bits));
  }

  Value PickValue(bool weak_too = true) {
    const uint64_t bits = PickObject();
    if (bits == 0 || Pick(6) == 0) {
      return Value::SmallInteger(static_cast<int32_t>(Pick(1000)) - 500);
    }
    return ValueOf(bits, weak_too && Pick(4) == 0);
  }

  // Those excepted whose type has a tag.
  void TagAll(const std::string& tag) {
    tag_ = tag;
    for (const uint64_t bits : made_) {
      ModelObject& object = after_.objects[bits];
      if (object.tag != "own") object.tag = tag;
    }
  }

  void AddRandom() {
    const uint64_t bits = PickObject();
    const uint64_t die = Pick(12);
    if (bits == 0 || die < 4) return AddAllocate(Pick(4) != 0);
    ModelObject& object = after_.objects[bits];
    if (die < 7 && !object.slots.empty()) return AddLink(bits, &object);
    if (die == 7) return AddGrow(bits, &object);
    if (die == 8 && !object.interned) return AddWrite(bits, &object);
    if (die == 9) return AddRoot(bits);
    if (die == 10) return AddHoldOrRelease(bits);
    return AddScope(bits);
  }

  // Allocations in a row, which the engine applies together as far as they are
  // plain: most are small, with two slots, and some are not.
  void AddRow() {
    for (uint64_t left = 8 + Pick(40); left > 0; --left) {
      const bool plain = Pick(12) != 0;
      AddAllocate(/*held=*/true, plain ? 3 : 6, /*weak_values=*/!plain);
    }
  }

  void AddAllocate(bool held, uint64_t slots_below = 6,
                   bool weak_values = true) {
    Kind(held ? OperationKind::kAllocate : OperationKind::kAllocateUnheld);
    ModelObject object;
    const ModelType& type = types_[Pick(types_.size())];
    object.type = type.untagged;
    object.tag = type.tag.empty() ? after_.session_tags[session_] : type.tag;
    object.payload = std::string(Pick(50), 'p');
    object.slots.resize(Pick(slots_below));
    const uint64_t initial = Pick(object.slots.size() + 1);
    type_column_.push_back(type.type);
    numbers_.push_back(static_cast<uint32_t>(object.slots.size()));
    numbers_.push_back(static_cast<uint32_t>(initial));
    sizes_.push_back(static_cast<uint32_t>(object.payload.size()));
    payloads_ += object.payload;
    for (uint64_t i = 0; i < initial; ++i) {
      object.slots[i] = PickValue(weak_values);
      values_.push_back(object.slots[i].bits());
    }
    const uint64_t bits = kLocalRefBit | (kinds_.size() - 1);
    made_.push_back(bits);
    objects_.push_back(bits);
    after_.objects[bits] = std::move(object);
    if (held) after_.sessions[session_].back().insert(bits);
  }

  void AddLink(uint64_t bits, ModelObject* object) {
    const uint32_t slot = static_cast<uint32_t>(Pick(object->slots.size()));
    Kind(OperationKind::kLink);
    refs_.push_back(bits);
    numbers_.push_back(slot);
    object->slots[slot] = PickValue();
    values_.push_back(object->slots[slot].bits());
  }

  void AddGrow(uint64_t bits, ModelObject* object) {
    const uint32_t count = static_cast<uint32_t>(Pick(5));
    Kind(OperationKind::kAddSlots);
    refs_.push_back(bits);
    numbers_.push_back(count);
    object->slots.resize(object->slots.size() + count);
  }

  void AddWrite(uint64_t bits, ModelObject* object) {
    const uint64_t offset = Pick(object->payload.size() + 1);
    const std::string bytes(Pick(object->payload.size() - offset + 1), 'b');
    Kind(OperationKind::kWrite);
    refs_.push_back(bits);
    numbers_.push_back(static_cast<uint32_t>(offset));
    sizes_.push_back(static_cast<uint32_t>(bytes.size()));
    payloads_ += bytes;
    object->payload.replace(offset, bytes.size(), bytes);
  }

  void AddRoot(uint64_t bits) {
    const std::string name = absl::StrCat("batch ", Pick(4));
    names_.push_back(name);
    if (after_.roots.count(name) > 0 && Pick(2) == 0) {
      Kind(OperationKind::kUnroot);
      after_.roots.erase(name);
      return;
    }
    Kind(OperationKind::kRoot);
    refs_.push_back(bits);
    after_.roots[name] = bits;
  }

  void AddHoldOrRelease(uint64_t bits) {
    refs_.push_back(bits);
    if (after_.Holds(session_, bits)) {
      Kind(OperationKind::kRelease);
      for (auto& scope : after_.sessions[session_]) scope.erase(bits);
      return;
    }
    Kind(OperationKind::kHold);
    after_.sessions[session_].back().insert(bits);
  }

  void AddScope(uint64_t bits) {
    auto& scopes = after_.sessions[session_];
    if (scopes.size() == 1) {
      Kind(OperationKind::kPushScope);
      scopes.emplace_back();
      return;
    }
    Kind(OperationKind::kPopScope);
    const bool carry = Pick(2) == 0;
    refs_.push_back(carry ? bits : 0);
    scopes.pop_back();
    if (carry && !after_.Holds(session_, bits)) scopes.back().insert(bits);
  }

  void AddFailing() {
    must_fail_ = true;
    switch (Pick(3)) {
      case 0:
        Kind(OperationKind::kHold);
        refs_.push_back(0x00ff0000ffffffffu);
        return;
      case 1:
        Kind(OperationKind::kUnspecified);
        return;
      default:
        numbers_.push_back(7);  // that no operation takes
    }
  }

  std::mt19937_64& random_;
  const std::vector<ModelType>& types_;
  const uint64_t session_;
  std::vector<uint64_t> objects_;
  HeapModel after_;
  bool must_fail_ = false;
  std::vector<uint64_t> made_;
  std::vector<int32_t> kinds_;
  std::vector<uint64_t> refs_;
  std::vector<uint32_t> type_column_;
  std::vector<uint32_t> numbers_;
  std::vector<uint64_t> values_;
  std::vector<uint32_t> sizes_;
  std::string payloads_;
  std::vector<std::string> names_;
  std::string tag_;
};

}  // namespace

std::string RunRandomBatch(std::mt19937_64* random,
                           const std::vector<ModelType>& types,
                           uint64_t session,
                           const std::vector<uint64_t>& objects, Heap* heap,
                           HeapModel* model) {
  RandomBatch batch(random, types, session, objects, *model);
  batch.Build();
  const uint64_t used_before = heap->used_bytes();
  BatchResult result;
  const absl::Status status = heap->Apply(session, batch.view(), &result);
  if (batch.must_fail()) {
    if (status.ok()) return "a batch that must fail was applied";
    // A marker may still read slots that an object had for a while.
    if (heap->used_bytes() != used_before && !heap->IsMajorRunning()) {
      return "a failed batch left bytes";
    }
    return "";
  }
  if (!status.ok()) return absl::StrCat("Apply: ", status.ToString());
  *model = batch.Resolved(result.refs());
  const auto is_local = [](uint64_t bits) {
    return (bits & kLocalRefBit) != 0;
  };
  for (const uint64_t bits : model->Reachable()) {
    if (is_local(bits)) return "an object that is reachable was not made";
  }
  std::erase_if(model->objects,
                [&](const auto& object) { return is_local(object.first); });
  return "";
}

}  // namespace heapd::testing
