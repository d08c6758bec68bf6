#include "server/service/request_head.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/slice.h>

#include <algorithm>
#include <vector>

#include "absl/types/span.h"
#include "heap/batch.h"
#include "heapd/v1/batch.pb.h"

namespace heapd::server {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr uint32_t Bit(OperationKind kind) {
  return uint32_t{1} << static_cast<int>(kind);
}

// Operations that need no memory and leave what others hold.
constexpr uint32_t kReads =
    Bit(OperationKind::kUnlink) | Bit(OperationKind::kRelease) |
    Bit(OperationKind::kUnroot) | Bit(OperationKind::kPopScope) |
    Bit(OperationKind::kReadSlot) | Bit(OperationKind::kReadPayload);

// A kind takes one byte; what takes more is none.
bool Reads(uint8_t kind) { return kind < 32 && (kReads >> kind & 1) != 0; }

// The pieces of a message. Mostly there is one.
class Pieces {
 public:
  explicit Pieces(const grpc::ByteBuffer& bytes) {
    if (!bytes.Valid()) return;
    if (bytes.TrySingleSlice(&single_).ok()) {
      pieces_ = absl::MakeConstSpan(&single_, 1);
    } else if (bytes.Dump(&several_).ok()) {
      pieces_ = several_;
    }
  }

  absl::Span<const grpc::Slice> all() const { return pieces_; }

 private:
  grpc::Slice single_;
  std::vector<grpc::Slice> several_;
  absl::Span<const grpc::Slice> pieces_;
};

// Whether `count` bytes from `offset` of the first piece on are kinds that
// read.
bool AllRead(absl::Span<const grpc::Slice> pieces, size_t offset,
             size_t count) {
  for (const grpc::Slice& piece : pieces) {
    const size_t here = std::min(piece.size() - offset, count);
    const uint8_t* const begin = piece.begin() + offset;
    if (!std::all_of(begin, begin + here, Reads)) return false;
    count -= here;
    if (count == 0) return true;
    offset = 0;
  }
  return false;
}

// Leaves `stream` at the first byte of the kinds, whose number it gives; 0 if
// that is not what the batch begins with.
uint32_t EnterKinds(CodedInputStream& stream) {
  constexpr uint32_t kKindsTag = WireFormatLite::MakeTag(
      v1::Batch::kKindsFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  uint32_t batch_bytes = 0;
  uint32_t count = 0;
  if (!stream.ReadVarint32(&batch_bytes) || stream.ReadTag() != kKindsTag ||
      !stream.ReadVarint32(&count)) {
    return 0;
  }
  return count;
}

}  // namespace

RequestHead RequestHead::Read(const grpc::ByteBuffer& request,
                              const Fields& fields) {
  constexpr auto kDelimited = WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
  RequestHead head;
  const Pieces pieces(request);
  if (pieces.all().empty()) return head;
  const grpc::Slice& first = pieces.all().front();
  CodedInputStream stream(first.begin(), static_cast<int>(first.size()));
  for (uint32_t tag = stream.ReadTag(); tag != 0; tag = stream.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    uint32_t size = 0;
    if (field == 1 && WireFormatLite::GetTagWireType(tag) == kDelimited) {
      if (!stream.ReadVarint32(&size) || size > kMaxHeapBytes ||
          !stream.ReadRaw(head.heap_.data(), static_cast<int>(size))) {
        break;
      }
      head.heap_bytes_ = size;
    } else if (tag == WireFormatLite::MakeTag(
                          fields.session, WireFormatLite::WIRETYPE_FIXED64)) {
      if (!stream.ReadLittleEndian64(&head.session_)) break;
    } else if (tag == WireFormatLite::MakeTag(fields.batch, kDelimited)) {
      const uint32_t count = EnterKinds(stream);
      const size_t offset = static_cast<size_t>(stream.CurrentPosition());
      if (count > 0 && AllRead(pieces.all(), offset, count)) {
        head.batch_class_ = CallClass::kRead;
      }
      break;
    } else if (!WireFormatLite::SkipField(&stream, tag)) {
      break;
    }
    if (fields.batch == 0 && field >= fields.session) break;
  }
  return head;
}

}  // namespace heapd::server
