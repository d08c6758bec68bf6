// Every kind of listener against every kind of credential: whom the daemon
// takes the caller for.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "server/auth/identity.h"
#include "server/auth/token_digest.h"
#include "server/ops/listener.h"
#include "tests/server/support/temporary_directory.h"
#include "tests/server/support/test_certificates.h"
#include "tests/server/support/test_issuer.h"

namespace heapd::server {
namespace {

using Json = nlohmann::json;

// Answers every call with the caller's name, or with the reason why the caller
// is refused.
class WhoAmI final : public grpc::health::v1::Health::Service {
 public:
  explicit WhoAmI(const Authenticator* authenticator)
      : authenticator_(authenticator) {}

  grpc::Status Check(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest*,
                     grpc::health::v1::HealthCheckResponse*) override {
    const auto principal = authenticator_->Authenticate(*context);
    return {grpc::StatusCode::UNKNOWN,
            principal.ok() ? (*principal)->name : ReasonOf(principal.status())};
  }

 private:
  const Authenticator* const authenticator_;
};

// What a caller brings.
struct Caller {
  bool tls = false;
  bool trusts_us = true;  // with TLS
  const TestCertificate* certificate = nullptr;
  std::vector<std::string> headers = {};
};

// How a listener is set up; the columns of the table below.
enum Column { kPlaintext, kUnix, kTls, kOptional, kRequired, kColumns };

constexpr char kNoConnection[] = "no connection";
constexpr char kInvalid[] = "CREDENTIALS_INVALID";

struct Row {
  Caller caller;
  std::array<std::string, kColumns> expected;
};

class CredentialMatrixTest : public ::testing::Test {
 protected:
  CredentialMatrixTest() {
    config_.tls_certificate_file = directory_.Write("crt", own_.certificate);
    config_.tls_key_file = directory_.Write("key", own_.key);
    config_.auth_jwt_keys_file = directory_.Write("keys", TestKeySet());
    config_.auth_jwt_issuer = "https://issuer.test";
    config_.auth_jwt_audience = "heapd";
    const TokenDigest digest = DigestOf("secret");
    config_.auth_tokens = {
        {"alice",
         absl::BytesToHexString(absl::string_view(
             reinterpret_cast<const char*>(digest.data()), digest.size()))}};
    // The one that does not know any authority.
    one_way_ = *Identity::Load(config_);
    config_.tls_client_ca_file =
        directory_.Write("ca", authority_.certificate());
    config_.tls_require_client_certificate = {"data"};
    mutual_ = *Identity::Load(config_);
    Serve(kPlaintext, *mutual_, nullptr, "127.0.0.1:0");
    Serve(kUnix, *mutual_, mutual_->CredentialsOf("data"),
          "unix:" + directory_.Path("socket"));
    Serve(kTls, *one_way_, one_way_->CredentialsOf("data"), "127.0.0.1:0");
    Serve(kOptional, *mutual_, mutual_->CredentialsOf("operations"),
          "127.0.0.1:0");
    Serve(kRequired, *mutual_, mutual_->CredentialsOf("data"), "127.0.0.1:0");
  }

  void Serve(Column column, const Identity& identity,
             std::shared_ptr<grpc::ServerCredentials> credentials,
             const std::string& address) {
    services_[column] = std::make_unique<WhoAmI>(&identity.authenticator());
    ListenerOptions options;
    options.name = "listen.test";
    options.addresses = {address};
    options.credentials = std::move(credentials);
    auto listener = Listener::Start(options, {services_[column].get()});
    HEAPD_CHECK(listener.ok());
    listeners_[column] = *std::move(listener);
  }

  std::string Call(Column column, const Caller& caller) const {
    std::shared_ptr<grpc::ChannelCredentials> security =
        grpc::InsecureChannelCredentials();
    if (caller.tls) {
      grpc::SslCredentialsOptions options;
      options.pem_root_certs =
          (caller.trusts_us ? authority_ : stranger_).certificate();
      if (caller.certificate != nullptr) {
        options.pem_cert_chain = caller.certificate->certificate;
        options.pem_private_key = caller.certificate->key;
      }
      security = grpc::SslCredentials(options);
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    if (column == kUnix) arguments.SetSslTargetNameOverride("localhost");
    const auto stub =
        grpc::health::v1::Health::NewStub(grpc::CreateCustomChannel(
            listeners_[column]->addresses().front(), security, arguments));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
    for (const std::string& header : caller.headers) {
      context.AddMetadata("authorization", header);
    }
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status = stub->Check(&context, {}, &response);
    return status.error_code() == grpc::StatusCode::UNAVAILABLE
               ? kNoConnection
               : status.error_message();
  }

  // A token of the issuer with one claim changed.
  static std::string Jwt(const char* claim, const Json& value) {
    Json claims = GoodClaims();
    claims[claim] = value;
    return "Bearer " + MakeJwt(HeaderOf("ES256", "ec"), claims,
                               TestSigningKey::Of("ES256"));
  }

  static TestCertificateOptions Client() {
    TestCertificateOptions options;
    options.alternative_names = "URI:spiffe://example.org/web";
    return options;
  }

  TemporaryDirectory directory_;
  const TestAuthority authority_;
  const TestAuthority stranger_{"stranger"};
  const TestCertificate own_ = authority_.Issue(ServerOptions());
  Config config_;
  std::unique_ptr<Identity> one_way_;
  std::unique_ptr<Identity> mutual_;
  std::array<std::unique_ptr<WhoAmI>, kColumns> services_;
  std::array<std::unique_ptr<Listener>, kColumns> listeners_;
};

TEST_F(CredentialMatrixTest, EveryListenerAgainstEveryCredential) {
  const TestCertificate good = authority_.Issue(Client());
  const TestCertificate foreign = stranger_.Issue(Client());
  TestCertificateOptions times = Client();
  times.begins = -absl::Hours(48);
  times.ends = -absl::Hours(24);
  const TestCertificate expired = authority_.Issue(times);
  times.begins = absl::Hours(24);
  times.ends = absl::Hours(48);
  const TestCertificate not_yet = authority_.Issue(times);
  TestCertificateOptions unnamed;
  unnamed.common_name = "a\nb";
  const TestCertificate nameless = authority_.Issue(unnamed);
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  const TestSigningKey& rsa = TestSigningKey::Of("RS256");
  const std::string token = "Bearer secret";
  const std::string jwt = "Bearer " + GoodJwt();
  const std::string none =
      absl::StrCat("Bearer ", Base64Url(R"({"alg":"none","kid":"ec"})"), ".",
                   Base64Url(GoodClaims().dump()), ".");
  const std::string confused =
      "Bearer " +
      MakeHmacJwt(HeaderOf("HS256", "rsa"), GoodClaims(), rsa.PublicPem());

  // The columns that a caller without TLS can differ in, and one with it.
  const auto plain = [](std::vector<std::string> headers,
                        const std::string& who) {
    return Row{{false, true, nullptr, std::move(headers)},
               {who, who, kNoConnection, kNoConnection, kNoConnection}};
  };
  const auto tls = [](const TestCertificate* certificate,
                      std::vector<std::string> headers,
                      const std::string& one_way, const std::string& optional,
                      const std::string& required) {
    return Row{{true, true, certificate, std::move(headers)},
               {kNoConnection, kNoConnection, one_way, optional, required}};
  };
  const std::string web = "cert:spiffe://example.org/web";
  std::vector<std::pair<const char*, Row>> rows = {
      {"nothing", plain({}, "anonymous")},
      {"token", plain({token}, "token:alice")},
      {"wrong token", plain({"Bearer guess"}, kInvalid)},
      {"other scheme", plain({"Basic c2VjcmV0"}, kInvalid)},
      {"two tokens", plain({token, jwt}, kInvalid)},
      {"jwt", plain({jwt}, "jwt:alice")},
      {"jwt, expired", plain({Jwt("exp", now - 3600)}, kInvalid)},
      {"jwt, not yet valid", plain({Jwt("nbf", now + 3600)}, kInvalid)},
      {"jwt, other audience", plain({Jwt("aud", "other")}, kInvalid)},
      {"jwt, other issuer", plain({Jwt("iss", "other")}, kInvalid)},
      {"jwt, alg none", plain({none}, kInvalid)},
      {"jwt, key confusion", plain({confused}, kInvalid)},
      {"jwt, unknown key",
       plain(
           {"Bearer " + MakeJwt(HeaderOf("RS256", "other"), GoodClaims(), rsa)},
           kInvalid)},
      {"jwt, other key of the set",
       plain({"Bearer " + MakeJwt(HeaderOf("ES256", "ec"), GoodClaims(), rsa)},
             kInvalid)},
      {"jwt, cut", plain({jwt.substr(0, jwt.size() - 5)}, kInvalid)},

      {"tls, nothing",
       tls(nullptr, {}, "anonymous", "anonymous", kNoConnection)},
      {"tls, token",
       tls(nullptr, {token}, "token:alice", "token:alice", kNoConnection)},
      {"tls, wrong token",
       tls(nullptr, {"Bearer guess"}, kInvalid, kInvalid, kNoConnection)},
      {"tls, jwt",
       tls(nullptr, {jwt}, "jwt:alice", "jwt:alice", kNoConnection)},
      {"tls, certificate", tls(&good, {}, "anonymous", web, web)},
      {"tls, certificate and token",
       tls(&good, {token}, "token:alice", "token:alice", "token:alice")},
      {"tls, certificate and jwt",
       tls(&good, {jwt}, "jwt:alice", "jwt:alice", "jwt:alice")},
      {"tls, certificate and wrong token",
       tls(&good, {"Bearer guess"}, kInvalid, kInvalid, kInvalid)},
      {"tls, certificate of another authority",
       tls(&foreign, {}, "anonymous", kNoConnection, kNoConnection)},
      {"tls, certificate of another authority and token",
       tls(&foreign, {token}, "token:alice", kNoConnection, kNoConnection)},
      {"tls, expired certificate",
       tls(&expired, {}, "anonymous", kNoConnection, kNoConnection)},
      {"tls, certificate that is not good yet",
       tls(&not_yet, {}, "anonymous", kNoConnection, kNoConnection)},
      {"tls, certificate without a printable name",
       tls(&nameless, {}, "anonymous", kInvalid, kInvalid)},
  };
  Row untrusting =
      tls(&good, {token}, kNoConnection, kNoConnection, kNoConnection);
  untrusting.caller.trusts_us = false;
  rows.emplace_back("tls, by a client that trusts another authority",
                    untrusting);

  for (const auto& [what, row] : rows) {
    for (int column = 0; column < kColumns; ++column) {
      EXPECT_EQ(Call(static_cast<Column>(column), row.caller),
                row.expected[static_cast<size_t>(column)])
          << what << ", listener " << column;
    }
  }
}

TEST_F(CredentialMatrixTest, ATokenLargerThanMetadataMayBeIsRefused) {
  // By gRPC, before anybody here sees it.
  for (const size_t size : {size_t{9000}, size_t{1} << 20}) {
    const std::string answer =
        Call(kPlaintext,
             {false, true, nullptr, {"Bearer " + std::string(size, 'x')}});
    EXPECT_NE(answer, "anonymous");
    EXPECT_NE(answer, "");
  }
  EXPECT_EQ(Call(kPlaintext, {}), "anonymous");
}

}  // namespace
}  // namespace heapd::server
