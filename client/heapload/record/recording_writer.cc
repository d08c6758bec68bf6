#include "client/heapload/record/recording_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/heapd/check.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/record/recording_format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace heapd::heapload {
namespace {

// Half the processor time of the default level, for files a tenth larger.
constexpr int kCompressionLevel = 1;

void AppendWithLength(const recording::Entry& entry, size_t size,
                      std::string& content) {
  google::protobuf::io::StringOutputStream stream(&content);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteVarint64(size);
  entry.SerializeWithCachedSizes(&coded);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordingWriter>> RecordingWriter::Create(
    const std::string& path) {
  const int descriptor =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0 && errno == EEXIST) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, " is there already; it is not overwritten"));
  }
  if (descriptor < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot create ", path, ": ", std::strerror(errno)));
  }
  std::unique_ptr<RecordingWriter> writer(
      new RecordingWriter(path, descriptor));
  char header[kFileHeaderBytes] = {};
  std::memcpy(header, kRecordingMagic, sizeof(kRecordingMagic));
  StoreU32(kRecordingVersion, header + sizeof(kRecordingMagic));
  HEAPD_CLIENT_RETURN_IF_ERROR(writer->WriteAll(header, sizeof(header)));
  return writer;
}

RecordingWriter::RecordingWriter(std::string path, int descriptor)
    : path_(std::move(path)),
      descriptor_(descriptor),
      context_(ZSTD_createCCtx()) {
  HEAPD_CLIENT_CHECK(context_ != nullptr);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel,
                         kCompressionLevel);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

RecordingWriter::~RecordingWriter() { close(descriptor_); }

absl::Status RecordingWriter::Add(const recording::Entry& entry) {
  if (!status_.ok()) return status_;
  const size_t size = entry.ByteSizeLong();
  if (size > kMaxBlockBytes - 16) {
    return absl::ResourceExhaustedError("an entry is too large to be recorded");
  }
  if (content_.size() + size > kMaxBlockBytes - 16) {
    HEAPD_CLIENT_RETURN_IF_ERROR(Flush());
  }
  AppendWithLength(entry, size, content_);
  ++entry_count_;
  return content_.size() < kBlockBytes ? absl::OkStatus() : Flush();
}

absl::Status RecordingWriter::Flush() {
  if (!status_.ok() || content_.empty()) return status_;
  const size_t room = ZSTD_compressBound(content_.size());
  packed_.resize(kBlockHeaderBytes + room);
  const size_t packed =
      ZSTD_compress2(context_.get(), packed_.data() + kBlockHeaderBytes, room,
                     content_.data(), content_.size());
  if (ZSTD_isError(packed) != 0) {
    status_ = absl::InternalError(
        absl::StrCat("cannot compress: ", ZSTD_getErrorName(packed)));
    return status_;
  }
  StoreU32(static_cast<uint32_t>(packed), packed_.data());
  StoreU32(static_cast<uint32_t>(content_.size()), packed_.data() + 4);
  content_.clear();
  return WriteAll(packed_.data(), kBlockHeaderBytes + packed);
}

absl::Status RecordingWriter::Finish(recording::End end) {
  recording::Entry entry;
  end.set_entry_count(entry_count_);
  *entry.mutable_end() = std::move(end);
  HEAPD_CLIENT_RETURN_IF_ERROR(Add(entry));
  HEAPD_CLIENT_RETURN_IF_ERROR(Flush());
  // A pipe or a device has nothing to sync.
  if (fsync(descriptor_) != 0 && errno != EINVAL) {
    return SystemError("cannot sync");
  }
  return absl::OkStatus();
}

absl::Status RecordingWriter::WriteAll(const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(descriptor_, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot write to");
    bytes += written;
    size -= static_cast<size_t>(written);
    file_bytes_ += static_cast<uint64_t>(written);
  }
  return absl::OkStatus();
}

absl::Status RecordingWriter::SystemError(const char* what) {
  status_ = absl::DataLossError(
      absl::StrCat(what, " ", path_, ": ", std::strerror(errno)));
  return status_;
}

}  // namespace heapd::heapload
