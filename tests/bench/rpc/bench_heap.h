#ifndef HEAPD_TESTS_BENCH_RPC_BENCH_HEAP_H_
#define HEAPD_TESTS_BENCH_RPC_BENCH_HEAP_H_

#include <cstdint>
#include <memory>
#include <string>

#include "client/heapd/ids.h"
#include "heapd/v1/object_service.grpc.pb.h"

namespace heapd::rpc_bench {

inline constexpr char kHeap[] = "bench";
inline constexpr size_t kPayloadBytes = 32;

// Makes the heap "bench" and its type. Returns the type.
client::TypeId CreateBenchHeap(const std::string& address);

// A session on that heap, closed in the end. Single-threaded.
class BenchSession {
 public:
  explicit BenchSession(const std::shared_ptr<grpc::Channel>& channel);
  ~BenchSession();
  BenchSession(const BenchSession&) = delete;
  BenchSession& operator=(const BenchSession&) = delete;

  uint64_t id() const { return id_; }

 private:
  const std::unique_ptr<v1::ObjectService::Stub> stub_;
  uint64_t id_ = 0;
};

// A batch that allocates `count` objects, each referring to the two before it,
// in a scope that it pops at the end, so that the heap stays bounded however
// often the batch is applied.
v1::Batch AllocationBatch(client::TypeId type, uint32_t count);

// One allocation, for a session that is closed soon.
v1::AllocateObjectRequest SingleAllocation(client::TypeId type);

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_BENCH_HEAP_H_
