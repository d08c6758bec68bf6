// What the model test does with collections, and how the model follows them.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/model/model_run.h"

namespace heapd::testing {

std::string ModelRun::Collect() {
  std::set<Bits> before;
  for (const auto& [bits, object] : model_.objects) before.insert(bits);
  model_.Collect();
  for (const Bits bits : before) {
    if (model_.objects.count(bits) == 0) stale_.insert(bits);
  }
  const Collection collection = heap_->Collect(CollectionReason::kRequested);
  if (collection.object_count_after != model_.objects.size()) {
    return absl::StrCat("Collect left ", collection.object_count_after,
                        " objects, the model has ", model_.objects.size());
  }
  if (std::string wrong = CompareLiveTypes(); !wrong.empty()) return wrong;
  return Compare();
}

std::string ModelRun::CompareLiveTypes() const {
  std::map<std::pair<TypeId, std::string>, uint64_t> expected;
  for (const auto& [bits, object] : model_.objects) {
    ++expected[{object.type, object.tag}];
  }
  for (const LiveType& live : heap_->live_types()) {
    const Type& type = *heap_->FindType(live.type);
    uint64_t& count = expected[{type.untagged, std::string(type.tag)}];
    if (count != live.object_count) {
      return absl::StrCat("the heap says that ", live.object_count,
                          " objects of type ", type.name, " with the tag \"",
                          type.tag, "\" live, the model ", count);
    }
    count = 0;
  }
  for (const auto& [type, count] : expected) {
    if (count != 0) return "the heap does not say that a type lives";
  }
  return "";
}

std::string ModelRun::Scavenge() {
  if (Pick(2) == 0) {
    heap_->Collect(CollectionReason::kRequested, CollectionKind::kMinor);
  } else {
    heap_->Safepoint(Pick(uint64_t{1} << 17));
  }
  return FollowCollector();
}

std::string ModelRun::StartMajor() {
  heap_->StartMajor(CollectionReason::kRequested);
  return FollowCollector();
}

std::string ModelRun::StepMajor() {
  MajorSlice slice;
  slice.holds = 1 + Pick(8);
  slice.string_parts = 1 + Pick(40);
  slice.objects = 1 + Pick(60);
  slice.pages = 1;
  slice.chunks = 1;
  for (uint64_t i = Pick(4) + 1; i > 0; --i) heap_->StepMajor(slice);
  return FollowCollector();
}

std::string ModelRun::FollowCollector() {
  const std::set<Bits> reachable = model_.Reachable();
  for (auto it = model_.objects.begin(); it != model_.objects.end();) {
    const Bits bits = it->first;
    if (heap_->Describe(Ref(bits)).ok()) {
      ++it;
      continue;
    }
    if (reachable.count(bits) > 0) return Differ("life", bits);
    stale_.insert(bits);
    it = model_.objects.erase(it);
  }
  model_.ClearWeakSlots();
  return Compare();
}

}  // namespace heapd::testing
