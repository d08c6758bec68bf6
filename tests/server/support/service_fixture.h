#ifndef HEAPD_TESTS_SERVER_SUPPORT_SERVICE_FIXTURE_H_
#define HEAPD_TESTS_SERVER_SUPPORT_SERVICE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/server/support/grpc_matchers.h"
#include "tests/server/support/in_process_server.h"

namespace heapd::server {

// A server with a heap "shop", one session on it and a type.
class ServiceFixture : public ::testing::Test {
 protected:
  ServiceFixture() : ServiceFixture(SmallConfig()) {}
  explicit ServiceFixture(const Config& config) : server_(config) {
    v1::CreateHeapRequest create;
    create.set_heap("shop");
    v1::CreateHeapResponse created;
    Call call;
    EXPECT_SUCCEEDS(server_.heaps->CreateHeap(&call, create, &created));
    session_ = OpenSession();
    type_ = DefineType("Item");
  }

  // Calls a unary method of the stub: `Do(&Stub::ReadObject, request,
  // &response)`.
  template <typename Request, typename Response>
  grpc::Status Do(grpc::Status (v1::ObjectService::Stub::*method)(
                      grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response* response) {
    Call call;
    return (server_.objects.get()->*method)(&call, request, response);
  }

  uint64_t OpenSession() {
    v1::OpenSessionRequest request;
    request.set_heap("shop");
    v1::OpenSessionResponse response;
    EXPECT_SUCCEEDS(
        Do(&v1::ObjectService::Stub::OpenSession, request, &response));
    return response.session();
  }

  uint32_t DefineType(const std::string& name) {
    v1::DefineTypeRequest request;
    request.set_heap("shop");
    request.mutable_type()->set_name(name);
    v1::DefineTypeResponse response;
    EXPECT_SUCCEEDS(
        Do(&v1::ObjectService::Stub::DefineType, request, &response));
    return response.type();
  }

  v1::AllocateObjectRequest AllocateRequest(const std::string& payload,
                                            uint32_t slot_count = 0) const {
    v1::AllocateObjectRequest request;
    request.set_heap("shop");
    request.set_session(session_);
    request.set_type(type_);
    request.set_payload(payload);
    request.set_slot_count(slot_count);
    return request;
  }

  uint64_t Allocate(const std::string& payload, uint32_t slot_count = 0) {
    v1::AllocateObjectResponse response;
    EXPECT_SUCCEEDS(Do(&v1::ObjectService::Stub::AllocateObject,
                       AllocateRequest(payload, slot_count), &response));
    return response.ref();
  }

  grpc::Status Read(uint64_t ref, v1::ReadObjectResponse* response) {
    v1::ReadObjectRequest request;
    request.set_heap("shop");
    request.set_ref(ref);
    return Do(&v1::ObjectService::Stub::ReadObject, request, response);
  }

  grpc::Status Link(uint64_t ref, uint32_t slot, uint64_t strong_ref) {
    v1::LinkObjectRequest request;
    request.set_heap("shop");
    request.set_ref(ref);
    request.set_slot(slot);
    request.mutable_value()->set_strong_ref(strong_ref);
    v1::LinkObjectResponse response;
    return Do(&v1::ObjectService::Stub::LinkObject, request, &response);
  }

  grpc::Status Root(const std::string& name, uint64_t ref) {
    v1::RootObjectRequest request;
    request.set_heap("shop");
    request.set_name(name);
    request.set_ref(ref);
    v1::RootObjectResponse response;
    return Do(&v1::ObjectService::Stub::RootObject, request, &response);
  }

  grpc::Status Release(const std::vector<uint64_t>& refs) {
    v1::ReleaseObjectRequest request;
    request.set_heap("shop");
    request.set_session(session_);
    request.mutable_refs()->Add(refs.begin(), refs.end());
    v1::ReleaseObjectResponse response;
    return Do(&v1::ObjectService::Stub::ReleaseObject, request, &response);
  }

  v1::Collection Collect(
      v1::CollectionKind kind = v1::COLLECTION_KIND_UNSPECIFIED) {
    v1::CollectHeapRequest request;
    request.set_heap("shop");
    request.set_kind(kind);
    v1::CollectHeapResponse response;
    Call call;
    EXPECT_SUCCEEDS(server_.collector->CollectHeap(&call, request, &response));
    return response.collection();
  }

  v1::HeapStats Stats() {
    v1::GetStatsRequest request;
    request.set_heap("shop");
    v1::GetStatsResponse response;
    Call call;
    EXPECT_SUCCEEDS(server_.collector->GetStats(&call, request, &response));
    return response.stats();
  }

  grpc::Status Verify() {
    v1::VerifyHeapRequest request;
    request.set_heap("shop");
    v1::VerifyHeapResponse response;
    Call call;
    return server_.collector->VerifyHeap(&call, request, &response);
  }

  InProcessServer server_;
  uint64_t session_ = 0;
  uint32_t type_ = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_SERVICE_FIXTURE_H_
