#ifndef HEAPD_CLIENT_HEAPD_SHA256_H_
#define HEAPD_CLIENT_HEAPD_SHA256_H_

#include <memory>
#include <string>
#include <string_view>

namespace heapd::client {

// SHA-256 of bytes that come in pieces. Single-threaded.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(std::string_view bytes);
  // 64 lower-case hex digits. Call it once, at the end.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The SHA-256 of `bytes`, 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_SHA256_H_
