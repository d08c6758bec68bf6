#include "tests/client/import/fake_object_service.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace heapd::importer {
namespace {

constexpr uint64_t kWeakTag = uint64_t{1} << 60;
constexpr int kMaxMessageBytes = 80 << 20;

grpc::Status Gone(uint64_t ref) {
  return {grpc::StatusCode::NOT_FOUND, absl::StrCat("no object ", ref)};
}

}  // namespace

// Takes operands from the columns of a batch.
class FakeObjectService::Columns {
 public:
  explicit Columns(const v1::Batch& batch) : batch_(batch) {}

  uint64_t Ref() { return batch_.refs(refs_++); }
  uint32_t Type() { return batch_.types(types_++); }
  uint32_t Number() { return batch_.numbers(numbers_++); }
  uint64_t Value() { return batch_.values(values_++); }
  const std::string& Name() { return batch_.names(names_++); }
  std::string Payload() {
    const uint32_t size = batch_.sizes(sizes_++);
    std::string payload = batch_.payloads().substr(payload_bytes_, size);
    payload_bytes_ += size;
    return payload;
  }

 private:
  const v1::Batch& batch_;
  int refs_ = 0;
  int types_ = 0;
  int numbers_ = 0;
  int values_ = 0;
  int sizes_ = 0;
  int names_ = 0;
  size_t payload_bytes_ = 0;
};

std::unique_ptr<grpc::Server> FakeObjectService::Start(
    FakeObjectService& service, std::string& address,
    const std::vector<grpc::Service*>& others) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  for (grpc::Service* const other : others) builder.RegisterService(other);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  address = absl::StrCat("127.0.0.1:", port);
  return server;
}

grpc::Status FakeObjectService::OpenSession(grpc::ServerContext*,
                                            const v1::OpenSessionRequest*,
                                            v1::OpenSessionResponse* response) {
  scopes_.resize(1);
  response->set_session(1);
  response->mutable_time_to_live()->set_seconds(60);
  return grpc::Status::OK;
}

grpc::Status FakeObjectService::RenewSession(
    grpc::ServerContext*, const v1::RenewSessionRequest*,
    v1::RenewSessionResponse* response) {
  response->mutable_time_to_live()->set_seconds(60);
  return grpc::Status::OK;
}

grpc::Status FakeObjectService::CloseSession(grpc::ServerContext*,
                                             const v1::CloseSessionRequest*,
                                             v1::CloseSessionResponse*) {
  scopes_.clear();
  return grpc::Status::OK;
}

grpc::Status FakeObjectService::PushScope(grpc::ServerContext*,
                                          const v1::PushScopeRequest*,
                                          v1::PushScopeResponse*) {
  scopes_.emplace_back();
  return grpc::Status::OK;
}

grpc::Status FakeObjectService::PopScope(grpc::ServerContext*,
                                         const v1::PopScopeRequest*,
                                         v1::PopScopeResponse*) {
  scopes_.pop_back();
  Collect();
  return grpc::Status::OK;
}

grpc::Status FakeObjectService::DefineType(grpc::ServerContext*,
                                           const v1::DefineTypeRequest* request,
                                           v1::DefineTypeResponse* response) {
  types_.push_back(request->type());
  types_.back().set_type(static_cast<uint32_t>(types_.size()));
  response->set_type(types_.back().type());
  return grpc::Status::OK;
}

grpc::Status FakeObjectService::Apply(grpc::ServerContext*,
                                      const v1::ApplyRequest* request,
                                      v1::ApplyResponse* response) {
  const v1::Batch& batch = request->batch();
  if (fail_after_.has_value() && batches_.size() >= *fail_after_) {
    return {grpc::StatusCode::RESOURCE_EXHAUSTED, "the heap is full"};
  }
  batches_.push_back({batch.kinds_size(), batch.ByteSizeLong()});
  Columns columns(batch);
  for (const int kind : batch.kinds()) {
    grpc::Status status = ApplyOperation(static_cast<v1::OperationKind>(kind),
                                         columns, *response->mutable_result());
    if (!status.ok()) return status;
  }
  Collect();
  return grpc::Status::OK;
}

grpc::Status FakeObjectService::ApplyOperation(v1::OperationKind kind,
                                               Columns& columns,
                                               v1::BatchResult& result) {
  if (kind == v1::OPERATION_KIND_ALLOCATE) {
    Object object;
    object.type = columns.Type();
    object.slots.resize(columns.Number());
    const uint32_t value_count = columns.Number();
    object.payload = columns.Payload();
    if (value_count != 0 || object.type > types_.size()) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "not what this fake does"};
    }
    objects_[++last_ref_] = std::move(object);
    scopes_.back().insert(last_ref_);
    result.add_refs(last_ref_);
    return grpc::Status::OK;
  }
  if (kind == v1::OPERATION_KIND_UNROOT) {
    const bool known = roots_.erase(columns.Name()) == 1;
    return known ? grpc::Status::OK
                 : grpc::Status(grpc::StatusCode::NOT_FOUND, "no such root");
  }
  const uint64_t ref = columns.Ref();
  if (!objects_.contains(ref)) return Gone(ref);
  switch (kind) {
    case v1::OPERATION_KIND_HOLD:
      scopes_.back().insert(ref);
      return grpc::Status::OK;
    case v1::OPERATION_KIND_ADD_SLOTS:
      objects_[ref].slots.resize(objects_[ref].slots.size() + columns.Number());
      return grpc::Status::OK;
    case v1::OPERATION_KIND_LINK: {
      const uint32_t slot = columns.Number();
      return Link(ref, slot, columns.Value());
    }
    case v1::OPERATION_KIND_UNLINK:
      return Link(ref, columns.Number(), 0);
    case v1::OPERATION_KIND_ROOT:
      roots_[columns.Name()] = ref;
      return grpc::Status::OK;
    default:
      return {grpc::StatusCode::UNIMPLEMENTED, "not an operation of imports"};
  }
}

grpc::Status FakeObjectService::Link(uint64_t ref, uint32_t slot,
                                     uint64_t value) {
  const uint64_t target = value & ~kWeakTag;
  if (target != 0 && !objects_.contains(target)) return Gone(target);
  std::vector<uint64_t>& slots = objects_[ref].slots;
  if (slot >= slots.size()) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "no such slot"};
  }
  slots[slot] = value;
  return grpc::Status::OK;
}

void FakeObjectService::Collect() {
  std::set<uint64_t> reached;
  std::vector<uint64_t> pending;
  const auto reach = [&](uint64_t ref) {
    if (ref != 0 && reached.insert(ref).second) pending.push_back(ref);
  };
  for (const std::set<uint64_t>& scope : scopes_) {
    for (const uint64_t ref : scope) reach(ref);
  }
  for (const auto& [name, ref] : roots_) reach(ref);
  while (!pending.empty()) {
    const Object& object = objects_.at(pending.back());
    pending.pop_back();
    for (const uint64_t value : object.slots) {
      if ((value & kWeakTag) == 0) reach(value);
    }
  }
  std::erase_if(objects_, [&](const auto& entry) {
    return !reached.contains(entry.first);
  });
  for (auto& [ref, object] : objects_) {
    for (uint64_t& value : object.slots) {
      if (value != 0 && !reached.contains(value & ~kWeakTag)) value = 0;
    }
  }
}

}  // namespace heapd::importer
