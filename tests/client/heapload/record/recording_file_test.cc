#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "client/heapload/record/recorded_times.h"
#include "client/heapload/record/recording_reader.h"
#include "client/heapload/record/recording_writer.h"
#include "gtest/gtest.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::heapload {
namespace {

using recording::Entry;

class RecordingFileTest : public ::testing::Test {
 protected:
  // Three blocks with two calls each, and the end.
  std::string WriteSmall() {
    const std::string path = directory_.Path("small.rec");
    auto writer = RecordingWriter::Create(path);
    EXPECT_TRUE(writer.ok()) << writer.status();
    for (int i = 0; i < 6; ++i) {
      Entry entry;
      entry.set_number(static_cast<uint64_t>(i));
      entry.set_start_nanos(int64_t{1000000000} * (10 - i));
      entry.mutable_push_scope()->set_heap("heap");
      EXPECT_TRUE((*writer)->Add(entry).ok());
      if (i % 2 == 1) {
        EXPECT_TRUE((*writer)->Flush().ok());
      }
    }
    EXPECT_TRUE((*writer)->Finish({}).ok());
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  struct Read {
    std::vector<std::string> entries;
    absl::Status status;
    std::string cut_off;
  };

  Read ReadBytes(const std::string& bytes) {
    const std::string path = directory_.Write("changed.rec", bytes);
    Read read;
    auto reader = RecordingReader::Open(path);
    read.status = reader.status();
    Entry entry;
    while (reader.ok()) {
      const auto more = (*reader)->Next(&entry);
      read.status = more.status();
      read.cut_off = (*reader)->cut_off();
      if (!more.ok() || !*more) break;
      read.entries.push_back(entry.SerializeAsString());
    }
    return read;
  }

  server::TemporaryDirectory directory_;
};

TEST_F(RecordingFileTest, GivesWhatWasWritten) {
  const Read read = ReadBytes(WriteSmall());
  EXPECT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(read.entries.size(), 6);
  EXPECT_EQ(read.cut_off, "");
}

TEST_F(RecordingFileTest, GivesWholeBlocksOfAFileCutOffAnywhere) {
  const std::string bytes = WriteSmall();
  const Read whole = ReadBytes(bytes);
  size_t most = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Read read = ReadBytes(bytes.substr(0, size));
    if (size < 16) {
      EXPECT_EQ(read.status.code(), absl::StatusCode::kInvalidArgument);
      continue;
    }
    EXPECT_TRUE(read.status.ok()) << size << ": " << read.status;
    EXPECT_NE(read.cut_off, "") << size;
    // Never less than with a byte fewer, and nothing that was not written.
    EXPECT_GE(read.entries.size(), most);
    most = read.entries.size();
    EXPECT_EQ(most % 2, 0);
    for (size_t i = 0; i < most; ++i) {
      EXPECT_EQ(read.entries[i], whole.entries[i]);
    }
  }
  EXPECT_EQ(most, 6);
}

TEST_F(RecordingFileTest, NeverGivesEntriesThatNobodyWrote) {
  const std::string bytes = WriteSmall();
  const Read whole = ReadBytes(bytes);
  int found = 0;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const Read read = ReadBytes(changed);
    const bool is_seen = !read.status.ok() || read.cut_off != "";
    found += is_seen ? 1 : 0;
    if (!is_seen) {
      EXPECT_EQ(read.entries, whole.entries) << "bit " << bit;
    }
    ASSERT_LE(read.entries.size(), whole.entries.size());
    for (size_t i = 0; i < read.entries.size(); ++i) {
      ASSERT_EQ(read.entries[i], whole.entries[i]) << "bit " << bit;
    }
    if (absl::IsDataLoss(read.status)) {
      EXPECT_TRUE(absl::StrContains(read.status.message(), "offset"));
    }
  }
  // What is not seen is a bit of a frame's header that means nothing here.
  EXPECT_GE(found, static_cast<int>(bytes.size()) * 8 - 64);
}

TEST_F(RecordingFileTest, IsNeverOverwritten) {
  WriteSmall();
  EXPECT_EQ(
      RecordingWriter::Create(directory_.Path("small.rec")).status().code(),
      absl::StatusCode::kAlreadyExists);
}

TEST_F(RecordingFileTest, GivesCallTimesInTheirOrder) {
  WriteSmall();
  const auto times = RecordedCallTimes(directory_.Path("small.rec"));
  ASSERT_TRUE(times.ok()) << times.status();
  EXPECT_EQ(*times, (std::vector<double>{0, 1, 2, 3, 4, 5}));
  EXPECT_TRUE(
      absl::IsNotFound(RecordedCallTimes(directory_.Path("none")).status()));
}

}  // namespace
}  // namespace heapd::heapload
