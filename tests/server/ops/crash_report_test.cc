#include "server/ops/crash_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What the process writes when it aborts after `before`.
template <typename Before>
void ExpectReport(const Before& before,
                  const ::testing::Matcher<const std::string&>& matcher) {
  EXPECT_EXIT(
      {
        InstallCrashReport("crash_report_test");
        before();
        std::abort();
      },
      ::testing::KilledBySignal(SIGABRT), matcher);
}

class CrashReportDeathTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Other tests of this program may have threads.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers have handlers of their own";
#endif
  }
};

// Capability row 58.
TEST_F(CrashReportDeathTest, HasTheSignalAndTheLinesInOrder) {
  ExpectReport(
      [] {
        KeepForCrash(CrashNotes::kFrequent, "a scavenge");
        KeepForCrash(CrashNotes::kRare, "first");
        KeepForCrash(CrashNotes::kRare, "second");
      },
      AllOf(HasSubstr("SIGABRT"), HasSubstr("\nfirst\nsecond\na scavenge\n")));
}

TEST_F(CrashReportDeathTest, KeepsTheLastLinesOfEachKind) {
  ExpectReport(
      [] {
        KeepForCrash(CrashNotes::kRare, "the rare one");
        for (int i = 0; i < 100; ++i) {
          KeepForCrash(CrashNotes::kFrequent, absl::StrCat("line ", i, "."));
        }
      },
      AllOf(HasSubstr("\nthe rare one\nline 68.\nline 69.\n"),
            HasSubstr("\nline 99.\n"), Not(HasSubstr("line 67."))));
}

TEST_F(CrashReportDeathTest, CutsALongLine) {
  ExpectReport(
      [] {
        KeepForCrash(CrashNotes::kRare, std::string(1000, 'x'));
        KeepForCrash(CrashNotes::kRare, "next");
      },
      HasSubstr(absl::StrCat("\n", std::string(254, 'x'), "\nnext\n")));
}

}  // namespace
}  // namespace heapd::server
