#include "server/host/action_history.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "server/host/action_history_file.h"
#include "server/storage/state_file.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

absl::Time At(int64_t second) { return absl::FromUnixSeconds(second); }

TEST(ActionHistoryTest, WhatWasDoneIsCountedByHeapAndSince) {
  ActionHistory history;
  for (int second : {10, 20, 30}) history.Add("rule a", "shop", At(second));
  EXPECT_EQ(history.CountSince("rule a", "shop", absl::InfinitePast()), 3);
  EXPECT_EQ(history.CountSince("rule a", "shop", At(20)), 2);
  EXPECT_EQ(history.CountSince("rule a", "shop", At(31)), 0);
  EXPECT_EQ(history.CountSince("rule b", "shop", At(0)), 0);
  EXPECT_EQ(history.CountSince("rule a", "other", At(0)), 0);
}

TEST(ActionHistoryTest, AHeapThatWasDeletedBeginsAnew) {
  ActionHistory history;
  history.Add("near-limit", "shop", At(1));
  history.Add("rule a", "shop", At(1));
  history.Add("near-limit", "other", At(1));
  history.Forget("shop");
  EXPECT_EQ(history.CountSince("near-limit", "shop", At(0)), 0);
  EXPECT_EQ(history.CountSince("rule a", "shop", At(0)), 0);
  EXPECT_EQ(history.CountSince("near-limit", "other", At(0)), 1);
}

TEST(ActionHistoryTest, WhatIsWrittenIsReadAsTheSame) {
  ActionHistory history;
  history.Add("near-limit", "shop", At(5));
  history.Add("rule a", "shop", At(7));
  history.Add("rule a", "shop", At(9));
  const ActionHistory read = *ActionHistory::Parse(history.Format());
  EXPECT_EQ(read.Format(), history.Format());
  EXPECT_EQ(read.CountSince("rule a", "shop", At(8)), 1);
  EXPECT_EQ(ActionHistory::Parse(ActionHistory().Format())->Format(),
            ActionHistory().Format());
}

TEST(ActionHistoryTest, ItsSizeIsBounded) {
  ActionHistory history;
  for (int i = 0; i < 1500; ++i) history.Add("rule a", "shop", At(i));
  EXPECT_EQ(history.CountSince("rule a", "shop", At(0)), 1000);
  EXPECT_EQ(history.CountSince("rule a", "shop", At(1499)), 1);
  for (int i = 0; i < 5000; ++i) {
    history.Add("near-limit", absl::StrCat("h", i), At(2000 + i));
  }
  EXPECT_EQ(history.CountSince("rule a", "shop", At(0)), 0) << "the oldest";
  EXPECT_EQ(history.CountSince("near-limit", "h4999", At(0)), 1);
  EXPECT_TRUE(ActionHistory::Parse(history.Format()).ok());
}

TEST(ActionHistoryTest, TellsWhetherItHasChanged) {
  ActionHistory history;
  EXPECT_FALSE(history.TakeChanged());
  history.Forget("shop");
  EXPECT_FALSE(history.TakeChanged());
  history.Add("near-limit", "shop", At(1));
  EXPECT_TRUE(history.TakeChanged());
  EXPECT_FALSE(history.TakeChanged());
  history.Forget("shop");
  EXPECT_TRUE(history.TakeChanged());
}

TEST(ActionHistoryTest, AClockThatWentBackLosesNothing) {
  ActionHistory history;
  history.Add("near-limit", "shop", At(100));
  history.Add("near-limit", "shop", At(50));
  EXPECT_EQ(history.CountSince("near-limit", "shop", At(100)), 2);
}

TEST(ActionHistoryTest, WhatIsNoHistoryIsRefused) {
  for (const char* text :
       {"", "[]", "{", "{\"actions\":1}", "{\"actions\":[1]}",
        R"({"actions":[{"what":"a","heap":"b"}]})",
        R"({"actions":[{"what":"a","heap":"b","times_ms":[]}]})",
        R"({"actions":[{"what":"a","heap":"b","times_ms":["1"]}]})",
        R"({"actions":[{"what":1,"heap":"b","times_ms":[1]}]})"}) {
    EXPECT_FALSE(ActionHistory::Parse(text).ok()) << text;
  }
}

TEST(ActionHistoryFileTest, AHistoryOutlivesItsProcess) {
  TemporaryDirectory directory;
  const std::string path = directory.Path("state");
  std::filesystem::create_directory(path);
  ActionHistory history = ActionHistoryFile(path).Read();
  history.Add("near-limit", "shop", At(1));
  ActionHistoryFile(path).Write(history.Format());
  EXPECT_EQ(
      ActionHistoryFile(path).Read().CountSince("near-limit", "shop", At(0)),
      1);
  ASSERT_TRUE(WriteStateFile(path, "automatic-actions.json", "{").ok());
  EXPECT_EQ(
      ActionHistoryFile(path).Read().CountSince("near-limit", "shop", At(0)), 0)
      << "begun anew rather than refused";
}

TEST(ActionHistoryFileTest, WithoutADirectoryNothingIsKept) {
  ActionHistoryFile file("");
  file.Write("{}");
  EXPECT_EQ(file.Read().Format(), ActionHistory().Format());
  ActionHistoryFile missing("/nonexistent/state");
  missing.Write("{}");
  EXPECT_EQ(missing.Read().Format(), ActionHistory().Format());
}

}  // namespace
}  // namespace heapd::server
