#include "server/ops/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "server/ops/health.h"
#include "server/ops/ports_file.h"
#include "tests/server/support/health_client.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

class ListenerTest : public ::testing::Test {
 protected:
  ListenerTest() : health_(&board_, 4) {
    board_.SetAll(ServingState::kServing);
  }
  ~ListenerTest() override { board_.Close(); }

  absl::StatusOr<std::unique_ptr<Listener>> Start(
      const std::vector<std::string>& addresses, mode_t mode = 0600) {
    ListenerOptions options;
    options.name = "listen.test";
    options.addresses = addresses;
    options.socket_mode = mode;
    return Listener::Start(options, {&health_});
  }

  TemporaryDirectory directory_;
  HealthBoard board_;
  HealthService health_;
};

TEST_F(ListenerTest, AFreePortIsChosenAndReported) {
  const auto listener = Start({"127.0.0.1:0"});
  ASSERT_TRUE(listener.ok()) << listener.status();
  ASSERT_EQ((*listener)->addresses().size(), 1u);
  EXPECT_NE((*listener)->addresses()[0], "127.0.0.1:0");
  EXPECT_EQ(HealthClient((*listener)->addresses()[0]).Check(), "SERVING");
}

TEST_F(ListenerTest, ASecondListenerOnAPortIsRefusedAndSaysWhy) {
  const auto first = Start({"127.0.0.1:0"});
  const std::string address = (*first)->addresses()[0];
  const auto second = Start({address});
  EXPECT_EQ(
      second.status().message(),
      "cannot listen on " + address + " (listen.test): Address already in use");
  EXPECT_EQ(HealthClient(address).Check(), "SERVING");
}

TEST_F(ListenerTest, PlaintextBeyondThisMachineNeedsToBeAskedFor) {
  ListenerOptions options;
  options.name = "listen.test";
  options.addresses = {"0.0.0.0:0"};
  EXPECT_THAT(
      std::string(Listener::Start(options, {&health_}).status().message()),
      HasSubstr("without TLS heapd listens on loopback"));
  options.plaintext_reach = Reach::kAnywhere;
  const auto listener = Listener::Start(options, {&health_});
  EXPECT_TRUE(listener.ok()) << listener.status();
}

TEST_F(ListenerTest, AUnixSocketServesBesideAPort) {
  const std::string address = "unix:" + directory_.Path("s");
  const auto listener = Start({"127.0.0.1:0", address});
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ((*listener)->addresses()[1], address);
  EXPECT_EQ(HealthClient(address).Check(), "SERVING");
}

TEST_F(ListenerTest, AUnixSocketHasTheModeAskedFor) {
  for (const mode_t mode : {0600, 0660}) {
    const std::string path = directory_.Path("s");
    const auto listener = Start({"unix:" + path}, mode);
    ASSERT_TRUE(listener.ok()) << listener.status();
    struct stat attributes;
    ASSERT_EQ(stat(path.c_str(), &attributes), 0);
    EXPECT_EQ(attributes.st_mode & 0777, mode);
  }
}

TEST_F(ListenerTest, ASecondListenerOnAUnixSocketIsRefusedAndHarmless) {
  const std::string path = directory_.Path("s");
  const auto first = Start({"unix:" + path});
  const auto second = Start({"unix:" + path});
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("another heapd listens there"));
  EXPECT_EQ(HealthClient("unix:" + path).Check(), "SERVING");
}

TEST_F(ListenerTest, AUnixSocketIsRemovedAtStop) {
  const std::string path = directory_.Path("s");
  auto listener = *Start({"unix:" + path});
  listener->Shutdown(absl::ZeroDuration());
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(Start({"unix:" + path}).ok());
}

TEST_F(ListenerTest, ASocketThatADeadDaemonLeftIsReplaced) {
  const std::string path = directory_.Path("s");
  const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  close(dead);
  const auto listener = Start({"unix:" + path});
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(HealthClient("unix:" + path).Check(), "SERVING");
}

TEST_F(ListenerTest, AFileThatIsNoSocketIsNotRemoved) {
  const std::string path = directory_.Write("s", "precious");
  EXPECT_FALSE(Start({"unix:" + path}).ok());
  EXPECT_EQ(directory_.Read("s"), "precious");
}

TEST_F(ListenerTest, AClientMayPingAnIdleStreamEverySecond) {
  const auto listener = Start({"127.0.0.1:0"});
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateCustomChannel((*listener)->addresses()[0],
                                grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(6));
  const auto watch = stub->Watch(&context, {});
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(PortsFileTest, AddressesAreWrittenWhole) {
  const TemporaryDirectory directory;
  directory.Write("ports", "old");
  const std::string path = directory.Path("ports");
  ASSERT_TRUE(WritePortsFile(path, {{"data", {"127.0.0.1:1", "unix:/x"}},
                                    {"operations", {"127.0.0.1:2"}}})
                  .ok());
  const nlohmann::json json = nlohmann::json::parse(directory.Read("ports"));
  EXPECT_EQ(json["data"][1], "unix:/x");
  EXPECT_EQ(json["operations"][0], "127.0.0.1:2");
  EXPECT_FALSE(WritePortsFile("/nowhere/at/all", {}).ok());
}

}  // namespace
}  // namespace heapd::server
