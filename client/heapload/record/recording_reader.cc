#include "client/heapload/record/recording_reader.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/heapd/check.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/record/recording_format.h"
#include "google/protobuf/io/coded_stream.h"

namespace heapd::heapload {
namespace {

// Of the byte after the frame's magic: it has a checksum of its content.
constexpr unsigned char kFrameChecksumFlag = 0x04;

}  // namespace

absl::StatusOr<std::unique_ptr<RecordingReader>> RecordingReader::Open(
    const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return absl::NotFoundError(absl::StrCat("there is no file ", path));
  }
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is a directory"));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::InvalidArgumentError(absl::StrCat(path, " cannot be opened"));
  }
  std::unique_ptr<RecordingReader> reader(
      new RecordingReader(path, std::move(file)));
  char header[kFileHeaderBytes];
  if (reader->Read(header, sizeof(header)) != sizeof(header) ||
      std::memcmp(header, kRecordingMagic, sizeof(kRecordingMagic)) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is no recording of heapload"));
  }
  const uint32_t version = LoadU32(header + sizeof(kRecordingMagic));
  if (version != kRecordingVersion ||
      LoadU32(header + sizeof(kRecordingMagic) + 4) != 0) {
    return absl::UnimplementedError(absl::StrCat(path, " has format ", version,
                                                 ", this heapload reads ",
                                                 kRecordingVersion));
  }
  return reader;
}

RecordingReader::RecordingReader(std::string path, std::ifstream file)
    : path_(std::move(path)),
      file_(std::move(file)),
      context_(ZSTD_createDCtx()) {
  HEAPD_CLIENT_CHECK(context_ != nullptr);
}

absl::StatusOr<bool> RecordingReader::Next(recording::Entry* entry) {
  if (done_) return false;
  if (content_used_ == content_.size()) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const bool more, NextBlock());
    if (!more) {
      done_ = true;
      return false;
    }
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(ParseEntry(entry));
  if (entry->has_end()) return TakeEnd(*entry);
  ++entry_count_;
  return true;
}

absl::StatusOr<bool> RecordingReader::NextBlock() {
  block_offset_ = next_offset_;
  char header[kBlockHeaderBytes];
  const size_t got = Read(header, sizeof(header));
  if (got == 0) {
    cut_off_ = "the recording was not ended";
    return false;
  }
  if (got < sizeof(header)) {
    cut_off_ = absl::StrCat("the file ends inside the block at offset ",
                            block_offset_);
    return false;
  }
  const uint32_t packed_size = LoadU32(header);
  const uint32_t content_size = LoadU32(header + 4);
  if (content_size == 0 || content_size > kMaxBlockBytes ||
      packed_size > ZSTD_compressBound(kMaxBlockBytes)) {
    return Damaged("its sizes are impossible");
  }
  // Grows with what is there, not with what a damaged size promises.
  std::string packed;
  while (packed.size() < packed_size) {
    const size_t before = packed.size();
    packed.resize(std::min<size_t>(packed_size, before + (size_t{1} << 20)));
    const size_t part = Read(packed.data() + before, packed.size() - before);
    if (before + part == packed.size()) continue;
    cut_off_ = absl::StrCat("the file ends inside the block at offset ",
                            block_offset_);
    return false;
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(Unpack(packed, content_size));
  return true;
}

absl::Status RecordingReader::Unpack(const std::string& packed,
                                     uint32_t content_size) {
  if (packed.size() < 6 ||
      (static_cast<unsigned char>(packed[4]) & kFrameChecksumFlag) == 0) {
    return Damaged("it is no frame with a checksum");
  }
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != content_size) {
    return Damaged("its sizes disagree");
  }
  content_.resize(content_size);
  content_used_ = 0;
  const size_t size =
      ZSTD_decompressDCtx(context_.get(), content_.data(), content_.size(),
                          packed.data(), packed.size());
  if (ZSTD_isError(size) != 0) return Damaged(ZSTD_getErrorName(size));
  if (size != content_size) return Damaged("its sizes disagree");
  return absl::OkStatus();
}

absl::Status RecordingReader::ParseEntry(recording::Entry* entry) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(content_.data());
  google::protobuf::io::CodedInputStream coded(
      bytes + content_used_, static_cast<int>(content_.size() - content_used_));
  uint32_t size = 0;
  if (!coded.ReadVarint32(&size) ||
      size > content_.size() - content_used_ -
                 static_cast<size_t>(coded.CurrentPosition())) {
    return Damaged("the length of an entry is impossible");
  }
  content_used_ += static_cast<size_t>(coded.CurrentPosition());
  if (!entry->ParseFromArray(bytes + content_used_, static_cast<int>(size))) {
    return Damaged("an entry in it is no message");
  }
  content_used_ += size;
  return absl::OkStatus();
}

absl::StatusOr<bool> RecordingReader::TakeEnd(const recording::Entry& entry) {
  done_ = true;
  end_ = entry.end();
  if (end_.entry_count() != entry_count_) {
    return Damaged(absl::StrCat("there are ", entry_count_,
                                " entries before the end and it counts ",
                                end_.entry_count()));
  }
  char byte = 0;
  if (content_used_ != content_.size() || Read(&byte, 1) != 0) {
    return Damaged("something comes after the end");
  }
  return false;
}

absl::Status RecordingReader::Damaged(const std::string& what) const {
  return absl::DataLossError(absl::StrCat(
      path_, " is damaged: block at offset ", block_offset_, ": ", what));
}

size_t RecordingReader::Read(char* bytes, size_t size) {
  file_.read(bytes, static_cast<std::streamsize>(size));
  const auto got = static_cast<size_t>(file_.gcount());
  next_offset_ += got;
  return got;
}

}  // namespace heapd::heapload
