#include "client/heapctl/run.h"

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "client/heapctl/exit_code.h"
#include "client/heapd/sha256.h"
#include "client/heapd/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/heapd/fake_daemon.h"

namespace heapd::heapctl {
namespace {

using client::ErrorWithReason;
using testing::AllOf;
using testing::HasSubstr;

class RunTest : public testing::Test {
 protected:
  // Runs heapctl against the fake daemon.
  int Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "heapctl");
    arguments.insert(arguments.end(),
                     {"--address", daemon_.address(), "--operations-address",
                      daemon_.address()});
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) {
      argv.push_back(argument.c_str());
    }
    out_.str("");
    err_.str("");
    return RunHeapctl(static_cast<int>(argv.size()), argv.data(), out_, err_);
  }

  client::FakeDaemon daemon_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(RunTest, HelpListsTheCommands) {
  EXPECT_EQ(Run({"--help"}), kOk);
  for (const char* command :
       {"heap",   "session", "alloc",    "copy",    "read",
        "write",  "types",   "link",     "unlink",  "root",
        "unroot", "hold",    "release",  "collect", "stats",
        "verify", "gc",      "traverse", "explain", "snapshot",
        "import", "replay",  "health",   "token",   "completion"}) {
    EXPECT_THAT(out_.str(), HasSubstr(command));
  }
}

TEST_F(RunTest, UsageErrorsExitWithTwo) {
  EXPECT_EQ(Run({"nonsense"}), kUsage);
  EXPECT_EQ(Run({"heap"}), kUsage);
  EXPECT_EQ(Run({"heap", "create"}), kUsage);
  EXPECT_EQ(Run({"heap", "create", "h", "--limit", "big"}), kUsage);
  EXPECT_EQ(Run({"heap", "list", "--output", "xml"}), kUsage);
  EXPECT_EQ(Run({"heap", "list", "--timeout", "-1s"}), kUsage);
  EXPECT_EQ(Run({"read", "h", "no-ref"}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("INVALID_ARGUMENT"));
  EXPECT_EQ(Run({"alloc", "h", "--type", "T"}), kUsage) << "no holder";
  EXPECT_THAT(daemon_.calls(), testing::IsEmpty());
}

TEST_F(RunTest, SnapshotsMayHaveAnAddressOfTheirOwn) {
  const client::FakeDaemon snapshots;
  EXPECT_EQ(
      Run({"snapshot", "list", "--snapshots-address", snapshots.address()}),
      kOk);
  // A call for each page.
  EXPECT_GT(snapshots.CallCount("ListSnapshots"), 0u);
  EXPECT_EQ(daemon_.CallCount("ListSnapshots"), 0u);
  EXPECT_EQ(Run({"snapshot", "list"}), kOk);
  EXPECT_GT(daemon_.CallCount("ListSnapshots"), 0u);
}

TEST_F(RunTest, SizesMayHaveUnits) {
  EXPECT_EQ(
      Run({"heap", "create", "h", "--limit", "64MiB", "--output", "json"}),
      kOk);
  const auto heap = nlohmann::json::parse(out_.str());
  EXPECT_EQ(heap["limit_bytes"], "67108864");
  EXPECT_EQ(Run({"heap", "create", "h", "--limit", "64MB"}), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("61.0 MiB"));
}

TEST_F(RunTest, ListsAsTableAndAsJson) {
  EXPECT_EQ(Run({"heap", "list"}), kOk);
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("HEAP"), HasSubstr("alpha"), HasSubstr("beta")));
  EXPECT_EQ(Run({"heap", "list", "--output", "json"}), kOk);
  const auto heaps = nlohmann::json::parse(out_.str());
  ASSERT_EQ(heaps.size(), 2u);
  EXPECT_EQ(heaps[1]["heap"], "beta");
}

TEST_F(RunTest, AllocPrintsTheRefAlone) {
  EXPECT_EQ(Run({"alloc", "h", "--type", "Node", "--value", "root:known",
                 "--value", "int:-5", "--root", "new"}),
            kOk)
      << err_.str();
  EXPECT_EQ(out_.str(), "0x65\n");
}

TEST_F(RunTest, AStringWithoutASessionBorrowsOne) {
  EXPECT_EQ(Run({"alloc", "h", "--string", "--payload", "text", "--root", "s"}),
            kOk)
      << err_.str();
  EXPECT_EQ(daemon_.CallCount("OpenSession"), 1u);
  EXPECT_EQ(daemon_.CallCount("CloseSession"), 1u);
}

TEST_F(RunTest, SessionsOpenedByHandStayOpen) {
  EXPECT_EQ(Run({"session", "open", "h"}), kOk);
  EXPECT_EQ(out_.str(), "0x0000000000000abc\n");
  EXPECT_EQ(daemon_.CallCount("CloseSession"), 0u);
  EXPECT_EQ(Run({"session", "close", "h", "--session", "0xabc"}), kOk);
  EXPECT_EQ(daemon_.CallCount("CloseSession"), 1u);
}

TEST_F(RunTest, TheSessionOfTheCommandLineBeatsTheEnvironments) {
  setenv("HEAPD_SESSION", "not a session", /*overwrite=*/1);
  EXPECT_EQ(Run({"session", "close", "h", "--session", "0xabc"}), kOk);
  EXPECT_EQ(Run({"session", "close", "h"}), kUsage);
  unsetenv("HEAPD_SESSION");
}

TEST_F(RunTest, ErrorsSayCodeReasonAndMessage) {
  EXPECT_EQ(Run({"read", "h", "root:unknown"}), kNotFound);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(),
            "heapctl: NOT_FOUND (ROOT_NOT_FOUND): no root 'unknown'\n");
}

TEST_F(RunTest, ExitCodesFollowTheError) {
  const struct {
    absl::StatusCode code;
    ExitCode exit_code;
  } kCases[] = {
      {absl::StatusCode::kInternal, kFailed},
      {absl::StatusCode::kInvalidArgument, kUsage},
      {absl::StatusCode::kNotFound, kNotFound},
      {absl::StatusCode::kUnauthenticated, kDenied},
      {absl::StatusCode::kPermissionDenied, kDenied},
      {absl::StatusCode::kResourceExhausted, kUnavailable},
      {absl::StatusCode::kAlreadyExists, kConflict},
      {absl::StatusCode::kFailedPrecondition, kConflict},
  };
  for (const auto& [code, exit_code] : kCases) {
    daemon_.FailNext(ErrorWithReason(code, "no", "REASON"));
    EXPECT_EQ(Run({"heap", "create", "h"}), exit_code)
        << static_cast<int>(code);
  }
}

TEST_F(RunTest, NobodyListeningIsUnavailable) {
  EXPECT_EQ(Run({"health", "127.0.0.1:1"}), kUnavailable);
}

TEST_F(RunTest, NewTokensAreRandomAndComeWithTheirHash) {
  EXPECT_EQ(Run({"token", "new", "--output", "json"}), kOk);
  const auto first = nlohmann::json::parse(out_.str());
  EXPECT_EQ(Run({"token", "new", "--output", "json"}), kOk);
  const auto second = nlohmann::json::parse(out_.str());
  EXPECT_NE(first["token"], second["token"]);
  const std::string token = first["token"];
  EXPECT_EQ(token.size(), 64u);
  EXPECT_EQ(first["sha256"], client::Sha256Hex(token));
}

}  // namespace
}  // namespace heapd::heapctl
