#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_WRITER_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/heapload/record/recording.pb.h"
#include "zstd.h"

namespace heapd::heapload {

// Writes a recording (recording_format.h). Entries are kept until they fill a
// block or Flush() is called; what was flushed survives the death of the
// process, though not of the machine.
//
// An error (a full disk) stays: later calls return it again, and what is in the
// file up to there can be read. Single-threaded.
class RecordingWriter {
 public:
  // Content of a block after which it is written, in bytes.
  static constexpr size_t kBlockBytes = size_t{256} << 10;

  // Makes the file with mode 0600: what clients do is nobody else's business.
  // ALREADY_EXISTS if there is one, which is never overwritten; UNAVAILABLE if
  // it cannot be made.
  static absl::StatusOr<std::unique_ptr<RecordingWriter>> Create(
      const std::string& path);

  // Closes the file as it is. Without Finish() it reads as cut off.
  ~RecordingWriter();
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;

  // RESOURCE_EXHAUSTED for an entry over kMaxBlockBytes, which is left out;
  // DATA_LOSS when writing failed.
  absl::Status Add(const recording::Entry& entry);
  absl::Status Flush();
  // Adds the end, with the count of entries filled in, and puts everything on
  // the disk. Nothing is added afterwards.
  absl::Status Finish(recording::End end);

  uint64_t entry_count() const { return entry_count_; }
  uint64_t file_bytes() const { return file_bytes_; }

 private:
  struct ContextDeleter {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };

  RecordingWriter(std::string path, int descriptor);

  absl::Status WriteAll(const char* bytes, size_t size);
  absl::Status SystemError(const char* what);

  const std::string path_;
  const int descriptor_;
  std::unique_ptr<ZSTD_CCtx, ContextDeleter> context_;
  absl::Status status_;
  std::string content_;  // of the block being filled
  std::string packed_;
  uint64_t entry_count_ = 0;
  uint64_t file_bytes_ = 0;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_WRITER_H_
