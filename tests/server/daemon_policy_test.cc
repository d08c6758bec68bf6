// The daemon's policy file and audit log, from the configuration on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "heapd/v1/heap_service.grpc.pb.h"
#include "server/daemon.h"
#include "tests/server/support/health_client.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

constexpr char kOpen[] = R"(rules:
  - principals: [anonymous]
    heaps: ["*"]
    permissions: [health, read, admin]
)";
constexpr char kClosed[] = "rules: []\n";

class DaemonPolicyTest : public ::testing::Test {
 protected:
  DaemonPolicyTest() {
    Config& config = options_.config;
    config.listen_data = {"127.0.0.1:0"};
    config.listen_operations = {"127.0.0.1:0"};
    config.listen_liveness = {"127.0.0.1:0"};
    config.listen_readiness = {"127.0.0.1:0"};
    config.memory_budget = 64 << 20;
    ResolveDefaults(uint64_t{1} << 30, 2, config);
  }

  void SetPolicy(const std::string& text) {
    options_.config.auth_policy_file = directory_.Write("policy.yaml", text);
  }
  void Start() {
    auto daemon = Daemon::Start(options_);
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
  }
  std::string Address(const std::string& plane) const {
    return daemon_->addresses().at(plane).front();
  }
  grpc::StatusCode ListHeaps() const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(20));
    v1::ListHeapsResponse response;
    return v1::HeapService::NewStub(
               grpc::CreateChannel(Address("operations"),
                                   grpc::InsecureChannelCredentials()))
        ->ListHeaps(&context, {}, &response)
        .error_code();
  }

  const TemporaryDirectory directory_;
  DaemonOptions options_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(DaemonPolicyTest, APolicyIsReadAtTheStartAndAgainWhenAskedTo) {
  SetPolicy(kOpen);
  Start();
  EXPECT_EQ(ListHeaps(), grpc::StatusCode::OK);
  SetPolicy(kClosed);
  EXPECT_EQ(ListHeaps(), grpc::StatusCode::OK);
  daemon_->Reload();
  EXPECT_EQ(ListHeaps(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(DaemonPolicyTest, ABadFileIsRefusedAndTheOldPolicyKept) {
  SetPolicy(kOpen);
  Start();
  SetPolicy("rules:\n  - principals: [anonymous]\n    permissions: [reed]\n");
  ::testing::internal::CaptureStderr();
  daemon_->Reload();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("reload_refused"));
  EXPECT_THAT(log, HasSubstr("policy.yaml:3: unknown permission 'reed'"));
  EXPECT_EQ(ListHeaps(), grpc::StatusCode::OK);
  std::filesystem::remove(directory_.Path("policy.yaml"));
  daemon_->Reload();
  EXPECT_EQ(ListHeaps(), grpc::StatusCode::OK);
}

TEST_F(DaemonPolicyTest, NoDaemonStartsWithABadFile) {
  SetPolicy("rule: []\n");
  EXPECT_THAT(std::string(Daemon::Start(options_).status().message()),
              HasSubstr("policy.yaml:1: unknown key 'rule'"));
}

TEST_F(DaemonPolicyTest, ThePlanesKeepTheirHealthAndProbesGetTheirs) {
  SetPolicy(kClosed);
  Start();
  for (const char* plane : {"data", "operations"}) {
    EXPECT_EQ(HealthClient(Address(plane)).Check(), "error 16") << plane;
  }
  for (const char* plane : {"liveness", "readiness"}) {
    EXPECT_EQ(HealthClient(Address(plane)).Check(), "SERVING") << plane;
  }
}

TEST_F(DaemonPolicyTest, AnAuditLogIsKeptAcrossDaemons) {
  options_.config.audit_file = directory_.Path("audit.log");
  Start();
  daemon_.reset();
  Start();
  daemon_.reset();
  EXPECT_THAT(directory_.Read("audit.log"), HasSubstr("\"seq\":2,"));
}

TEST_F(DaemonPolicyTest, NoDaemonStartsWithoutTheAuditLogItShallKeep) {
  options_.config.audit_file = directory_.Path("none/audit.log");
  EXPECT_THAT(std::string(Daemon::Start(options_).status().message()),
              HasSubstr("audit"));
}

}  // namespace
}  // namespace heapd::server
