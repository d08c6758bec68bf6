#ifndef HEAPD_TESTS_BENCH_RPC_METHODS_H_
#define HEAPD_TESTS_BENCH_RPC_METHODS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "client/heapd/ids.h"
#include "tests/bench/rpc/load.h"

namespace heapd::rpc_bench {

// A method with what it is called with.
struct Method {
  std::string name;
  std::function<LoadResult(const LoadOptions&)> run;
};

// Methods that carry the same number of bytes in each direction, the first of
// which does nothing with them.
struct Comparison {
  std::string name;
  uint32_t operations = 1;  // that each call carries
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
  std::vector<Method> methods;
};

// AllocateObject against Echo.
Comparison CompareUnary(const std::string& address, client::TypeId type);
// Apply against Echo, and EchoBatch, with so many allocations a batch; then
// Echo and Apply by clients that write and read messages.
Comparison CompareApply(const std::string& address, client::TypeId type,
                        uint32_t batch);
// Pipeline against EchoStream.
Comparison ComparePipeline(const std::string& address, client::TypeId type,
                           uint32_t batch);

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_METHODS_H_
