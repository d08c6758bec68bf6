#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_STRINGS_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_STRINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace heapd::heapload {

// What stands for an interned string in a replay: as long as the recorded one,
// valid UTF-8, equal for equal hashes and different for different ones.
//
// Long ones spell out the hash. Short ones have no room for it: they are
// numbered, which takes about 40 bytes for each of them. Single-threaded.
class ReplayStrings {
 public:
  std::string Content(uint64_t hash, size_t size);

 private:
  // Numbers of short strings, by size and hash.
  absl::flat_hash_map<std::pair<size_t, uint64_t>, uint64_t> numbers_;
  absl::flat_hash_map<size_t, uint64_t> next_;  // by size
};

// Bytes for a payload: text, the same for the same size, so that a request that
// is repeated is the same again. Appends them.
void AppendFiller(size_t size, std::string* bytes);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_STRINGS_H_
