#include "tests/bench/rpc/bench_heap.h"

#include "client/heapd/batch_builder.h"
#include "heapd/v1/heap_service.grpc.pb.h"
#include "tests/bench/rpc/load.h"

namespace heapd::rpc_bench {

using client::BatchBuilder;
using client::BatchValue;
using client::LocalRef;

client::TypeId CreateBenchHeap(const std::string& address) {
  const std::shared_ptr<grpc::Channel> channel = Connect(address);
  {
    grpc::ClientContext context;
    v1::CreateHeapRequest request;
    v1::CreateHeapResponse response;
    request.set_heap(kHeap);
    CheckOk(v1::HeapService::NewStub(channel)->CreateHeap(&context, request,
                                                          &response));
  }
  grpc::ClientContext context;
  v1::DefineTypeRequest request;
  v1::DefineTypeResponse response;
  request.set_heap(kHeap);
  request.mutable_type()->set_name("Node");
  CheckOk(v1::ObjectService::NewStub(channel)->DefineType(&context, request,
                                                          &response));
  return client::TypeId(response.type());
}

BenchSession::BenchSession(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(v1::ObjectService::NewStub(channel)) {
  grpc::ClientContext context;
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_heap(kHeap);
  CheckOk(stub_->OpenSession(&context, request, &response));
  id_ = response.session();
}

BenchSession::~BenchSession() {
  grpc::ClientContext context;
  v1::CloseSessionRequest request;
  v1::CloseSessionResponse response;
  request.set_heap(kHeap);
  request.set_session(id_);
  CheckOk(stub_->CloseSession(&context, request, &response));
}

v1::Batch AllocationBatch(client::TypeId type, uint32_t count) {
  const std::string payload(kPayloadBytes, 'p');
  BatchBuilder batch;
  batch.PushScope();
  BatchValue values[2];
  for (uint32_t i = 0; i < count; ++i) {
    const LocalRef ref = batch.Allocate(type, payload, values);
    values[i % 2] = BatchValue::Strong(ref);
  }
  batch.PopScope();
  return batch.Take();
}

v1::AllocateObjectRequest SingleAllocation(client::TypeId type) {
  v1::AllocateObjectRequest request;
  request.set_heap(kHeap);
  request.set_type(type.value());
  request.set_payload(std::string(kPayloadBytes, 'p'));
  request.set_slot_count(2);
  return request;
}

}  // namespace heapd::rpc_bench
