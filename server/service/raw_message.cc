#include "server/service/raw_message.h"

#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>
#include <grpcpp/support/slice.h>

#include <algorithm>
#include <vector>

#include "absl/hash/hash.h"
#include "heap/base/check.h"
#include "heap/base/error.h"

namespace heapd::server {
namespace {

constexpr int kBlockBytes = 1 << 20;
constexpr size_t kHashedBytes = size_t{64} << 10;

}  // namespace

absl::Status Unreadable() {
  return MakeError(absl::StatusCode::kInvalidArgument, reason::kInvalidField,
                   "the request is no message of this method, or has text that "
                   "is not UTF-8");
}

absl::Status ParseRaw(const grpc::ByteBuffer& bytes,
                      google::protobuf::Message* message) {
  if (!bytes.Valid()) return Unreadable();
  // Shares the bytes; a reader wants a buffer that it may change.
  grpc::ByteBuffer shared(bytes);
  grpc::ProtoBufferReader reader(&shared);
  if (!reader.status().ok() || !message->ParseFromZeroCopyStream(&reader)) {
    return Unreadable();
  }
  return absl::OkStatus();
}

void SerializeRaw(const google::protobuf::Message& message,
                  grpc::ByteBuffer* bytes) {
  const size_t size = message.ByteSizeLong();
  grpc::ProtoBufferWriter writer(bytes, kBlockBytes, static_cast<int>(size));
  HEAPD_CHECK(message.SerializeToZeroCopyStream(&writer));
}

void SetRaw(absl::string_view text, grpc::ByteBuffer* bytes) {
  const grpc::Slice slice(text.data(), text.size());
  *bytes = grpc::ByteBuffer(&slice, 1);
}

uint64_t Fingerprint(absl::string_view method, const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  HEAPD_CHECK(bytes.Dump(&slices).ok());
  uint64_t hash = absl::HashOf(method);
  if (slices.size() == 1 && slices[0].size() < kHashedBytes) {
    return absl::HashOf(
        hash,
        absl::string_view(reinterpret_cast<const char*>(slices[0].begin()),
                          slices[0].size()));
  }
  // Where the pieces end is chance, so blocks of one size are hashed.
  std::string block;
  block.reserve(kHashedBytes);
  for (const grpc::Slice& slice : slices) {
    for (size_t begin = 0; begin < slice.size();) {
      const size_t count =
          std::min(slice.size() - begin, kHashedBytes - block.size());
      block.append(reinterpret_cast<const char*>(slice.begin()) + begin, count);
      begin += count;
      if (block.size() < kHashedBytes) continue;
      hash = absl::HashOf(hash, block);
      block.clear();
    }
  }
  return absl::HashOf(hash, block);
}

}  // namespace heapd::server
