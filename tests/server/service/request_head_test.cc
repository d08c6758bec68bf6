#include "server/service/request_head.h"

#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "heapd/v1/object_service.pb.h"

namespace heapd::server {
namespace {

// In pieces of that size at most.
grpc::ByteBuffer InPieces(const std::string& text, size_t size) {
  std::vector<grpc::Slice> slices;
  for (size_t begin = 0; begin < text.size(); begin += size) {
    const std::string piece = text.substr(begin, size);
    slices.emplace_back(piece.data(), piece.size());
  }
  return {slices.data(), slices.size()};
}

template <typename Request>
RequestHead Read(const Request& request, size_t piece = SIZE_MAX) {
  const std::string text = request.SerializeAsString();
  return RequestHead::Read(InPieces(text, std::min(piece, text.size())),
                           HeadFieldsOf<Request>());
}

v1::ApplyRequest BatchOf(const std::vector<v1::OperationKind>& kinds) {
  v1::ApplyRequest request;
  request.set_heap("shop");
  request.set_session(0x1234567890ABCDEF);
  request.set_request_id("again");
  for (const auto kind : kinds) request.mutable_batch()->add_kinds(kind);
  request.mutable_batch()->set_payloads(std::string(1000, 'x'));
  return request;
}

TEST(RequestHeadTest, FindsHeapAndSessionWhereverTheMessageHasThem) {
  v1::AllocateObjectRequest allocate;
  allocate.set_heap("shop");
  allocate.set_session(17);
  allocate.set_payload("payload");
  EXPECT_EQ(Read(allocate).heap(), "shop");
  EXPECT_EQ(Read(allocate).session(), 17u);
  v1::RootObjectRequest root;
  root.set_heap(std::string(63, 'h'));
  root.set_name(std::string(1000, 'n'));
  root.set_ref(1);
  root.set_session(18);
  EXPECT_EQ(Read(root).heap(), std::string(63, 'h'));
  EXPECT_EQ(Read(root).session(), 18u);
  v1::ListTypesRequest types;
  types.set_heap("shop");
  EXPECT_EQ(Read(types).heap(), "shop");
  EXPECT_EQ(Read(types).session(), 0u);
}

TEST(RequestHeadTest, ABatchIsWhatItsOperationsDo) {
  const std::vector<v1::OperationKind> reads = {
      v1::OPERATION_KIND_UNLINK,    v1::OPERATION_KIND_RELEASE,
      v1::OPERATION_KIND_UNROOT,    v1::OPERATION_KIND_POP_SCOPE,
      v1::OPERATION_KIND_READ_SLOT, v1::OPERATION_KIND_READ_PAYLOAD};
  EXPECT_EQ(Read(BatchOf(reads)).batch_class(), CallClass::kRead);
  EXPECT_EQ(Read(BatchOf(reads)).session(), 0x1234567890ABCDEF);
  for (int kind = 0; kind <= v1::OPERATION_KIND_READ_PAYLOAD; ++kind) {
    const auto value = static_cast<v1::OperationKind>(kind);
    if (std::count(reads.begin(), reads.end(), value) > 0) continue;
    std::vector<v1::OperationKind> kinds = reads;
    kinds.push_back(value);
    EXPECT_EQ(Read(BatchOf(kinds)).batch_class(), CallClass::kAllocate) << kind;
  }
  EXPECT_EQ(Read(BatchOf({})).batch_class(), CallClass::kAllocate);
}

TEST(RequestHeadTest, TheOperationsMayBeInSeveralPieces) {
  std::vector<v1::OperationKind> kinds(5000, v1::OPERATION_KIND_RELEASE);
  EXPECT_EQ(Read(BatchOf(kinds), 100).batch_class(), CallClass::kRead);
  kinds.back() = v1::OPERATION_KIND_ALLOCATE;
  EXPECT_EQ(Read(BatchOf(kinds), 100).batch_class(), CallClass::kAllocate);
}

TEST(RequestHeadTest, BytesThatAreNoRequestAreNoMatter) {
  const std::string text =
      BatchOf({v1::OPERATION_KIND_RELEASE}).SerializeAsString();
  constexpr auto kFields = HeadFieldsOf<v1::ApplyRequest>();
  for (size_t size = 0; size < text.size(); ++size) {
    RequestHead::Read(InPieces(text.substr(0, size), 7), kFields);
    std::string wrong = text;
    wrong[size] = static_cast<char>(wrong[size] ^ 0xFF);
    RequestHead::Read(InPieces(wrong, 7), kFields);
  }
  EXPECT_EQ(RequestHead::Read(grpc::ByteBuffer(), kFields).heap(), "");
  v1::ApplyRequest request;
  request.set_heap(std::string(64, 'h'));
  EXPECT_EQ(Read(request).heap(), "") << "too long for a heap";
}

}  // namespace
}  // namespace heapd::server
