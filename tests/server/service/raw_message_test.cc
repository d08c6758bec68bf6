#include "server/service/raw_message.h"

#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "heapd/v1/heap_service.pb.h"
#include "tests/heap/status_matchers.h"

namespace heapd::server {
namespace {

grpc::ByteBuffer Pieces(const std::string& text, size_t piece) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < text.size(); at += piece) {
    slices.emplace_back(text.substr(at, piece));
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

TEST(RawMessageTest, ReadsWhatItWrote) {
  v1::CreateHeapRequest message;
  message.set_heap(std::string(5000, 'a'));
  grpc::ByteBuffer bytes;
  SerializeRaw(message, &bytes);
  v1::CreateHeapRequest read;
  ASSERT_OK(ParseRaw(bytes, &read));
  EXPECT_EQ(read.heap(), message.heap());
  SetRaw(message.SerializeAsString(), &bytes);
  ASSERT_OK(ParseRaw(bytes, &read));
}

TEST(RawMessageTest, SaysClearlyWhatIsNoMessage) {
  v1::CreateHeapRequest message;
  EXPECT_THAT(ParseRaw(Pieces("\xff\xff\xff", 3), &message),
              HasReason("INVALID_FIELD"));
  // A string that is not UTF-8.
  EXPECT_THAT(ParseRaw(Pieces("\x0a\x01\xff", 3), &message),
              HasReason("INVALID_FIELD"));
  EXPECT_THAT(ParseRaw(grpc::ByteBuffer(), &message),
              HasReason("INVALID_FIELD"));
}

TEST(RawMessageTest, AFingerprintDependsOnBytesAndNotOnPieces) {
  for (const size_t size : {size_t{1}, size_t{1000}, size_t{64} << 10,
                            (size_t{64} << 10) + 1, size_t{300'000}}) {
    std::string text(size, 'x');
    for (size_t i = 0; i < size; i += 7) text[i] = static_cast<char>(i);
    const uint64_t whole = Fingerprint("m", Pieces(text, size));
    EXPECT_EQ(Fingerprint("m", Pieces(text, std::max<size_t>(1, size / 3))),
              whole)
        << size;
    EXPECT_NE(Fingerprint("n", Pieces(text, size)), whole);
    text.back() ^= 1;
    EXPECT_NE(Fingerprint("m", Pieces(text, size)), whole);
  }
}

}  // namespace
}  // namespace heapd::server
