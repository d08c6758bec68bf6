#ifndef HEAPD_TESTS_E2E_CUTTING_PROXY_H_
#define HEAPD_TESTS_E2E_CUTTING_PROXY_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <random>
#include <string>
#include <thread>

namespace heapd::e2e {

// How many bytes a connection carries in one direction before it is cut, at
// random between the two.
struct CutRange {
  uint64_t min_bytes;
  uint64_t max_bytes;
};

// Forwards TCP connections on 127.0.0.1 to another port there, and cuts each
// off in the middle of what goes through: after a random number of bytes in
// either direction both sides lose it, and what was on its way is lost. One
// thread. A seed gives the same numbers of bytes; when they arrive is chance.
class CuttingProxy {
 public:
  CuttingProxy(uint16_t target_port, CutRange range, uint64_t seed);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  // HOST:PORT to connect to.
  const std::string& address() const { return address_; }
  // Connections cut so far. Any thread.
  int cut_count() const { return cut_count_.load(); }

 private:
  // One direction of a connection.
  struct Pipe {
    int from;
    int to;
    uint64_t bytes_left;  // until the cut
    std::string pending;  // read, and not written yet
  };
  struct Connection {
    Pipe up;
    Pipe down;
  };

  void Run();
  void Accept();
  // False when the connection has to go.
  static bool Forward(Pipe& pipe);
  static bool Flush(Pipe& pipe);
  void Cut(const Connection& connection);
  uint64_t RandomBytes();

  const uint16_t target_port_;
  const CutRange range_;
  std::mt19937_64 random_;
  int listener_ = -1;
  std::string address_;
  std::list<Connection> connections_;
  std::atomic<int> cut_count_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace heapd::e2e

#endif  // HEAPD_TESTS_E2E_CUTTING_PROXY_H_
