// What a process leaves in an object store when it is killed while it uploads.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/e2e/uploading_process.h"
#include "tests/server/storage/s3/fault_s3_server.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

using server::ChildProcess;
using ::testing::IsEmpty;

const char kSelf[] = HEAPD_TEST_BIN_DIR "/e2e_tests";
constexpr char kPrefix[] = "some/prefix/";
constexpr int kRounds = 12;

// A number from the environment; `value` where there is none.
int Setting(const char* name, int value) {
  const char* const text = std::getenv(name);
  if (text != nullptr) (void)absl::SimpleAtoi(text, &value);
  return value;
}

class KilledUploadTest : public ::testing::Test {
 protected:
  // Kills a process that uploads after `wait`.
  void KillAfter(absl::Duration wait) {
    ChildProcess victim(kSelf, {kUploadSnapshots, server_.url(), state_});
    absl::SleepFor(wait);
    victim.Signal(SIGKILL);
    ASSERT_EQ(victim.Wait(), 128 + SIGKILL);
  }

  // That everything there belongs to a snapshot that is whole and listed.
  void ExpectWhole(const server::SnapshotCatalog& catalog) {
    const nlohmann::json state = server_.State();
    EXPECT_THAT(state["uploads"], IsEmpty());
    std::set<std::string> expected;
    const server::SnapshotPage page = *catalog.List({}, 1000, "");
    for (const server::SnapshotRecord& record : page.snapshots) {
      const std::string file =
          absl::StrCat(kPrefix, record.snapshot, ".heapsnapshot");
      expected.insert(
          {file, absl::StrCat(kPrefix, record.snapshot, ".nodes"),
           absl::StrCat(kPrefix, record.snapshot, ".manifest.json")});
      ASSERT_TRUE(state["objects"].contains(file));
      EXPECT_EQ(state["objects"][file]["sha256"], record.sha256);
      EXPECT_EQ(state["objects"][file]["size"], record.size_bytes);
    }
    std::set<std::string> found;
    for (const auto& [key, object] : state["objects"].items()) {
      found.insert(key);
    }
    EXPECT_EQ(found, expected);
  }

  server::TemporaryDirectory directory_;
  const std::string state_ = directory_.Path("state");
  server::FaultS3Server server_;
};

TEST_F(KilledUploadTest, LeavesNothingThatIsNotWholeAfterTheNextStart) {
  const int seed = Setting("HEAPD_TEST_SEED", 1);
  SCOPED_TRACE(absl::StrCat("HEAPD_TEST_SEED=", seed));
  std::mt19937 random(static_cast<unsigned>(seed));
  const int rounds = Setting("HEAPD_KILL_ROUNDS", kRounds);
  int unfinished = 0;
  int stored = 0;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    KillAfter(absl::Milliseconds(random() % 500));
    unfinished += server_.State()["uploads"].empty() ? 0 : 1;
    const auto catalog = OpenUploads(server_.url(), state_);
    ASSERT_NE(catalog, nullptr);
    ASSERT_TRUE(catalog->AwaitLoaded(absl::Seconds(30)));
    ExpectWhole(*catalog);
    EXPECT_TRUE(std::filesystem::is_empty(state_));
    const server::SnapshotPage page = *catalog->List({}, 1000, "");
    for (const server::SnapshotRecord& record : page.snapshots) {
      ++stored;
      ASSERT_TRUE(catalog->Delete(record.snapshot).ok());
    }
  }
  // Otherwise this has shown nothing.
  EXPECT_GT(unfinished, 0) << "no upload was cut";
  EXPECT_GT(stored, 0) << "no snapshot was stored";
}

}  // namespace
}  // namespace heapd::e2e
