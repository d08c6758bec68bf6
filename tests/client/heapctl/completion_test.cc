#include "client/heapctl/completion.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/heapctl/run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::heapctl {
namespace {

using testing::HasSubstr;
using testing::Not;

// What bash offers for the words of a line, of which the last is unfinished.
std::string Complete(const std::string& words) {
  const std::string script = absl::StrCat(
      testing::TempDir(), "heapctl_completion_", getpid(), ".bash");
  GlobalOptions global;
  CLI::App app;
  BuildApp(app, global);
  std::ofstream(script) << BashCompletion(app);
  const std::string command =
      absl::StrCat("bash -c 'source ", script, "; COMP_WORDS=(", words,
                   "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _heapctl; "
                   "echo \"${COMPREPLY[@]}\"'");
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"),
                                                   pclose);
  std::string output;
  std::array<char, 4096> buffer;
  while (fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    output += buffer.data();
  }
  return output;
}

TEST(CompletionTest, OffersCommands) {
  EXPECT_EQ(Complete("heapctl sna"), "snapshot\n");
  EXPECT_EQ(Complete("heapctl heap cr"), "create\n");
}

TEST(CompletionTest, OffersFlagsOfTheCommandAndOfTheProgram) {
  EXPECT_EQ(Complete("heapctl heap create h --li"), "--limit\n");
  EXPECT_EQ(Complete("heapctl heap create h --addr"), "--address\n");
  EXPECT_EQ(Complete("heapctl --addr"), "--address\n");
}

TEST(CompletionTest, ArgumentsDoNotHideTheCommand) {
  EXPECT_THAT(Complete("heapctl snapshot compare base later --"),
              HasSubstr("--rows"));
  EXPECT_THAT(Complete("heapctl snapshot compare base later --"),
              Not(HasSubstr("--include-strings")));
}

}  // namespace
}  // namespace heapd::heapctl
