// What it costs to know who calls: each kind of credential looked at alone, and
// a call that reads an object over plaintext, TLS and with each of them.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/heapd/client.h"
#include "heap/base/check.h"
#include "server/auth/authenticator.h"
#include "server/auth/certificate.h"
#include "server/auth/client_certificates.h"
#include "server/auth/jwt_verifier.h"
#include "server/auth/token_digest.h"
#include "server/daemon.h"
#include "server/ops/cgroup.h"
#include "server/ops/logging.h"
#include "server/ops/process.h"
#include "tests/bench/support/measure.h"
#include "tests/bench/support/report.h"
#include "tests/server/support/temporary_directory.h"
#include "tests/server/support/test_certificates.h"
#include "tests/server/support/test_issuer.h"

namespace heapd {
namespace {

using bench::Report;
using bench::TimeOf;

constexpr char kToken[] =
    "1f0b2d7c9a3e5f6071829304a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8";

struct Settings {
  int runs = 5;
  double seconds = 1;
};

std::string HexDigest(absl::string_view token) {
  const server::TokenDigest digest = server::DigestOf(token);
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

// So many tokens, of which kToken is the last.
server::BearerTokens Tokens(int count) {
  server::BearerTokens tokens;
  for (int i = 1; i < count; ++i) {
    HEAPD_CHECK(
        tokens.Add(absl::StrCat("t", i), HexDigest(absl::StrCat(i))).ok());
  }
  HEAPD_CHECK(tokens.Add("bench", HexDigest(kToken)).ok());
  return tokens;
}

std::shared_ptr<server::JwtVerifier> Verifier() {
  return std::make_shared<server::JwtVerifier>(
      server::JwtTerms{"https://issuer.test", "heapd"},
      *server::JsonWebKeySet::Parse(server::TestKeySet()));
}

// Times `body`, which does one thing, `count` times a run.
void MeasureAlone(const std::string& what, int count, const Settings& settings,
                  const std::function<void()>& body, Report& report) {
  std::vector<double> seconds;
  for (int run = 0; run < settings.runs; ++run) {
    seconds.push_back(TimeOf([&] {
      for (int i = 0; i < count; ++i) body();
    }));
  }
  report.AddTimes({{"suite", "alone"}, {"credential", what}},
                  std::move(seconds), static_cast<uint64_t>(count));
}

void MeasureTokens(const Settings& settings, Report& report) {
  const std::string header = absl::StrCat("Bearer ", kToken);
  for (const int count : {1, 100}) {
    server::Authenticator authenticator;
    authenticator.ReplaceTokens(Tokens(count));
    MeasureAlone(
        absl::StrCat("token, one of ", count), 100'000, settings,
        [&] { HEAPD_CHECK(authenticator.AuthenticateHeader(header).ok()); },
        report);
  }
}

void MeasureJwt(const Settings& settings, Report& report) {
  for (const auto& [algorithm, kid] :
       {std::pair("RS256", "rsa"), std::pair("ES256", "ec"),
        std::pair("EdDSA", "ed")}) {
    const std::string token =
        server::MakeJwt(server::HeaderOf(algorithm, kid), server::GoodClaims(),
                        server::TestSigningKey::Of(algorithm));
    const server::TokenDigest digest = server::DigestOf(token);
    // One that the verifier forgets before each look.
    const auto fresh = Verifier();
    const std::string key_set = server::TestKeySet();
    MeasureAlone(
        absl::StrCat("jwt ", algorithm, ", first call"), 2000, settings,
        [&] {
          fresh->ForgetForTesting();
          HEAPD_CHECK(fresh->Verify(token, digest).ok());
        },
        report);
  }
  server::Authenticator authenticator;
  authenticator.AcceptJwt(Verifier());
  const std::string header = absl::StrCat("Bearer ", server::GoodJwt());
  MeasureAlone(
      "jwt, later calls", 100'000, settings,
      [&] { HEAPD_CHECK(authenticator.AuthenticateHeader(header).ok()); },
      report);
}

void MeasureCertificates(const Settings& settings, Report& report) {
  const server::TestAuthority authority;
  const std::string pem = authority.Issue({}).certificate;
  MeasureAlone(
      "certificate, first call", 2000, settings,
      [&] {
        const auto read = server::ParseCertificates(pem);
        HEAPD_CHECK(server::PrincipalOf(*read->front()).ok());
      },
      report);
  const server::ClientCertificates certificates;
  MeasureAlone(
      "certificate, later calls", 100'000, settings,
      [&] { HEAPD_CHECK(certificates.Authenticate(pem).ok()); }, report);
}

// A daemon with everything configured, with or without TLS.
class BenchDaemon {
 public:
  explicit BenchDaemon(bool tls) {
    server::DaemonOptions options;
    server::Config& config = options.config;
    config.listen_data = {"127.0.0.1:0"};
    config.listen_operations = {"127.0.0.1:0"};
    config.listen_liveness = {};
    config.listen_readiness = {};
    config.auth_tokens = {{"bench", HexDigest(kToken)}};
    config.auth_jwt_keys_file = directory_.Write("keys", server::TestKeySet());
    config.auth_jwt_issuer = "https://issuer.test";
    config.auth_jwt_audience = "heapd";
    if (tls) {
      const server::TestCertificate own =
          authority_.Issue(server::ServerOptions());
      config.tls_certificate_file = directory_.Write("crt", own.certificate);
      config.tls_key_file = directory_.Write("key", own.key);
      config.tls_client_ca_file =
          directory_.Write("ca", authority_.certificate());
      client_ = authority_.Issue({});
    }
    ResolveDefaults(server::UsableMemoryBytes(), 2, config);
    auto daemon = server::Daemon::Start(std::move(options));
    HEAPD_CHECK(daemon.ok());
    daemon_ = *std::move(daemon);
  }

  enum class Show { kNothing, kCertificate };

  std::unique_ptr<client::Client> Connect(Show show,
                                          const std::string& token) const {
    client::ClientOptions options;
    options.bearer_token = token;
    if (!client_.certificate.empty()) {
      options.tls.emplace();
      options.tls->authorities = authority_.certificate();
      if (show == Show::kCertificate) {
        options.tls->certificate = client_.certificate;
        options.tls->key = client_.key;
      }
    }
    auto client = client::Client::Connect(
        daemon_->addresses().at("data").front(), options);
    HEAPD_CHECK(client.ok());
    return *std::move(client);
  }

 private:
  server::TemporaryDirectory directory_;
  server::TestAuthority authority_;
  server::TestCertificate client_;
  std::unique_ptr<server::Daemon> daemon_;
};

double ProcessSeconds() {
  rusage usage;
  HEAPD_CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  return absl::ToDoubleSeconds(absl::DurationFromTimeval(usage.ru_utime) +
                               absl::DurationFromTimeval(usage.ru_stime));
}

// One caller that reads an object again and again.
struct Caller {
  std::string name;
  std::unique_ptr<client::Client> client;
  std::vector<double> rates = {};
  std::vector<double> processor_us = {};

  void Run(client::Ref ref, double seconds) {
    const client::RemoteHeap heap = client->Heap("bench");
    HEAPD_CHECK(heap.Read(ref).ok());
    const absl::Time begin = absl::Now();
    const double processor = ProcessSeconds();
    uint64_t count = 0;
    while (absl::Now() < begin + absl::Seconds(seconds)) {
      HEAPD_CHECK(heap.Read(ref).ok());
      ++count;
    }
    const auto calls = static_cast<double>(count);
    rates.push_back(calls / absl::ToDoubleSeconds(absl::Now() - begin));
    processor_us.push_back((ProcessSeconds() - processor) * 1e6 / calls);
  }
};

// Makes the heap of `daemon`, and one object in it that stays.
client::Ref MakeObject(client::Client& client) {
  HEAPD_CHECK(client.CreateHeap("bench", {.limit_bytes = 16 << 20}).ok());
  auto session = client.OpenSession("bench");
  HEAPD_CHECK(session.ok());
  const auto type = session->DefineType("Item", {});
  client::BatchBuilder batch;
  batch.Root("item", batch.Allocate(*type, std::string(64, 'p'), {}));
  const auto result = session->Apply(std::move(batch));
  HEAPD_CHECK(result.ok());
  return *client.Heap("bench").GetRoot("item");
}

void MeasureCalls(const Settings& settings, Report& report) {
  using Show = BenchDaemon::Show;
  const BenchDaemon plain(false);
  const BenchDaemon tls(true);
  const std::string jwt = server::GoodJwt();
  std::vector<Caller> plain_callers;
  plain_callers.push_back({"plaintext", plain.Connect(Show::kNothing, "")});
  plain_callers.push_back(
      {"plaintext, token", plain.Connect(Show::kNothing, kToken)});
  plain_callers.push_back(
      {"plaintext, jwt", plain.Connect(Show::kNothing, jwt)});
  std::vector<Caller> tls_callers;
  tls_callers.push_back({"tls", tls.Connect(Show::kNothing, kToken)});
  tls_callers.push_back({"tls, jwt", tls.Connect(Show::kNothing, jwt)});
  tls_callers.push_back(
      {"tls, certificate", tls.Connect(Show::kCertificate, "")});
  const client::Ref plain_ref = MakeObject(*plain_callers[1].client);
  const client::Ref tls_ref = MakeObject(*tls_callers[0].client);
  for (int run = 0; run < settings.runs; ++run) {
    for (Caller& caller : plain_callers)
      caller.Run(plain_ref, settings.seconds);
    for (Caller& caller : tls_callers) caller.Run(tls_ref, settings.seconds);
  }
  for (std::vector<Caller>* callers : {&plain_callers, &tls_callers}) {
    for (const Caller& caller : *callers) {
      report.AddRates(
          {{"suite", "calls"}, {"credential", caller.name}}, caller.rates,
          {{"processor_us_per_call", bench::Median(caller.processor_us)}});
    }
  }
}

int Run(int argc, char** argv) {
  Settings settings;
  std::string json_path;
  CLI::App app("Measures what it costs to know who calls.");
  app.add_option("--runs", settings.runs, "runs of each; medians count")
      ->check(CLI::Range(1, 1000));
  app.add_option("--seconds", settings.seconds, "duration of a run of calls")
      ->check(CLI::Range(0.05, 60.0));
  app.add_option("--json", json_path, "also write the results to this file");
  CLI11_PARSE(app, argc, argv);
  server::TuneLibraries();
  server::InitLogging(server::LogLevel::kError, server::LogFormat::kText);
  Report report({{"runs", settings.runs}, {"seconds", settings.seconds}});
  MeasureTokens(settings, report);
  MeasureJwt(settings, report);
  MeasureCertificates(settings, report);
  MeasureCalls(settings, report);
  return report.Write(json_path) ? 0 : 1;
}

}  // namespace
}  // namespace heapd

int main(int argc, char** argv) { return heapd::Run(argc, argv); }
