#ifndef HEAPD_HEAP_HEAP_H_
#define HEAPD_HEAP_HEAP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/base/memory_budget.h"
#include "heap/base/task_runner.h"
#include "heap/batch.h"
#include "heap/gc/collection.h"
#include "heap/gc/compaction.h"
#include "heap/gc/live_census.h"
#include "heap/gc/major_progress.h"
#include "heap/gc/stress.h"
#include "heap/heap_stats.h"
#include "heap/object/ref.h"
#include "heap/object/type.h"
#include "heap/object/value.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heap/snapshot/snapshot_spill.h"

namespace heapd {

class HeapCore;
class Session;
class SessionSurvey;
class SnapshotCapture;

// Names a session of a heap; chosen by the caller, hard to guess; 0 is none.
using SessionId = uint64_t;

struct HeapOptions {
  // Most memory that the heap may take; kMinHeapLimitBytes to
  // kMaxHeapLimitBytes.
  uint64_t limit_bytes = uint64_t{256} << 20;
  uint64_t reservation_bytes = 0;
  // Most that one semi-space of new space gets: kMinNewSpaceBytes to
  // kMaxNewSpaceBytes, or 0 for a heap without one. At most a 32nd of the limit
  // is used.
  uint64_t new_space_bytes = uint64_t{1} << 20;
  // Overwrite the payloads of collected objects with zeros.
  bool clear_free_memory = false;
  // Used bytes below which no collection starts by itself.
  uint64_t min_collection_threshold_bytes = uint64_t{16} << 20;
  StressOptions stress = {};
  // Marks beside mutators; without one, StepMajor() marks.
  TaskRunner runner = nullptr;
};

// What an object is, without its contents.
struct ObjectInfo {
  TypeId type = 0;  // without a tag
  // Where it was allocated; empty for none. Lives as long as the heap.
  absl::string_view tag;
  uint32_t payload_size = 0;
  uint32_t slot_count = 0;
  // Table entry, header, slots, payload and padding, in bytes.
  uint64_t self_size = 0;
};

// The memory of a session that was closed. It has left its heap, which may go
// first; freeing what held millions of objects takes milliseconds, so it can be
// done elsewhere. Movable to other threads; empty by default.
class ClosedSession {
 public:
  ClosedSession();
  ClosedSession(ClosedSession&&) noexcept;
  ClosedSession& operator=(ClosedSession&&) noexcept;
  ~ClosedSession();

  // Whether freeing it can take longer than some microseconds.
  bool is_large() const;

 private:
  friend class Heap;
  explicit ClosedSession(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

// A managed heap: objects with a type, an opaque payload and slots that link
// them. Nothing is freed by hand; what no root and no session reaches is
// collected. See heap/README.md for how it works inside.
//
// Thread-compatible: const calls may run side by side, others exclude all. The
// server serialises them per heap.
//
// Collections run only in Collect() and Safepoint(): no other call collects, so
// a ref that was resolved stays good to the end of the call. An allocation that
// does not fit fails with RESOURCE_EXHAUSTED (HEAP_LIMIT or BUDGET) and changes
// nothing; WithCollection() is the loop that collects and tries again. A caller
// also calls Safepoint() between operations, and collects when CollectionDue()
// says so.
//
// Errors carry a reason (heap/base/error.h): INVALID_ARGUMENT (INVALID_FIELD),
// NOT_FOUND (OBJECT_COLLECTED, SESSION_EXPIRED, ROOT_NOT_FOUND,
// TYPE_NOT_FOUND), RESOURCE_EXHAUSTED (HEAP_LIMIT, BUDGET, TYPE_COUNT, ...). A
// call that fails has changed nothing.
class Heap {
 public:
  // INVALID_ARGUMENT for a limit out of range; RESOURCE_EXHAUSTED (BUDGET).
  // REQUIRES: `budget` outlives the heap.
  static absl::StatusOr<std::unique_ptr<Heap>> Create(
      const HeapOptions& options, MemoryBudget* budget);
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // ---- Types ----
  // The type with this name, kind, slot names and tag, made if it is not there
  // yet.
  absl::StatusOr<TypeId> DefineType(
      absl::string_view name, TypeKind kind,
      absl::Span<const absl::string_view> slot_names,
      absl::string_view tag = {});
  // Null when there is none. The type lives as long as the heap.
  const Type* FindType(TypeId type) const;
  // Types have the ids 1 to type_count().
  uint32_t type_count() const;
  // The text of a tag of SessionHolds; empty for 0. Lives as long as the heap.
  absl::string_view TagText(TagId tag) const;

  // ---- Sessions and scopes ----
  // Opens a session with one scope. `label` is for people. `tag` is that of
  // what it allocates, where neither the type nor the call has one.
  absl::Status OpenSession(SessionId session, absl::string_view label,
                           absl::string_view tag = {});
  // Drops all its holds, however many, in a time that does not depend on them,
  // if the caller takes the memory; it is freed at once without `closed`.
  absl::Status CloseSession(SessionId session, ClosedSession* closed = nullptr);
  bool HasSession(SessionId session) const;
  // How many scopes are open afterwards.
  absl::StatusOr<uint32_t> PushScope(SessionId session);
  // Drops what the innermost scope holds; the enclosing one holds `carry`
  // (unless null) from then on. FAILED_PRECONDITION (LAST_SCOPE).
  absl::StatusOr<uint32_t> PopScope(SessionId session, Ref carry = Ref());
  // A session holds an object at most once, in the outermost scope that held
  // it.
  absl::Status Hold(SessionId session, Ref ref);
  // FAILED_PRECONDITION (NOT_HELD).
  absl::Status Release(SessionId session, Ref ref);
  // Goes on looking for the sessions that hold most, at about `count` holds and
  // sessions. Whether none is left.
  bool SurveySessions(SessionSurvey* survey, size_t count) const;

  // ---- Roots ----
  // What the name held before; null if it is new.
  absl::StatusOr<Ref> Root(absl::string_view name, Ref ref);
  // What the name held.
  absl::StatusOr<Ref> Unroot(absl::string_view name);
  absl::StatusOr<Ref> GetRoot(absl::string_view name) const;
  // Roots in byte order of their names, those after `after`, at most `limit`.
  std::vector<std::pair<std::string, Ref>> ListRoots(absl::string_view after,
                                                     size_t limit) const;

  // ---- Objects ----
  // Held by the session's current scope. `slot_count` is raised to the number
  // of `values`. The payload's size is fixed from then on. The object's tag is
  // that of the type, or else `tag`, or else that of the session.
  absl::StatusOr<Ref> Allocate(SessionId session, TypeId type,
                               absl::string_view payload, uint32_t slot_count,
                               absl::Span<const Value> values,
                               absl::string_view tag = {});
  // The object with this content (UTF-8), one for equal content.
  absl::StatusOr<Ref> AllocateString(SessionId session,
                                     absl::string_view content);
  // Same type, tag, payload and slot values; follows strong slots `max_depth`
  // links deep and shares the rest. RESOURCE_EXHAUSTED (COPY_LIMIT) over
  // `max_objects`. Returns the copy of `ref`, and how many were copied.
  absl::StatusOr<std::pair<Ref, uint32_t>> Copy(SessionId session, Ref ref,
                                                uint32_t max_depth,
                                                uint32_t max_objects);
  absl::StatusOr<ObjectInfo> Describe(Ref ref) const;
  // Valid until the next call that is not const.
  absl::StatusOr<absl::string_view> ReadPayload(Ref ref) const;
  // FAILED_PRECONDITION (IMMUTABLE) for an interned string.
  absl::Status WritePayload(Ref ref, uint32_t offset, absl::string_view bytes);
  absl::StatusOr<Value> ReadSlot(Ref ref, uint32_t slot) const;
  // Appends the values of slots [first, first + count) that exist.
  absl::Status ReadSlots(Ref ref, uint32_t first, uint32_t count,
                         std::vector<Value>* values) const;
  // What the slot held before.
  absl::StatusOr<Value> Link(Ref ref, uint32_t slot, Value value);
  // Adds null slots at the end; how many there are then.
  absl::StatusOr<uint32_t> AddSlots(Ref ref, uint32_t count);

  // Applies a batch in order: all of it, or nothing and the error names the
  // operation. `session` may be 0 if no operation needs one.
  absl::Status Apply(SessionId session, const BatchView& batch,
                     BatchResultSink* result);

  // ---- Collection ----
  Collection Collect(CollectionReason reason,
                     CollectionKind kind = CollectionKind::kMajor);
  // Begins a major collection that goes on beside other calls, unless one is
  // running: StepMajor() does a slice of what it has to do in the caller's
  // turn, and says what comes next. Collect(), and what does not fit in memory,
  // finish it first. What died after its start is left for the next one.
  void StartMajor(CollectionReason reason,
                  Compaction compaction = Compaction::kUsual);
  MajorProgress StepMajor(const MajorSlice& slice = {});
  bool IsMajorRunning() const;
  // Called on a thread of the runner when marking has got to where a step can
  // go on, after StepMajor() said kWait or StartMajor(). It must not call back
  // into the heap. Before the first StartMajor().
  void SetMajorIdleCallback(std::function<void()> on_idle);
  // Where a scavenge may run, if one is due: to be called between operations.
  // What is allocated after new space is full goes to old space, so without
  // safepoints a heap has no short-lived objects. `upcoming_bytes`: roughly
  // what the next operation allocates.
  void Safepoint(uint64_t upcoming_bytes = 0);
  // Is called at the end of each collection, whoever asked for it; null for
  // none.
  void SetCollectionObserver(std::function<void(const Collection&)> observer);
  // The heap has grown past its threshold since the last major collection.
  bool CollectionDue() const;
  // Whether a collection could free anything: something was unlinked,
  // overwritten, released or never held since the last one began, or that is
  // not over.
  bool MayHaveGarbage() const;
  // Whether Collect() could make room: by that, or because what is free is in
  // pieces.
  bool MayMakeRoom() const;
  // Runs `attempt`; when it fails for memory and MayMakeRoom() says so,
  // collects and runs it once more.
  absl::Status WithCollection(absl::FunctionRef<absl::Status()> attempt);

  // ---- Questions ----
  struct TraverseOptions {
    uint32_t max_depth = UINT32_MAX;
    uint32_t max_objects = 1000;
    uint64_t max_bytes = uint64_t{1} << 20;  // as encoded in TraverseResponse
    bool include_payloads = false;
    bool follow_weak_refs = false;
  };
  struct TraversedObject {
    Ref ref;
    uint32_t depth = 0;
    ObjectInfo info;
    absl::Span<const Value> values;  // valid during the call
    absl::string_view payload;       // empty unless asked for
  };
  // Visits what can be reached from `starts`, breadth first, each object once.
  // Returns whether a limit ended it before everything was visited.
  absl::StatusOr<bool> Traverse(
      absl::Span<const Ref> starts, const TraverseOptions& options,
      absl::FunctionRef<void(const TraversedObject&)> visit) const;

  struct Explanation {
    bool by_root = false;
    std::string root;       // if by_root
    SessionId session = 0;  // otherwise
    struct Step {
      Ref ref;
      TypeId type = 0;        // which has the tag
      bool has_slot = false;  // false on the last step
      uint32_t slot = 0;
    };
    std::vector<Step> steps;  // from the held object to the one asked for
  };
  // A shortest path from a root or session to the object.
  // NOT_FOUND (UNREACHABLE) when there is none.
  absl::StatusOr<Explanation> Explain(Ref ref) const;

  // Starts a snapshot of the heap as it is now and the major collection that
  // it is made of: StepMajor() goes on with that, and another thread calls
  // SnapshotCapture::ReadInto() and WriteCapturedSnapshot() meanwhile. The
  // collection waits for the reading, not for the writing. Errors of
  // SnapshotCapture::Create(). REQUIRES: !IsMajorRunning().
  absl::StatusOr<std::shared_ptr<SnapshotCapture>> StartSnapshot(
      const SnapshotOptions& options);
  // The same with everything done in this call: finishes a collection that
  // runs, collects, and writes. `collection` tells what the collection did.
  absl::StatusOr<SnapshotSummary> WriteSnapshot(const SnapshotOptions& options,
                                                SnapshotSink* sink,
                                                Collection* collection);

  // ---- Figures ----
  // What lived in old space and large-object space at the end of the last major
  // collection, by type and tag, in no order: payloads with what is beside
  // them, not slots. Empty before the first. What it costs to know is in the
  // sweep, which reads the blocks' headers anyway.
  const std::vector<LiveType>& live_types() const;
  // RESOURCE_EXHAUSTED (BUDGET), INVALID_ARGUMENT out of range.
  absl::Status SetLimits(uint64_t limit_bytes, uint64_t reservation_bytes);
  HeapStats Stats() const;
  // HeapStats::collections alone.
  std::vector<Collection> RecentCollections() const;
  // Any thread may read its figures at any time.
  const MemoryAccount& account() const;
  uint64_t used_bytes() const;
  uint64_t object_count() const;
  size_t root_count() const;
  size_t session_count() const;

  // Checks every invariant of heap/README.md without sharing code with the
  // collector. INTERNAL (CORRUPT) names the first that is broken.
  // A sweep that is half done is ended first.
  absl::Status Verify();

 private:
  explicit Heap(std::unique_ptr<HeapCore> core);

  // With exactly that type.
  absl::StatusOr<Ref> AllocateHeld(Session* holder, TypeId type,
                                   absl::string_view payload,
                                   uint32_t slot_count,
                                   absl::Span<const Value> values);

  std::unique_ptr<HeapCore> core_;
};

// Writes what was read into the spill, in the format of Chrome DevTools (README
// of heap/ names the source), reduced as the capture's options say. The heap is
// not needed any more. Fails with what the spill or the sink fails with; a
// reduction, which takes memory of the budget, as AnalyzeCapturedGraph() does.
absl::StatusOr<SnapshotSummary> WriteCapturedSnapshot(
    const SnapshotCapture& capture, SnapshotSpill* spill, SnapshotSink* sink);

}  // namespace heapd

#endif  // HEAPD_HEAP_HEAP_H_
