#include "client/import/snapshot_source.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/heapd/check.h"

namespace heapd::importer {
namespace {

constexpr size_t kBlockBytes = size_t{128} << 10;

bool IsZstd(const char* bytes, size_t size) {
  // As the frame has it: little-endian.
  constexpr unsigned char kMagic[] = {0x28, 0xB5, 0x2F, 0xFD};
  return size >= sizeof(kMagic) &&
         std::memcmp(bytes, kMagic, sizeof(kMagic)) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SnapshotSource>> SnapshotSource::Open(
    const std::string& path, const SourceLimits& limits) {
  std::error_code error;
  const std::filesystem::file_status found =
      std::filesystem::status(path, error);
  if (!std::filesystem::exists(found)) {
    return absl::NotFoundError("there is no such file");
  }
  if (std::filesystem::is_directory(found)) {
    return absl::InvalidArgumentError("it is a directory");
  }
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) return absl::InvalidArgumentError("it cannot be opened");
  return std::make_unique<SnapshotSource>(std::move(file), limits);
}

SnapshotSource::SnapshotSource(std::unique_ptr<std::istream> file,
                               const SourceLimits& limits)
    : file_(std::move(file)), limits_(limits), input_block_(kBlockBytes) {}

SnapshotSource::int_type SnapshotSource::underflow() {
  if (gptr() < egptr()) return traits_type::to_int_type(*gptr());
  if (!status_.ok() || !WithinLimits()) return traits_type::eof();
  const char* text = nullptr;
  size_t size = 0;
  FillText(&text, &size);
  if (size == 0) return traits_type::eof();
  text_bytes_ += size;
  // The get area is never written to: nothing is put back over it.
  char* begin = const_cast<char*>(text);
  setg(begin, begin, begin + size);
  return traits_type::to_int_type(*gptr());
}

bool SnapshotSource::WithinLimits() {
  if (text_bytes_ >= limits_.max_bytes) {
    status_ = absl::InvalidArgumentError(absl::StrCat(
        "it is larger than ", limits_.max_bytes, " bytes of text"));
  } else if (text_bytes_ - marked_bytes_ >= limits_.max_token_bytes) {
    status_ = absl::InvalidArgumentError(
        absl::StrCat("one string or number in it is larger than ",
                     limits_.max_token_bytes, " bytes"));
  }
  return status_.ok();
}

bool SnapshotSource::FillInput() {
  file_->read(input_block_.data(),
              static_cast<std::streamsize>(input_block_.size()));
  input_ = {input_block_.data(), static_cast<size_t>(file_->gcount()), 0};
  if (file_->bad()) {
    status_ = absl::InvalidArgumentError("reading it failed");
    return false;
  }
  return input_.size > 0;
}

void SnapshotSource::FillText(const char** text, size_t* size) {
  if (!started_) {
    started_ = true;
    if (!FillInput()) return;
    if (IsZstd(input_block_.data(), input_.size)) {
      context_.reset(ZSTD_createDCtx());
      HEAPD_CLIENT_CHECK(context_ != nullptr);
      text_block_.resize(kBlockBytes);
    }
  } else if (context_ == nullptr && !FillInput()) {
    return;
  }
  if (context_ != nullptr) {
    Decompress(text, size);
    return;
  }
  *text = input_block_.data();
  *size = input_.size;
}

void SnapshotSource::Decompress(const char** text, size_t* size) {
  ZSTD_outBuffer output{text_block_.data(), text_block_.size(), 0};
  // Goes round only while nothing comes out, and takes input each time.
  while (output.pos == 0) {
    if (!flush_ && input_.pos == input_.size && !FillInput()) {
      if (status_.ok() && frame_open_) {
        status_ = absl::InvalidArgumentError(
            "its compressed data ends in the middle; was it cut?");
      }
      return;
    }
    const size_t result =
        ZSTD_decompressStream(context_.get(), &output, &input_);
    if (ZSTD_isError(result) != 0) {
      status_ = absl::InvalidArgumentError(absl::StrCat(
          "its compressed data is damaged: ", ZSTD_getErrorName(result)));
      return;
    }
    frame_open_ = result != 0;
    // A full block may have left some text in the context.
    flush_ = frame_open_ && output.pos == output.size;
  }
  *text = text_block_.data();
  *size = output.pos;
}

}  // namespace heapd::importer
