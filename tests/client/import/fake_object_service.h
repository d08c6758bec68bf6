#ifndef HEAPD_TESTS_CLIENT_IMPORT_FAKE_OBJECT_SERVICE_H_
#define HEAPD_TESTS_CLIENT_IMPORT_FAKE_OBJECT_SERVICE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "heapd/v1/object_service.grpc.pb.h"

namespace heapd::importer {

// As much of a daemon as an import needs, with one heap that is collected after
// every batch, so that what is not held is gone at once. Refs that are gone are
// NOT_FOUND.
//
// Not for calls from several threads at a time, but for those of a lease.
class FakeObjectService : public v1::ObjectService::Service {
 public:
  struct Object {
    uint32_t type = 0;
    std::string payload;
    std::vector<uint64_t> slots;  // words as in batch.proto
  };
  struct BatchSize {
    int operations;
    size_t bytes;
  };

  // Listens on a port of its own on loopback, for `others` too; `address` says
  // which.
  static std::unique_ptr<grpc::Server> Start(
      FakeObjectService& service, std::string& address,
      const std::vector<grpc::Service*>& others = {});

  const std::map<uint64_t, Object>& objects() const { return objects_; }
  const std::map<std::string, uint64_t>& roots() const { return roots_; }
  // By type id, from 1.
  const std::vector<v1::Type>& types() const { return types_; }
  const std::vector<BatchSize>& batches() const { return batches_; }
  size_t open_scopes() const { return scopes_.size(); }
  // Lets the batch after this many fail.
  void FailAfter(size_t batches) { fail_after_ = batches; }

  grpc::Status OpenSession(grpc::ServerContext*, const v1::OpenSessionRequest*,
                           v1::OpenSessionResponse* response) override;
  grpc::Status RenewSession(grpc::ServerContext*,
                            const v1::RenewSessionRequest*,
                            v1::RenewSessionResponse* response) override;
  grpc::Status CloseSession(grpc::ServerContext*,
                            const v1::CloseSessionRequest*,
                            v1::CloseSessionResponse*) override;
  grpc::Status PushScope(grpc::ServerContext*, const v1::PushScopeRequest*,
                         v1::PushScopeResponse*) override;
  grpc::Status PopScope(grpc::ServerContext*, const v1::PopScopeRequest*,
                        v1::PopScopeResponse*) override;
  grpc::Status DefineType(grpc::ServerContext*,
                          const v1::DefineTypeRequest* request,
                          v1::DefineTypeResponse* response) override;
  grpc::Status Apply(grpc::ServerContext*, const v1::ApplyRequest* request,
                     v1::ApplyResponse* response) override;

 private:
  class Columns;

  grpc::Status ApplyOperation(v1::OperationKind kind, Columns& columns,
                              v1::BatchResult& result);
  grpc::Status Link(uint64_t ref, uint32_t slot, uint64_t value);
  void Collect();

  std::map<uint64_t, Object> objects_;
  std::map<std::string, uint64_t> roots_;
  std::vector<v1::Type> types_;
  std::vector<std::set<uint64_t>> scopes_;
  std::vector<BatchSize> batches_;
  std::optional<size_t> fail_after_;
  uint64_t last_ref_ = 0;
};

}  // namespace heapd::importer

#endif  // HEAPD_TESTS_CLIENT_IMPORT_FAKE_OBJECT_SERVICE_H_
