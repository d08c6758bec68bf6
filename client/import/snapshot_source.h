#ifndef HEAPD_CLIENT_IMPORT_SNAPSHOT_SOURCE_H_
#define HEAPD_CLIENT_IMPORT_SNAPSHOT_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <streambuf>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "zstd.h"

namespace heapd::importer {

// How much a snapshot file may be.
struct SourceLimits {
  // Of the text, after decompression, in bytes.
  uint64_t max_bytes = uint64_t{16} << 30;
  // Of the text between two calls of MarkProgress(), in bytes: what a parser
  // may have to keep for one token. It is looked at once for each block of
  // 128 KiB.
  uint64_t max_token_bytes = uint64_t{64} << 20;
};

// The text of a snapshot file, block by block: what the file says, or, when it
// starts with the magic of Zstandard, what that decompresses to.
//
// A streambuf can only say that there is no more, so whoever reads it to the
// end asks status() whether that was the end.
//
// Single-threaded.
class SnapshotSource : public std::streambuf {
 public:
  // NOT_FOUND if there is no such file, INVALID_ARGUMENT if it cannot be read
  // as one.
  static absl::StatusOr<std::unique_ptr<SnapshotSource>> Open(
      const std::string& path, const SourceLimits& limits = {});

  explicit SnapshotSource(std::unique_ptr<std::istream> file,
                          const SourceLimits& limits = {});
  SnapshotSource(const SnapshotSource&) = delete;
  SnapshotSource& operator=(const SnapshotSource&) = delete;

  // The reader has dealt with everything so far.
  void MarkProgress() { marked_bytes_ = text_bytes_; }

  // OK unless reading, decompressing or a limit ended the text:
  // INVALID_ARGUMENT with the reason.
  const absl::Status& status() const { return status_; }

 protected:
  int_type underflow() override;

 private:
  // The next bytes of the file. False at its end and after an error.
  bool FillInput();
  // The next bytes of the text, at least one, into [text, text + size).
  void FillText(const char** text, size_t* size);
  void Decompress(const char** text, size_t* size);
  bool WithinLimits();

  struct ContextDeleter {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  std::unique_ptr<std::istream> file_;
  SourceLimits limits_;
  absl::Status status_;
  std::vector<char> input_block_;
  std::vector<char> text_block_;
  ZSTD_inBuffer input_{};
  std::unique_ptr<ZSTD_DCtx, ContextDeleter> context_;  // if compressed
  bool started_ = false;
  bool frame_open_ = false;
  bool flush_ = false;
  uint64_t text_bytes_ = 0;
  uint64_t marked_bytes_ = 0;
};

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_SNAPSHOT_SOURCE_H_
