#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_READER_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_READER_H_

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/heapload/record/recording.pb.h"
#include "zstd.h"

namespace heapd::heapload {

// Reads a recording (recording_format.h) entry by entry, a block at a time in
// memory. Nothing that the file says is believed unchecked: a damaged one gives
// an error, never entries that nobody wrote.
//
//   while (true) {
//     auto more = reader->Next(&entry);
//     if (!more.ok() || !*more) break;
//   }
//
// Single-threaded.
class RecordingReader {
 public:
  // NOT_FOUND if there is no such file, INVALID_ARGUMENT if it is no recording,
  // UNIMPLEMENTED for a version that this reader does not know.
  static absl::StatusOr<std::unique_ptr<RecordingReader>> Open(
      const std::string& path);

  RecordingReader(const RecordingReader&) = delete;
  RecordingReader& operator=(const RecordingReader&) = delete;

  // The next entry; false at the end, which `entry` then does not hold.
  // DATA_LOSS, with the offset of the block, where the file is damaged.
  //
  // A recording whose process died ends without its end, perhaps in the middle
  // of a block. That is no error: false, and cut_off() says so.
  absl::StatusOr<bool> Next(recording::Entry* entry);

  // After Next() gave false: empty if the recording was ended in order, else
  // what is missing, for people.
  const std::string& cut_off() const { return cut_off_; }
  // The end, once it was read.
  const recording::End& end() const { return end_; }
  // Entries given so far.
  uint64_t entry_count() const { return entry_count_; }

 private:
  struct ContextDeleter {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  RecordingReader(std::string path, std::ifstream file);

  // Reads the next block into content_. False where the file ends.
  absl::StatusOr<bool> NextBlock();
  absl::Status Unpack(const std::string& packed, uint32_t content_size);
  absl::Status ParseEntry(recording::Entry* entry);
  absl::StatusOr<bool> TakeEnd(const recording::Entry& entry);
  absl::Status Damaged(const std::string& what) const;
  size_t Read(char* bytes, size_t size);

  const std::string path_;
  std::ifstream file_;
  const std::unique_ptr<ZSTD_DCtx, ContextDeleter> context_;
  uint64_t block_offset_ = 0;  // where the block in content_ begins
  uint64_t next_offset_ = 0;
  std::string content_;
  size_t content_used_ = 0;
  uint64_t entry_count_ = 0;
  bool done_ = false;
  std::string cut_off_;
  recording::End end_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_READER_H_
