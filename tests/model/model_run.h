#ifndef HEAPD_TESTS_MODEL_MODEL_RUN_H_
#define HEAPD_TESTS_MODEL_MODEL_RUN_H_

#include <cstdint>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "heap/heap.h"
#include "heap/snapshot/snapshot_capture.h"
#include "tests/model/heap_model.h"
#include "tests/model/model_snapshot.h"

namespace heapd::testing {

// What is said of something that is one way in the heap and another in the
// model.
inline std::string Differ(absl::string_view what, uint64_t ref) {
  return absl::StrFormat("%s of %#x differs", what, ref);
}

// Random operations on a heap and on its model, which must agree after each:
// one run is one seed. Step() and Compare() return what is wrong, or nothing.
class ModelRun {
 public:
  explicit ModelRun(uint64_t seed);

  // Opens a session and may build a graph to start with. Call once, first.
  std::string Start();
  // One random operation on both, then Verify().
  std::string Step();
  // Every object, slot, payload, root and stale ref of both.
  std::string Compare();
  // Drops all, collects: nothing may be left.
  std::string Finish();

 private:
  using Bits = uint64_t;
  class MutatingSpill;

  std::string Random();
  std::string Allocate();
  std::string AllocateString();
  std::string Link();
  std::string Unlink();
  std::string AddSlots();
  std::string Write();
  std::string Copy();
  std::string HoldOrRelease();
  std::string Root();
  std::string Unroot();
  std::string Scopes();
  std::string Sessions();
  std::string Collect();
  // What the heap says that lived by type and tag.
  std::string CompareLiveTypes() const;
  std::string Scavenge();
  std::string StartMajor();
  std::string StepMajor();
  std::string StartSnapshot();
  // Once it is marked; other operations run between its pieces.
  std::string ReadSnapshot();
  std::string Batch();
  std::string Stale();
  std::string Explain();

  // Takes out of the model what a scavenge or a step of a major collection took
  // out of the heap, which may be any of what nothing reaches.
  std::string FollowCollector();

  uint64_t Pick(uint64_t below) { return random_() % below; }
  uint64_t PickSession();
  // An object that has not been collected, 0 if there is none; mostly one that
  // is reachable.
  Bits PickObject();
  Value PickValue();
  std::string PickPayload();
  Bits Allocated(uint64_t session, Ref ref, ModelObject object);

  std::mt19937_64 random_;
  MemoryBudget budget_{uint64_t{1} << 30};
  std::unique_ptr<Heap> heap_;
  HeapModel model_;
  // A snapshot that was started and is not read.
  std::shared_ptr<SnapshotCapture> capture_;
  std::unique_ptr<ExpectedSnapshot> expected_;
  std::vector<ModelType> types_;
  std::set<Bits> stale_;
  uint64_t next_session_ = 1;
  uint64_t steps_ = 0;
  bool fills_pages_ = false;  // so that there is something to compact
};

}  // namespace heapd::testing

#endif  // HEAPD_TESTS_MODEL_MODEL_RUN_H_
