#ifndef HEAPD_HEAP_GC_GRAPH_CAPTURE_H_
#define HEAPD_HEAP_GC_GRAPH_CAPTURE_H_

#include <cstddef>
#include <functional>

#include "absl/types/span.h"
#include "heap/gc/saved_slots.h"
#include "heap/object/ref.h"

namespace heapd {

// Something that reads the graph as it was when a major collection began. The
// collection shows it the marks when they are complete and waits, before it
// frees or moves anything, until it has read; mutators go on meanwhile, and
// SavedSlots keeps for it what they change. The mutators' thread calls
// everything here.
class GraphCapture {
 public:
  virtual ~GraphCapture() = default;

  // The instant. REQUIRES: nothing is young.
  virtual void Start() = 0;
  // Copies about so many of the holds that sessions had then, or sessions.
  // Whether all are. Once it is done, too: they are to be marked.
  virtual bool CaptureHolds(size_t count) = 0;
  // Marking is complete. `on_done` is called on any thread, at most once, when
  // IsDone() has come to hold later.
  virtual void OnMarked(std::function<void()> on_done) = 0;
  // Whether it has read all, or has given up. From then on it touches nothing
  // of the heap.
  virtual bool IsDone() const = 0;
  // Gives up if its reader has not come for seconds: memory waits for it.
  virtual void GiveUpIfStuck() = 0;
  // Reads all that is left now, or gives up if there is no memory for it.
  // REQUIRES: OnMarked() was called.
  virtual void Finish() = 0;
  // Gives up unless it is done: the heap goes.
  virtual void Abandon() = 0;
  // An object's payload is about to change.
  virtual void BeforeWrite(Index index) = 0;
  // What sessions held. REQUIRES: CaptureHolds() said that all are copied.
  virtual absl::Span<const Index> session_holds() const = 0;
  // What mutators save in.
  virtual SavedSlots& saved_slots() = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_GRAPH_CAPTURE_H_
