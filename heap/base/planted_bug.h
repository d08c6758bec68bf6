#ifndef HEAPD_HEAP_BASE_PLANTED_BUG_H_
#define HEAPD_HEAP_BASE_PLANTED_BUG_H_

// Mistakes that only a test's own build of the engine can make, one at a time,
// to show that the other tests would find them: HEAPD_PLANTED(kSkipChildren) is
// false everywhere else, and costs nothing. The environment variable
// HEAPD_PLANTED_BUG chooses by the name below.

#ifdef HEAPD_PLANTED_BUGS

#include <cstdlib>
#include <cstring>

#define HEAPD_PLANTED(bug) (::heapd::PlantedBug() == ::heapd::bug)

namespace heapd {

enum PlantedBugs {
  kNoBug,
  kSkipChildren,         // the marker skips the children of every 97th object
  kForgetRemembered,     // the write barrier forgets every 13th slot
  kForgetPromoted,       // slots of promoted objects are not remembered
  kForgetYoungHold,      // a scavenge does not look at the newest hold
  kSkipWeakClearing,     // weak slots of the dead stay as they are
  kFreeIndexTwice,       // every 97th index is freed twice
  kDropDeletionBarrier,  // what a slot held before is not shaded
  kForgetShade,          // what clients name is not shaded
  kForgetMove,           // of every 13th payload that compaction moves
  kForgetSave,           // of every 13th object that changes under a snapshot
};

inline PlantedBugs PlantedBug() {
  static const PlantedBugs bug = [] {
    const char* const name = std::getenv("HEAPD_PLANTED_BUG");
    const auto is = [name](const char* other) {
      return name != nullptr && std::strcmp(name, other) == 0;
    };
    if (is("skip_children")) return kSkipChildren;
    if (is("forget_remembered")) return kForgetRemembered;
    if (is("forget_promoted")) return kForgetPromoted;
    if (is("forget_young_hold")) return kForgetYoungHold;
    if (is("skip_weak_clearing")) return kSkipWeakClearing;
    if (is("free_index_twice")) return kFreeIndexTwice;
    if (is("drop_deletion_barrier")) return kDropDeletionBarrier;
    if (is("forget_shade")) return kForgetShade;
    if (is("forget_move")) return kForgetMove;
    if (is("forget_save")) return kForgetSave;
    return kNoBug;
  }();
  return bug;
}

}  // namespace heapd

#else

#define HEAPD_PLANTED(bug) false

#endif

#endif  // HEAPD_HEAP_BASE_PLANTED_BUG_H_
