// The example of client/README.md: what stands between the two marks stands
// there too, and a test compares them.

#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/heapd/fake_daemon.h"

// [README
#include "client/heapd/client.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"

using namespace heapd::client;  // NOLINT(google-build-using-namespace)

absl::Status KeepAUser(const std::string& address) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client,
                                Client::Connect(address));
  const auto heap = client->CreateHeap("users", {.limit_bytes = 64 << 20});
  if (!heap.ok() && ErrorReason(heap.status()) != "HEAP_EXISTS") {
    return heap.status();
  }
  // Whatever the session allocates lives until the session ends, unless
  // something else holds it by then.
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Session session,
                                client->OpenSession("users"));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const TypeId user,
                                session.DefineType("User", {"name", "friend"}));

  // Two users who know each other, and a root that holds them: one call, all
  // or nothing.
  BatchBuilder batch;
  const LocalRef ada = batch.Allocate(user, "Ada", {}, 2);
  const LocalRef bob =
      batch.Allocate(user, "Bob", {BatchValue(), BatchValue::Strong(ada)});
  batch.Link(ada, 1, BatchValue::Weak(bob));
  batch.Root("bob", bob);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const BatchReader result,
                                session.Apply(std::move(batch)));

  HEAPD_CLIENT_ASSIGN_OR_RETURN(const ObjectData object,
                                session.Read(result.ref(bob)));
  std::cout << object.type_name << ": " << object.payload << '\n';
  return absl::OkStatus();
}
// README]

namespace heapd::client {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ExampleTest, Runs) {
  const FakeDaemon daemon;
  const absl::Status status = KeepAUser(daemon.address());
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(daemon.CallCount("CloseSession"), 1u);
}

TEST(ExampleTest, IsWhatTheReadmeShows) {
  const std::string tests = HEAPD_TEST_DATA_DIR "/..";
  const std::string source = ReadFile(tests + "/client/example_test.cc");
  const std::string begin = "// [README\n";
  const size_t from = source.find(begin) + begin.size();
  const size_t to = source.find("// README]", from);
  ASSERT_NE(to, std::string::npos);
  EXPECT_THAT(ReadFile(tests + "/../client/README.md"),
              testing::HasSubstr(source.substr(from, to - from)));
}

}  // namespace
}  // namespace heapd::client
