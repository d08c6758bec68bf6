#ifndef HEAPD_TESTS_SERVER_STORAGE_S3_FAULT_S3_SERVER_H_
#define HEAPD_TESTS_SERVER_STORAGE_S3_FAULT_S3_SERVER_H_

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "heap/base/check.h"
#include "server/storage/s3/credential_source.h"
#include "server/storage/s3/http_client.h"
#include "server/storage/s3/s3_client.h"
#include "tests/server/support/child_process.h"

namespace heapd::server {

// The S3 server of fault_s3_server.py (which says what it can do), with one
// bucket, "bucket", and the keys "key" and "secret".
class FaultS3Server {
 public:
  // With TLS if there is a file with certificate and key; the calls below do
  // not work then.
  explicit FaultS3Server(const std::string& tls_file = "")
      : process_("/usr/bin/env", Arguments(tls_file)) {
    port_ = std::string(absl::StripAsciiWhitespace(process_.ReadUntil("\n")));
    HEAPD_CHECK(!port_.empty());
  }

  std::string url() const { return absl::StrCat("http://127.0.0.1:", port_); }
  const std::string& port() const { return port_; }

  void Control(const nlohmann::json& settings) {
    Ask("POST", "/_control", settings.dump());
  }

  // Plants one fault; the rest of it is `more`.
  void Plant(const std::string& on, const std::string& action,
             nlohmann::json more = nlohmann::json::object()) {
    more["on"] = on;
    more["do"] = action;
    Control({{"faults", nlohmann::json::array({more})}});
  }

  nlohmann::json State() {
    return nlohmann::json::parse(Ask("GET", "/_state", ""));
  }

  // How often an operation was asked for.
  int64_t Count(const std::string& operation) {
    const auto operations =
        State()["operations"].get<std::vector<std::string>>();
    return std::count(operations.begin(), operations.end(), operation);
  }

  // Of a patient client whose pauses a test does not notice.
  S3Options Options() const { return OptionsFor(url()); }
  static S3Options OptionsFor(const std::string& url) {
    S3Options options;
    options.name = "test";
    options.bucket = "bucket";
    options.prefix = "some/prefix/";
    options.region = "eu-central-1";
    options.endpoint = url;
    options.path_style = true;
    options.part_bytes = uint64_t{5} << 20;
    options.max_attempts = 4;
    options.first_pause = absl::Milliseconds(1);
    options.max_pause = absl::Milliseconds(4);
    options.stall_timeout = absl::Seconds(1);
    options.completion_timeout = absl::Seconds(1);
    return options;
  }

 private:
  static std::vector<std::string> Arguments(const std::string& tls_file) {
    std::vector<std::string> arguments = {
        "python3", "-B",
        HEAPD_TEST_DATA_DIR "/../server/storage/s3/fault_s3_server.py"};
    if (!tls_file.empty()) arguments.push_back(tls_file);
    return arguments;
  }

  std::string Ask(const std::string& method, const std::string& path,
                  const std::string& body) {
    HttpCall request;
    request.method = method;
    request.url = url() + path;
    request.body = body;
    request.max_answer_bytes = size_t{64} << 20;
    const absl::StatusOr<HttpAnswer> answer = http_.Send(request);
    HEAPD_CHECK(answer.ok() && answer->status == 200);
    return answer->body;
  }

  ChildProcess process_;
  std::string port_;
  const HttpClient http_ = HttpClient(HttpOptions{.use_proxy = false});
};

// Gives these keys, one after the other, and the last for ever.
class ListedKeys final : public CredentialSource {
 public:
  explicit ListedKeys(std::vector<AwsCredentials> keys)
      : keys_(std::move(keys)) {}

  absl::string_view name() const override { return "list"; }
  absl::StatusOr<AwsCredentials> Fetch() override {
    const AwsCredentials keys = keys_.front();
    if (keys_.size() > 1) keys_.erase(keys_.begin());
    return keys;
  }

 private:
  std::vector<AwsCredentials> keys_;
};

inline std::unique_ptr<CredentialSource> TestKeys() {
  return std::make_unique<ListedKeys>(
      std::vector<AwsCredentials>{{"key", "secret"}});
}

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_STORAGE_S3_FAULT_S3_SERVER_H_
