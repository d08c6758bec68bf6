#include "client/heapload/load/place_table.h"

#include "client/heapd/check.h"

namespace heapd::heapload {
namespace {

// Most places are idle, so that few tries find one; when none is, the calls on
// their way hold everything, and the caller does something else.
constexpr int kTries = 8;

}  // namespace

PlaceTable::PlaceTable(uint32_t size) : places_(size) { Reset(); }

void PlaceTable::Reset() {
  taken_count_ = 0;
  hand_ = 0;
  free_.clear();
  free_.reserve(places_.size());
  for (Place& place : places_) place = Place();
  // The last one listed is used first.
  for (uint32_t i = size(); i-- > 0;) List(i);
}

client::Ref PlaceTable::BeginWrite(uint32_t place) {
  Place& written = places_[place];
  HEAPD_CLIENT_CHECK(is_idle(place));
  const client::Ref former = written.ref;
  if (written.taken) --taken_count_;
  written.ref = client::Ref();
  written.taken = false;
  written.written = true;
  return former;
}

void PlaceTable::EndWrite(uint32_t place, client::Ref ref) {
  Place& written = places_[place];
  HEAPD_CLIENT_CHECK(written.written);
  written.written = false;
  if (ref.is_null()) {
    List(place);
    return;
  }
  written.ref = ref;
  written.taken = true;
  ++taken_count_;
}

std::optional<uint32_t> PlaceTable::FindFree() {
  while (!free_.empty()) {
    const uint32_t place = free_.back();
    free_.pop_back();
    places_[place].listed = false;
    if (!is_taken(place) && is_idle(place)) return place;
  }
  return std::nullopt;
}

std::optional<uint32_t> PlaceTable::FindToReplace(Random& random) {
  for (int i = 0; i < kTries; ++i) {
    const auto place = static_cast<uint32_t>(random.Below(places_.size()));
    if (is_taken(place) && is_idle(place)) return place;
  }
  return std::nullopt;
}

std::optional<uint32_t> PlaceTable::NextToClear() {
  for (uint32_t i = 0; i < size(); ++i) {
    const uint32_t place = hand_;
    hand_ = (hand_ + 1) % size();
    if (is_taken(place) && is_idle(place)) return place;
  }
  return std::nullopt;
}

std::optional<uint32_t> PlaceTable::FindKnown(Random& random) const {
  for (int i = 0; i < kTries; ++i) {
    const auto place = static_cast<uint32_t>(random.Below(places_.size()));
    if (is_taken(place) && !ref(place).is_null()) return place;
  }
  return std::nullopt;
}

void PlaceTable::List(uint32_t place) {
  if (places_[place].listed) return;
  places_[place].listed = true;
  free_.push_back(place);
}

}  // namespace heapd::heapload
