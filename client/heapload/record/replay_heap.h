#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_HEAP_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_HEAP_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/btree_set.h"
#include "client/heapload/record/call_translator.h"
#include "client/heapload/record/recording.pb.h"

namespace heapd::heapload {

// One heap of a replay: what its recorded ids are now, and its entries that
// were read and not yet done, in the order that they must keep.
//
// An entry is sent when all those are done that were answered, in the
// recording, before it came. So what was in flight at the same time then can be
// now, and nothing else changes places. Single-threaded.
class ReplayHeap {
 public:
  // What replaces recorded ids.
  ReplayIds ids;
  // There is a heap in the daemon.
  bool exists = false;
  // What it was like when the recording began, if it was there. It is made when
  // a call needs it: heaps that nobody used are of no interest.
  recording::HeapFound found;

  // An entry from the file; in the order of their numbers.
  void Add(std::unique_ptr<recording::Entry> entry);
  // The entry that came first among those that wait for their turn; null if
  // there is none.
  const recording::Entry* front() const;
  // Whether everything is done that was done before it.
  bool FrontMayGo() const;
  std::unique_ptr<recording::Entry> TakeFront();

  // An entry that lacks an id is set aside, until an answer brings it.
  void SetAside(std::unique_ptr<recording::Entry> entry);
  std::list<std::unique_ptr<recording::Entry>>& aside() { return aside_; }

  void Done(const recording::Entry& entry) { open_.erase(entry.number()); }
  size_t in_flight = 0;
  size_t waiting() const { return waiting_.size(); }
  bool idle() const { return open_.empty(); }

 private:
  // By when they came. One thread of the recording saw two calls at one time,
  // so the number decides.
  std::map<std::pair<int64_t, uint64_t>, std::unique_ptr<recording::Entry>>
      waiting_;
  std::list<std::unique_ptr<recording::Entry>> aside_;
  absl::btree_set<uint64_t> open_;  // numbers of entries that are not done
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_HEAP_H_
