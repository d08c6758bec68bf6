#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_KEYED_HASH_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_KEYED_HASH_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace heapd::heapload {

// What a recording has in place of a string: equal strings give equal hashes
// within one recording, and nobody can find the string by trying, since the
// key is random and dies with this object.
//
// 64 bits: among ten million different strings two are taken for one with a
// probability of 3 in a million. Thread-compatible.
class KeyedHash {
 public:
  // Ends the process if the system has no random bytes.
  KeyedHash();
  ~KeyedHash();
  KeyedHash(const KeyedHash&) = delete;
  KeyedHash& operator=(const KeyedHash&) = delete;

  uint64_t Hash(std::string_view text) const;
  // A name for the hash, 17 characters; empty stays empty.
  std::string Name(std::string_view text) const;

 private:
  std::array<unsigned char, 32> key_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_KEYED_HASH_H_
