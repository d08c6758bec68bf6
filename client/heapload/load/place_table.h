#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_PLACE_TABLE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_PLACE_TABLE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "client/heapd/ref.h"
#include "client/heapload/load/random.h"

namespace heapd::heapload {

// What a worker knows of the places of its table while calls are on their way.
// A place that a call uses is not replaced until it is answered, and one that a
// call replaces is not used: so calls may be applied in any order and none
// finds an object collected.
//
//   free  -- BeginWrite -->  being written  -- EndWrite(ref) -->  taken
//     ^                                     -- EndWrite(null) ->  free
//     '------ as of a taken one: BeginWrite, EndWrite(null) ---'
//
// Single-threaded.
class PlaceTable {
 public:
  explicit PlaceTable(uint32_t size);

  // All places are free; nothing is on its way.
  void Reset();

  uint32_t size() const { return static_cast<uint32_t>(places_.size()); }
  uint32_t taken_count() const { return taken_count_; }
  // Null where the place is taken by what no answer has named yet.
  client::Ref ref(uint32_t place) const { return places_[place].ref; }
  bool is_taken(uint32_t place) const { return places_[place].taken; }
  bool is_written(uint32_t place) const { return places_[place].written; }
  // Neither used nor being written.
  bool is_idle(uint32_t place) const {
    return places_[place].uses == 0 && !places_[place].written;
  }

  void BeginUse(uint32_t place) { ++places_[place].uses; }
  void EndUse(uint32_t place) { --places_[place].uses; }
  // Of an idle place. Gives what was there; nothing is, until EndWrite().
  client::Ref BeginWrite(uint32_t place);
  // Null: nothing, or nobody knows what.
  void EndWrite(uint32_t place, client::Ref ref);
  // Of a taken place.
  void Learn(uint32_t place, client::Ref ref) { places_[place].ref = ref; }

  // A free idle place, or none.
  std::optional<uint32_t> FindFree();
  // A taken idle place, found by trying some; none if all of those are busy.
  std::optional<uint32_t> FindToReplace(Random& random);
  // The next taken idle place in the order of the table, or none within it.
  std::optional<uint32_t> NextToClear();
  // A place that is taken by an object whose ref is known and that no call
  // replaces, found by trying some, or none.
  std::optional<uint32_t> FindKnown(Random& random) const;

 private:
  struct Place {
    client::Ref ref;
    uint32_t uses = 0;
    bool taken = false;
    bool written = false;
    bool listed = false;  // in free_
  };

  void List(uint32_t place);

  std::vector<Place> places_;
  // Every free place, and some that are free no more.
  std::vector<uint32_t> free_;
  uint32_t taken_count_ = 0;
  uint32_t hand_ = 0;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_PLACE_TABLE_H_
