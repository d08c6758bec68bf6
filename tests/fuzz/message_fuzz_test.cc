// Malformed requests to every method of an in-process server: random bytes and
// valid messages with bytes changed. Each must end in an answer or a clear
// error, and the server must go on. The seed is printed; HEAPD_TEST_SEED takes
// one, HEAPD_FUZZ_REQUESTS another number of requests.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

uint64_t FromEnvironment(const char* name, uint64_t by_default) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : by_default;
}

// One method, and through which channel it is reached.
struct Method {
  const MethodDescriptor* descriptor;
  std::shared_ptr<grpc::Channel> channel;
};

// Fills messages with values that a server may find interesting.
class MessageMaker {
 public:
  explicit MessageMaker(std::mt19937_64* random) : random_(*random) {}

  // What there is on the server.
  void SetKnown(uint64_t session, uint32_t type, uint64_t ref) {
    session_ = session;
    words_ = {0,          1,       type,    ref,   session,          ref + 1,
              ~0ull,      1 << 30, 1 << 20, 65536, 1ull << 60 | ref, 1ull << 63,
              2ull << 60, 1,       ref,     type};
  }

  void Fill(Message* message, int depth) {
    const Descriptor* const descriptor = message->GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* const field = descriptor->field(i);
      if (Below(4) == 0) continue;
      const int count = field->is_repeated() ? static_cast<int>(Below(5)) : 1;
      for (int n = 0; n < count; ++n) Set(message, field, depth);
    }
  }

  uint64_t Below(uint64_t bound) { return random_() % bound; }

 private:
  uint64_t Word() { return words_[Below(words_.size())]; }

  std::string Text(const FieldDescriptor& field) {
    static const std::string kTexts[] = {
        "shop", "none", "", "top", "../x", std::string(2000, 'n')};
    if (field.name() == "heap" && Below(8) != 0) return "shop";
    return kTexts[Below(std::size(kTexts))];
  }

  void Set(Message* message, const FieldDescriptor* field, int depth) {
    const auto* const r = message->GetReflection();
    const bool add = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth > 4) return;
        Fill(add ? r->AddMessage(message, field)
                 : r->MutableMessage(message, field),
             depth + 1);
        return;
      case FieldDescriptor::CPPTYPE_STRING:
        add ? r->AddString(message, field, Text(*field))
            : r->SetString(message, field, Text(*field));
        return;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = static_cast<int>(Below(19)) - 1;
        add ? r->AddEnumValue(message, field, value)
            : r->SetEnumValue(message, field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        r->SetBool(message, field, Below(2) == 0);
        return;
      case FieldDescriptor::CPPTYPE_UINT64: {
        const uint64_t value =
            field->name() == "session" && Below(4) != 0 ? session_ : Word();
        add ? r->AddUInt64(message, field, value)
            : r->SetUInt64(message, field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        const uint32_t value =
            static_cast<uint32_t>(Below(2) == 0 ? Below(8) : Word());
        add ? r->AddUInt32(message, field, value)
            : r->SetUInt32(message, field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_INT32:
        r->SetInt32(message, field, static_cast<int32_t>(Word()));
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        r->SetInt64(message, field, static_cast<int64_t>(Word()));
        return;
      default:
        return;
    }
  }

  std::mt19937_64& random_;
  uint64_t session_ = 0;
  std::vector<uint64_t> words_;
};

class MessageFuzzTest : public ServiceFixture {
 protected:
  MessageFuzzTest() {
    const auto* const pool = google::protobuf::DescriptorPool::generated_pool();
    for (const char* service : {"ObjectService", "HeapService",
                                "CollectorService", "SnapshotService"}) {
      const auto* const descriptor =
          pool->FindServiceByName(absl::StrCat("heapd.v1.", service));
      for (int i = 0; i < descriptor->method_count(); ++i) {
        methods_.push_back(
            {descriptor->method(i), service == std::string("SnapshotService")
                                        ? server_.operations_channel()
                                        : server_.data_channel()});
      }
    }
  }

  // A heap as it should be, whatever became of the last one.
  void Restore(MessageMaker* maker) {
    // Changed bytes make heaps of other names too.
    v1::ListHeapsResponse heaps;
    Call list_call;
    ASSERT_SUCCEEDS(server_.heaps->ListHeaps(&list_call, {}, &heaps));
    for (const v1::Heap& heap : heaps.heaps()) {
      v1::DeleteHeapRequest request;
      request.set_heap(heap.heap());
      v1::DeleteHeapResponse deleted;
      Call delete_call;
      ASSERT_SUCCEEDS(
          server_.heaps->DeleteHeap(&delete_call, request, &deleted));
    }
    v1::CreateHeapRequest create;
    create.set_heap("shop");
    v1::CreateHeapResponse created;
    Call create_call;
    ASSERT_SUCCEEDS(server_.heaps->CreateHeap(&create_call, create, &created));
    session_ = OpenSession();
    type_ = DefineType("Item");
    const uint64_t ref = Allocate("seed", 2);
    EXPECT_SUCCEEDS(Root("top", ref));
    maker->SetKnown(session_, type_, ref);
  }

  // A request of this method: random bytes, a valid message, or one with some
  // of its bytes changed, cut or doubled.
  std::string MakeRequest(const Method& method, MessageMaker* maker) {
    std::string bytes;
    if (maker->Below(5) == 0) {
      bytes.resize(maker->Below(200));
      for (char& c : bytes) c = static_cast<char>(maker->Below(256));
      return bytes;
    }
    const std::unique_ptr<Message> message(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(method.descriptor->input_type())
            ->New());
    maker->Fill(message.get(), 0);
    bytes = message->SerializeAsString();
    if (bytes.empty() || maker->Below(3) == 0) return bytes;
    for (uint64_t n = 1 + maker->Below(4); n > 0; --n) {
      const size_t at = maker->Below(bytes.size());
      switch (maker->Below(4)) {
        case 0:
          bytes[at] = static_cast<char>(maker->Below(256));
          break;
        case 1:
          bytes[at] ^= static_cast<char>(1 << maker->Below(8));
          break;
        case 2:
          bytes.resize(at + 1);
          break;
        case 3:
          bytes.insert(at, bytes.substr(at, maker->Below(16)));
          break;
      }
    }
    return bytes;
  }

  // Sends the bytes and takes answers until the call ends. Watches are left
  // after a moment: they would not end by themselves.
  grpc::Status Send(const Method& method, const std::string& bytes) {
    grpc::GenericStub stub(method.channel);
    grpc::CompletionQueue queue;
    Call call(InProcessServer::kToken);
    const bool watches = method.descriptor->server_streaming() &&
                         method.descriptor->name().compare(0, 5, "Watch") == 0;
    if (watches) {
      call.set_deadline(std::chrono::system_clock::now() +
                        std::chrono::milliseconds(20));
    }
    const auto stream = stub.PrepareCall(
        &call,
        absl::StrCat("/", method.descriptor->service()->full_name(), "/",
                     method.descriptor->name()),
        &queue);
    stream->StartCall(nullptr);
    if (Next(&queue)) {
      if (bytes.empty()) {
        stream->WritesDone(nullptr);  // no message at all
      } else {
        const grpc::Slice slice(bytes);
        const grpc::ByteBuffer request(&slice, 1);
        stream->WriteLast(request, grpc::WriteOptions(), nullptr);
      }
      Next(&queue);
    }
    grpc::ByteBuffer response;
    do {
      stream->Read(&response, nullptr);
    } while (Next(&queue));
    grpc::Status status;
    stream->Finish(&status, nullptr);
    Next(&queue);
    return status;
  }

  static bool Next(grpc::CompletionQueue* queue) {
    void* tag = nullptr;
    bool ok = false;
    return queue->Next(&tag, &ok) && ok;
  }

  // OK, or an error of ours with all its details. A watch that was left, and
  // a call that took too long, have none.
  static void ExpectClear(const grpc::Status& status) {
    if (status.ok() ||
        status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      return;
    }
    EXPECT_NE(status.error_message(), "");
    EXPECT_NE(ErrorDetails(status).reason(), "");
    EXPECT_NE(status.error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_NE(status.error_code(), grpc::StatusCode::UNKNOWN);
    EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }

  std::vector<Method> methods_;
};

TEST_F(MessageFuzzTest, MalformedRequestsEndInClearErrors) {
  const uint64_t seed =
      FromEnvironment("HEAPD_TEST_SEED", std::random_device()());
  const uint64_t requests = FromEnvironment("HEAPD_FUZZ_REQUESTS", 10'000);
  std::printf("HEAPD_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  MessageMaker maker(&random);
  std::set<std::string> reasons;
  for (uint64_t i = 0; i < requests; ++i) {
    if (i % 500 == 0) Restore(&maker);
    const Method& method = methods_[i % methods_.size()];
    const std::string bytes = MakeRequest(method, &maker);
    SCOPED_TRACE(absl::StrCat("HEAPD_TEST_SEED=", seed, " request ", i, " ",
                              method.descriptor->full_name()));
    const grpc::Status status = Send(method, bytes);
    ExpectClear(status);
    reasons.insert(status.ok() ? "OK" : ErrorDetails(status).reason());
    if (HasFailure()) break;
  }
  // The requests were not all refused at the door.
  for (const char* reason :
       {"OK", "INVALID_FIELD", "OBJECT_COLLECTED", "SESSION_EXPIRED"}) {
    EXPECT_TRUE(reasons.contains(reason)) << reason;
  }
}

}  // namespace
}  // namespace heapd::server
