#include "tests/e2e/storm_client.h"

#include <atomic>
#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/heapd/ref.h"

namespace heapd::e2e {
namespace {

using client::BatchBuilder;
using client::BatchValue;
using client::LocalRef;
using client::Value;
using Context = grpc::ClientContext;
using Channel = std::shared_ptr<grpc::Channel>;

// Small, so that calls meet on the same objects.
constexpr uint32_t kNames = 6;
constexpr uint32_t kMaxSlots = 8;
constexpr uint32_t kMaxDepth = 5;
// Where the text of a payload ends that tells it from all others, and the part
// begins that is overwritten.
constexpr uint32_t kWrittenFrom = 24;
constexpr uint32_t kWrittenBytes = 8;

// Sends one request on a stream of its own, perhaps behind one that does
// nothing, so that it need not name heap and session.
grpc::Status CallPipeline(const v1::PipelineRequest& request,
                          bool behind_another, const Channel& channel,
                          Context* context, std::string* answer) {
  v1::ObjectService::Stub stub(channel);
  const auto stream = stub.Pipeline(context);
  v1::PipelineResponse response;
  v1::PipelineRequest sent = request;
  if (behind_another) {
    v1::PipelineRequest nothing;
    nothing.set_heap(request.heap());
    nothing.set_session(request.session());
    nothing.mutable_batch();
    if (!stream->Write(nothing) || !stream->Read(&response)) {
      return stream->Finish();
    }
    sent.clear_heap();
    sent.clear_session();
  }
  if (!stream->Write(sent) || !stream->Read(&response)) {
    const grpc::Status status = stream->Finish();
    // The stream ended without an answer.
    return status.ok() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "")
                       : status;
  }
  *answer = response.result().SerializeAsString();
  const grpc::Status status =
      response.has_error()
          ? grpc::Status(static_cast<grpc::StatusCode>(response.error().code()),
                         response.error().message(),
                         response.error().SerializeAsString())
          : grpc::Status::OK;
  // What becomes of the stream after the answer does not matter.
  context->TryCancel();
  stream->Finish();
  return status;
}

}  // namespace

void StormClient::RunUntil(absl::Time end) {
  using Operation = void (StormClient::*)();
  static constexpr Operation kOperations[] = {
      &StormClient::AllocateObject, &StormClient::AllocateString,
      &StormClient::WriteObject,    &StormClient::CopyObject,
      &StormClient::LinkObject,     &StormClient::UnlinkObject,
      &StormClient::AddSlots,       &StormClient::HoldObject,
      &StormClient::ReleaseObject,  &StormClient::RootObject,
      &StormClient::UnrootObject,   &StormClient::PushScope,
      &StormClient::PopScope,       &StormClient::Apply,
      &StormClient::Pipeline};
  while (absl::Now() < end && problems_.empty()) {
    (this->*kOperations[Random(std::size(kOperations))])();
  }
}

// ---- Objects ----

void StormClient::AllocateObject() {
  auto request = NewRequest<v1::AllocateObjectRequest>();
  const std::string payload = NewPayload();
  const uint32_t slots = Random(kMaxSlots);
  request.set_type(options_.type);
  request.set_payload(payload);
  request.set_slot_count(slots);
  v1::AllocateObjectResponse response;
  if (!Call(&Stub::AllocateObject, request, &response)) return;
  model_.Allocate(response.ref(), payload, slots);
}

void StormClient::AllocateString() {
  auto request = NewRequest<v1::AllocateStringRequest>();
  const std::string content = NewPayload();
  request.set_content(content);
  v1::AllocateStringResponse response;
  if (!Call(&Stub::AllocateString, request, &response)) return;
  model_.Allocate(response.ref(), content, 0);
  model_.object(response.ref()).is_string = true;
}

void StormClient::WriteObject() {
  const uint64_t ref = SomeObjectWithSlots();  // strings have none
  if (ref == 0) return;
  auto request = NewRequest<v1::WriteObjectRequest>();
  const std::string text = absl::StrCat(10'000'000 + ++serial_);
  request.set_ref(ref);
  request.set_payload_offset(kWrittenFrom);
  request.set_payload(text);
  v1::WriteObjectResponse response;
  if (!Call(&Stub::WriteObject, request, &response)) return;
  model_.object(ref).payload.replace(kWrittenFrom, kWrittenBytes, text);
}

void StormClient::CopyObject() {
  const uint64_t ref = SomeObject();
  if (ref == 0) return;
  auto request = NewRequest<v1::CopyObjectRequest>();
  request.set_ref(ref);
  v1::CopyObjectResponse response;
  if (!Call(&Stub::CopyObject, request, &response)) return;
  if (model_.object(ref).is_string) {
    // Equal content is one object.
    Expect(response.ref() == ref && response.object_count() == 0,
           "CopyObject: the string itself");
    model_.Hold(ref);
    return;
  }
  Expect(response.object_count() == 1, "CopyObject: one object");
  const StormObject copied = model_.object(ref);
  model_.Allocate(response.ref(), copied.payload, 0);
  model_.object(response.ref()).slots = copied.slots;
}

// ---- Slots ----

void StormClient::LinkObject() {
  const uint64_t ref = SomeObjectWithSlots();
  if (ref == 0) return;
  auto request = NewRequest<v1::LinkObjectRequest>();
  std::vector<Value>& slots = model_.object(ref).slots;
  const uint32_t slot = Random(static_cast<uint32_t>(slots.size()));
  const Value value = SomeValue();
  request.set_ref(ref);
  request.set_slot(slot);
  *request.mutable_value() = value.ToProto();
  v1::LinkObjectResponse response;
  if (!Call(&Stub::LinkObject, request, &response)) return;
  Expect(Value::FromProto(response.former_value()) == slots[slot],
         "LinkObject: the former value");
  slots[slot] = value;
}

void StormClient::UnlinkObject() {
  const uint64_t ref = SomeObjectWithSlots();
  if (ref == 0) return;
  auto request = NewRequest<v1::UnlinkObjectRequest>();
  std::vector<Value>& slots = model_.object(ref).slots;
  const uint32_t slot = Random(static_cast<uint32_t>(slots.size()));
  request.set_ref(ref);
  request.set_slot(slot);
  v1::UnlinkObjectResponse response;
  if (!Call(&Stub::UnlinkObject, request, &response)) return;
  Expect(Value::FromProto(response.former_value()) == slots[slot],
         "UnlinkObject: the former value");
  slots[slot] = Value();
}

void StormClient::AddSlots() {
  const uint64_t ref = SomeObjectWithSlots();
  if (ref == 0) return;
  auto request = NewRequest<v1::AddSlotsRequest>();
  std::vector<Value>& slots = model_.object(ref).slots;
  const uint32_t count = 1 + Random(3);
  request.set_ref(ref);
  request.set_count(count);
  v1::AddSlotsResponse response;
  if (!Call(&Stub::AddSlots, request, &response)) return;
  slots.resize(slots.size() + count);
  Expect(response.slot_count() == slots.size(), "AddSlots: the sum");
}

// ---- Holds and scopes ----

void StormClient::HoldObject() {
  const uint64_t ref = SomeObject();
  if (ref == 0) return;
  auto request = NewRequest<v1::HoldObjectRequest>();
  request.set_ref(ref);
  v1::HoldObjectResponse response;
  if (!Call(&Stub::HoldObject, request, &response)) return;
  model_.Hold(ref);
}

void StormClient::ReleaseObject() {
  if (model_.holds().empty()) return;
  auto request = NewRequest<v1::ReleaseObjectRequest>();
  std::set<uint64_t> refs;
  for (int i = 0; i < 3; ++i) {
    const auto hold =
        std::next(model_.holds().begin(),
                  Random(static_cast<uint32_t>(model_.holds().size())));
    refs.insert(hold->first);
  }
  for (const uint64_t ref : refs) request.add_refs(ref);
  v1::ReleaseObjectResponse response;
  if (!Call(&Stub::ReleaseObject, request, &response)) return;
  for (const uint64_t ref : refs) model_.Release(ref);
}

void StormClient::PushScope() {
  if (model_.depth() >= kMaxDepth) return;
  const auto request = NewRequest<v1::PushScopeRequest>();
  v1::PushScopeResponse response;
  if (!Call(&Stub::PushScope, request, &response)) return;
  model_.PushScope();
  Expect(response.depth() == model_.depth(), "PushScope: the depth");
}

void StormClient::PopScope() {
  if (model_.depth() == 1) return;
  auto request = NewRequest<v1::PopScopeRequest>();
  const uint64_t carry = Random(2) == 0 ? 0 : SomeObject();
  request.set_carry_ref(carry);
  v1::PopScopeResponse response;
  if (!Call(&Stub::PopScope, request, &response)) return;
  model_.PopScope(carry);
  Expect(response.depth() == model_.depth(), "PopScope: the depth");
}

// ---- Roots ----

void StormClient::RootObject() {
  const uint64_t ref = SomeObject();
  if (ref == 0) return;
  auto request = NewRequest<v1::RootObjectRequest>();
  const std::string name = SomeName();
  request.set_name(name);
  request.set_ref(ref);
  v1::RootObjectResponse response;
  if (!Call(&Stub::RootObject, request, &response)) return;
  uint64_t& held = model_.roots()[name];
  Expect(response.former_ref() == held, "RootObject: the former object");
  held = ref;
}

void StormClient::UnrootObject() {
  auto request = NewRequest<v1::UnrootObjectRequest>();
  const std::string name = SomeName();
  const auto root = model_.roots().find(name);
  if (root == model_.roots().end()) return;
  request.set_name(name);
  v1::UnrootObjectResponse response;
  if (!Call(&Stub::UnrootObject, request, &response)) return;
  Expect(response.former_ref() == root->second, "UnrootObject: the object");
  model_.roots().erase(root);
}

// ---- Batches ----

StormClient::Family StormClient::NewFamily() {
  Family family = {{}, NewPayload(), NewPayload(), SomeName(), 0};
  BatchBuilder batch;
  batch.PushScope();
  const client::TypeId type(options_.type);
  const LocalRef child = batch.Allocate(type, family.child, {}, 1);
  const LocalRef parent =
      batch.Allocate(type, family.parent, {BatchValue::Strong(child)}, 2);
  batch.Root(family.root, parent);
  batch.PopScope(parent);
  family.batch = batch.Take();
  return family;
}

void StormClient::AddFamily(const Family& family,
                            const v1::BatchResult& result) {
  Expect(result.refs_size() >= 2, "Apply: two objects");
  if (!problems_.empty()) return;
  const uint64_t child = result.refs(0);
  const uint64_t parent = result.refs(1);
  model_.PushScope();
  model_.Allocate(child, family.child, 1);
  model_.Allocate(parent, family.parent, 2);
  model_.object(parent).slots[0] = Value::Strong(client::Ref(child));
  model_.roots()[family.root] = parent;
  model_.PopScope(parent);
}

void StormClient::Apply() {
  auto request = NewRequest<v1::ApplyRequest>();
  const Family family = NewFamily();
  *request.mutable_batch() = family.batch;
  v1::ApplyResponse response;
  if (!Call(&Stub::Apply, request, &response)) return;
  AddFamily(family, response.result());
}

void StormClient::Pipeline() {
  const auto request =
      std::make_shared<v1::PipelineRequest>(NewRequest<v1::PipelineRequest>());
  const Family family = NewFamily();
  *request->mutable_batch() = family.batch;
  const auto call = std::make_shared<StormCall>();
  call->name = absl::StrCat("Pipeline ", request->request_id());
  const auto attempt_count = std::make_shared<std::atomic<int>>(Random(2));
  call->attempt = [request, attempt_count](const Channel& channel,
                                           Context* context,
                                           std::string* answer) {
    const bool behind_another = attempt_count->fetch_add(1) % 2 == 0;
    return CallPipeline(*request, behind_another, channel, context, answer);
  };
  ++call_count_;
  v1::BatchResult result;
  const std::string answer = attempts_.FirstAnswer(call);
  Expect(!answer.empty() && result.ParseFromString(answer), call->name);
  if (problems_.empty()) AddFamily(family, result);
}

// ---- Parts ----

template <typename Request>
Request StormClient::NewRequest() {
  Request request;
  request.set_heap(options_.heap);
  request.set_session(options_.session);
  if (options_.with_request_ids) {
    request.set_request_id(
        absl::StrCat("request-", options_.name, "-", ++serial_));
  }
  return request;
}

template <typename Request, typename Response>
bool StormClient::Call(grpc::Status (Stub::*method)(Context*, const Request&,
                                                    Response*),
                       const Request& request, Response* response) {
  const auto call = std::make_shared<StormCall>();
  call->name =
      absl::StrCat(Request::descriptor()->name(), " ", request.request_id());
  call->attempt = [method, request](const Channel& channel, Context* context,
                                    std::string* answer) {
    Stub stub(channel);
    Response attempt_response;
    const grpc::Status status =
        (stub.*method)(context, request, &attempt_response);
    // Never empty, so that an empty response can be told from none.
    *answer = absl::StrCat(".", attempt_response.SerializeAsString());
    return status;
  };
  ++call_count_;
  const std::string answer = attempts_.FirstAnswer(call);
  Expect(!answer.empty() && response->ParseFromString(answer.substr(1)),
         call->name);
  return problems_.empty();
}

void StormClient::Expect(bool is_so, const std::string& what) {
  if (!is_so) problems_.push_back(absl::StrCat(options_.name, ": ", what));
}

uint64_t StormClient::SomeObject() {
  const std::set<uint64_t> refs = model_.Reachable();
  if (refs.empty()) return 0;
  return *std::next(refs.begin(), Random(static_cast<uint32_t>(refs.size())));
}

uint64_t StormClient::SomeObjectWithSlots() {
  for (int i = 0; i < 10; ++i) {
    const uint64_t ref = SomeObject();
    if (ref != 0 && !model_.object(ref).slots.empty()) return ref;
  }
  return 0;
}

std::string StormClient::NewPayload() {
  std::string payload = absl::StrCat(options_.name, "-", ++serial_);
  payload.resize(kWrittenFrom + kWrittenBytes, '.');
  return payload;
}

std::string StormClient::SomeName() {
  return absl::StrCat(options_.name, "-", Random(kNames));
}

Value StormClient::SomeValue() {
  const uint64_t ref = Random(4) == 0 ? 0 : SomeObject();
  if (ref == 0) return Value::SmallInteger(static_cast<int32_t>(Random(1000)));
  return Value::Strong(client::Ref(ref));
}

}  // namespace heapd::e2e
