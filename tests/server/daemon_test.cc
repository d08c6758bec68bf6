#include "server/daemon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "absl/strings/escaping.h"
#include "heapd/v1/heap_service.grpc.pb.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "heapd/v1/snapshot_service.grpc.pb.h"
#include "server/auth/token_digest.h"
#include "tests/server/support/health_client.h"
#include "tests/server/support/reflection_stream.h"
#include "tests/server/support/temporary_directory.h"
#include "tests/server/support/test_certificates.h"
#include "tests/server/support/tls_client.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

std::string HexDigest(const std::string& token) {
  const TokenDigest digest = DigestOf(token);
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

class DaemonTest : public ::testing::Test {
 protected:
  DaemonTest() {
    Config& config = options_.config;
    config.listen_data = {"127.0.0.1:0"};
    config.listen_operations = {"127.0.0.1:0"};
    config.listen_liveness = {"127.0.0.1:0"};
    config.listen_readiness = {"127.0.0.1:0"};
    config.memory_budget = 64 << 20;
    config.shutdown_grace = absl::Seconds(5);
    ResolveDefaults(uint64_t{1} << 30, 2, config);
  }

  void Start() {
    auto daemon = Daemon::Start(options_);
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
  }

  HealthClient Client(const std::string& plane) {
    return HealthClient(daemon_->addresses().at(plane).front());
  }

  TemporaryDirectory directory_;
  DaemonOptions options_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(DaemonTest, EveryPlaneSaysThatItServes) {
  Start();
  for (const char* plane : {"data", "operations", "liveness", "readiness"}) {
    EXPECT_EQ(Client(plane).Check(), "SERVING") << plane;
  }
  EXPECT_EQ(Client("data").Check("heapd.v1.ObjectService"), "SERVING");
  EXPECT_EQ(Client("operations").Check("heapd.v1.SnapshotService"), "SERVING");
  for (const char* plane : {"liveness", "readiness"}) {
    EXPECT_EQ(Client(plane).Check("heapd.v1.ObjectService"), "SERVING");
    EXPECT_EQ(Client(plane).Check("heapd.v1.SnapshotService"), "SERVING");
    EXPECT_EQ(Client(plane).Check("heapd.v1.Nothing"), "error 5");
  }
}

TEST_F(DaemonTest, SnapshotsCanHaveAPlaneOfTheirOwn) {
  options_.config.listen_snapshots = {"127.0.0.1:0"};
  Start();
  EXPECT_EQ(Client("snapshots").Check(), "SERVING");
  EXPECT_EQ(Client("snapshots").Check("heapd.v1.SnapshotService"), "SERVING");
  EXPECT_EQ(Client("snapshots").Check("heapd.v1.HeapService"), "error 5");
  EXPECT_EQ(Client("operations").Check("heapd.v1.SnapshotService"), "error 5");
  EXPECT_EQ(Client("readiness").Check("heapd.v1.SnapshotService"), "SERVING");
  const auto get = [this](const std::string& plane) {
    const auto stub = v1::SnapshotService::NewStub(
        grpc::CreateChannel(daemon_->addresses().at(plane).front(),
                            grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    v1::GetSnapshotResponse response;
    return stub->GetSnapshot(&context, {}, &response).error_code();
  };
  EXPECT_EQ(get("operations"), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(get("data"), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(get("snapshots"), grpc::StatusCode::UNAUTHENTICATED)
      << "snapshots need a credential, on loopback too";
}

TEST_F(DaemonTest, TheSnapshotsPlaneMayBeReachedFromElsewhereWithTlsOnly) {
  options_.config.listen_snapshots = {"0.0.0.0:0"};
  EXPECT_THAT(std::string(Daemon::Start(options_).status().message()),
              HasSubstr("listen.snapshots: address '0.0.0.0:0' is not on this "
                        "machine"));
}

TEST_F(DaemonTest, TheSnapshotsPlaneMayShowSomethingOfItsOwn) {
  const TestAuthority all;
  const TestAuthority few("few");
  const TestCertificate general = all.Issue(ServerOptions());
  const TestCertificate own = few.Issue(ServerOptions());
  Config& config = options_.config;
  config.listen_snapshots = {"127.0.0.1:0"};
  config.tls_certificate_file = directory_.Write("crt", general.certificate);
  config.tls_key_file = directory_.Write("key", general.key);
  config.tls_client_ca_file = directory_.Write("ca", all.certificate());
  config.tls_snapshots_certificate_file =
      directory_.Write("own.crt", own.certificate);
  config.tls_snapshots_key_file = directory_.Write("own.key", own.key);
  config.tls_snapshots_client_ca_file =
      directory_.Write("own.ca", few.certificate());
  config.tls_require_client_certificate = {"snapshots"};
  ASSERT_TRUE(CheckConfig(config).ok()) << CheckConfig(config);
  Start();
  const auto address = [this](const std::string& plane) {
    return daemon_->addresses().at(plane).front();
  };
  const auto check = [&](const TestAuthority& trusted,
                         const std::optional<TestCertificate>& shown) {
    return HealthClient(address("snapshots"), TlsCredentials(trusted, shown))
        .Check();
  };
  EXPECT_EQ(SerialShownAt(address("operations")),
            SerialOf(general.certificate));
  EXPECT_EQ(SerialShownAt(address("snapshots"), TLS1_2_VERSION), 0)
      << "nobody comes in without a certificate";
  EXPECT_EQ(check(few, few.Issue({})), "SERVING");
  EXPECT_EQ(check(few, all.Issue({})), "error 14");
  EXPECT_EQ(check(few, std::nullopt), "error 14");
  EXPECT_EQ(check(all, few.Issue({})), "error 14") << "it shows another one";
  // A new pair, of the same authority, is shown after a reload.
  const TestCertificate next = few.Issue(ServerOptions());
  directory_.Write("own.crt", next.certificate);
  directory_.Write("own.key", next.key);
  daemon_->Reload();
  EXPECT_EQ(check(few, few.Issue({})), "SERVING");
}

TEST_F(DaemonTest, WhatAConnectionMayNotCarryWaitsAtItsClient) {
  options_.config.limits_max_calls_per_connection = 2;
  Start();
  const std::string address = daemon_->addresses().at("data").front();
  const auto list = [](const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::milliseconds(500));
    v1::ListHeapsResponse response;
    return v1::HeapService::NewStub(channel)
        ->ListHeaps(&context, v1::ListHeapsRequest(), &response)
        .error_code();
  };
  const auto channel =
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  // The first call brings the bound.
  EXPECT_EQ(list(channel), grpc::StatusCode::OK);
  const auto stub = v1::ObjectService::NewStub(channel);
  grpc::ClientContext contexts[2];
  const auto first = stub->Pipeline(&contexts[0]);
  const auto second = stub->Pipeline(&contexts[1]);
  EXPECT_EQ(list(channel), grpc::StatusCode::DEADLINE_EXCEEDED);
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  EXPECT_EQ(list(grpc::CreateCustomChannel(
                address, grpc::InsecureChannelCredentials(), own)),
            grpc::StatusCode::OK);
  first->WritesDone();
  EXPECT_TRUE(first->Finish().ok());
  EXPECT_EQ(list(channel), grpc::StatusCode::OK);
  second->WritesDone();
  EXPECT_TRUE(second->Finish().ok());
}

TEST_F(DaemonTest, ThePortsFileSaysWhatWasBound) {
  options_.ports_file = directory_.Path("ports.json");
  Start();
  EXPECT_EQ(nlohmann::json::parse(directory_.Read("ports.json")),
            nlohmann::json(daemon_->addresses()));
}

TEST_F(DaemonTest, APlaneWithoutAddressesIsLeftOut) {
  options_.config.listen_liveness.clear();
  Start();
  EXPECT_EQ(daemon_->addresses().count("liveness"), 0u);
}

TEST_F(DaemonTest, AnAddressOffThisMachineIsRefused) {
  options_.config.listen_operations = {"0.0.0.0:0"};
  EXPECT_THAT(std::string(Daemon::Start(options_).status().message()),
              HasSubstr("listen.operations: address '0.0.0.0:0' is not on this "
                        "machine's loopback"));
}

TEST_F(DaemonTest, ASecondDaemonOnAPortIsRefused) {
  Start();
  DaemonOptions second = options_;
  second.config.listen_data = daemon_->addresses().at("data");
  EXPECT_THAT(std::string(Daemon::Start(second).status().message()),
              HasSubstr("Address already in use"));
  EXPECT_EQ(Client("data").Check(), "SERVING");
}

TEST_F(DaemonTest, ASecondDaemonOnASocketOrADirectoryIsRefused) {
  options_.config.listen_data = {"unix:" + directory_.Path("data.sock")};
  options_.config.snapshots_directory = directory_.Path("snapshots");
  Start();
  DaemonOptions second = options_;
  second.config.snapshots_directory.clear();
  EXPECT_THAT(std::string(Daemon::Start(second).status().message()),
              HasSubstr("another heapd listens there"));
  second = options_;
  second.config.listen_data = {"127.0.0.1:0"};
  EXPECT_THAT(std::string(Daemon::Start(second).status().message()),
              HasSubstr("another heapd uses it"));
}

TEST_F(DaemonTest, BothPlanesDescribeTheirServices) {
  Start();
  for (const char* plane : {"data", "operations"}) {
    ReflectionStream stream(daemon_->addresses().at(plane).front());
    EXPECT_THAT(stream.ListServices(), HasSubstr("grpc.health.v1.Health"));
  }
}

TEST_F(DaemonTest, AHeapMadeOnOnePlaneIsThereOnTheOther) {
  Start();
  const auto stub = [this](const std::string& plane) {
    return v1::HeapService::NewStub(
        grpc::CreateChannel(daemon_->addresses().at(plane).front(),
                            grpc::InsecureChannelCredentials()));
  };
  grpc::ClientContext create;
  v1::CreateHeapRequest request;
  request.set_heap("cache");
  v1::CreateHeapResponse created;
  ASSERT_TRUE(stub("operations")->CreateHeap(&create, request, &created).ok());
  EXPECT_EQ(created.heap().limit_bytes(), 16u << 20);
  grpc::ClientContext list;
  v1::ListHeapsResponse listed;
  ASSERT_TRUE(stub("data")->ListHeaps(&list, {}, &listed).ok());
  EXPECT_EQ(listed.heaps_size(), 1);
}

TEST_F(DaemonTest, WithoutTokensNobodyTakesSnapshots) {
  Start();
  const auto stub = v1::SnapshotService::NewStub(
      grpc::CreateChannel(daemon_->addresses().at("operations").front(),
                          grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer guess");
  v1::ListSnapshotsResponse response;
  EXPECT_EQ(stub->ListSnapshots(&context, {}, &response).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(DaemonTest, EveryPlaneSpeaksTlsOnceThereIsACertificate) {
  const TestAuthority authority;
  const TestAuthority stranger("stranger");
  const TestCertificate own = authority.Issue(ServerOptions());
  Config& config = options_.config;
  config.tls_certificate_file = directory_.Write("crt", own.certificate);
  config.tls_key_file = directory_.Write("key", own.key);
  config.listen_data.push_back("unix:" + directory_.Path("data.sock"));
  Start();
  for (const char* plane : {"data", "operations", "liveness", "readiness"}) {
    const std::string address = daemon_->addresses().at(plane).front();
    EXPECT_EQ(HealthClient(address, TlsCredentials(authority)).Check(),
              "SERVING")
        << plane;
    EXPECT_EQ(HealthClient(address, TlsCredentials(stranger)).Check(),
              "error 14")
        << plane;
    EXPECT_EQ(HealthClient(address).Check(), "error 14") << plane;
  }
  EXPECT_EQ(HealthClient(daemon_->addresses().at("data").back()).Check(),
            "SERVING");
}

TEST_F(DaemonTest, ListenersCanBeLeftWithoutTlsOrAskForACertificate) {
  const TestAuthority authority;
  const TestCertificate own = authority.Issue(ServerOptions());
  Config& config = options_.config;
  config.tls_certificate_file = directory_.Write("crt", own.certificate);
  config.tls_key_file = directory_.Write("key", own.key);
  config.tls_client_ca_file = directory_.Write("ca", authority.certificate());
  config.tls_listeners = {"data", "operations"};
  config.tls_require_client_certificate = {"operations"};
  Start();
  const auto check = [&](const char* plane, auto... own_certificate) {
    return HealthClient(daemon_->addresses().at(plane).front(),
                        TlsCredentials(authority, own_certificate...))
        .Check();
  };
  EXPECT_EQ(Client("liveness").Check(), "SERVING");
  EXPECT_EQ(Client("readiness").Check(), "SERVING");
  EXPECT_EQ(check("data"), "SERVING");
  EXPECT_EQ(check("operations"), "error 14");
  EXPECT_EQ(check("operations", authority.Issue({})), "SERVING");
}

TEST_F(DaemonTest, AReloadRevokesTokensAndABadFileChangesNothing) {
  options_.config.auth_tokens_file = directory_.Write(
      "tokens.yaml", "- {name: alice, sha256: " + HexDigest("first") + "}\n");
  Start();
  const auto code_of = [this](const std::string& token) {
    const auto stub = v1::SnapshotService::NewStub(
        grpc::CreateChannel(daemon_->addresses().at("operations").front(),
                            grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    v1::ListSnapshotsResponse response;
    return stub->ListSnapshots(&context, {}, &response).error_code();
  };
  // It has no storage: who gets that far is known.
  EXPECT_EQ(code_of("first"), grpc::StatusCode::FAILED_PRECONDITION);
  directory_.Write("tokens.yaml", "- {name: alice, sha256: short}\n");
  daemon_->Reload();
  EXPECT_EQ(code_of("first"), grpc::StatusCode::FAILED_PRECONDITION);
  directory_.Write("tokens.yaml",
                   "- {name: alice, sha256: " + HexDigest("second") + "}\n");
  daemon_->Reload();
  EXPECT_EQ(code_of("first"), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(code_of("second"), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(DaemonTest, StoppingTellsReadinessFirstAndEndsWatches) {
  Start();
  HealthClient client = Client("readiness");
  grpc::ClientContext context;
  const auto watch = client.Watch(context);
  HealthClient::Response response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthClient::Response::SERVING);
  std::thread stopper([this] { daemon_->Stop(); });
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthClient::Response::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&response));
  stopper.join();
  daemon_->Stop();
}

TEST_F(DaemonTest, AStreamThatStaysOpenEndsWithTheGrace) {
  options_.config.shutdown_grace = absl::Milliseconds(300);
  Start();
  ReflectionStream stream(daemon_->addresses().at("data").front());
  ASSERT_FALSE(stream.ListServices().empty());
  const absl::Time start = absl::Now();
  daemon_->Stop();
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  EXPECT_TRUE(stream.ListServices().empty());
}

TEST_F(DaemonTest, NothingRemainsAfterAStop) {
  options_.config.listen_data = {"unix:" + directory_.Path("data.sock")};
  options_.config.snapshots_directory = directory_.Path("snapshots");
  Start();
  daemon_.reset();
  EXPECT_FALSE(std::filesystem::exists(directory_.Path("data.sock")));
  Start();
}

}  // namespace
}  // namespace heapd::server
