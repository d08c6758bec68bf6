#ifndef HEAPD_TESTS_E2E_STORM_ATTEMPTS_H_
#define HEAPD_TESTS_E2E_STORM_ATTEMPTS_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace heapd::e2e {

// A call that is made several times; what came of each.
struct StormCall {
  // Makes it once, on this connection; the answer as bytes.
  std::function<grpc::Status(const std::shared_ptr<grpc::Channel>&,
                             grpc::ClientContext*, std::string* answer)>
      attempt;
  std::string name;  // for people

  absl::Mutex mu;
  std::vector<std::string> answers ABSL_GUARDED_BY(mu);
  std::vector<std::string> errors ABSL_GUARDED_BY(mu);
};

// Makes calls three times each on connections that are cut now and then, until
// each attempt has an answer or an error of the daemon's own. Attempts of
// different calls wait together and are begun in random order, several at a
// time. Thread-safe.
class StormAttempts {
 public:
  static constexpr size_t kAttempts = 3;

  StormAttempts(const std::string& address, int connections, int threads,
                uint64_t seed);
  // Finishes all that has been started.
  ~StormAttempts();
  StormAttempts(const StormAttempts&) = delete;
  StormAttempts& operator=(const StormAttempts&) = delete;

  // Starts the call and waits for its first answer, while the other attempts
  // may still be to come; empty when an attempt failed.
  std::string FirstAnswer(const std::shared_ptr<StormCall>& call)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Waits for all attempts: what was not as it has to be, a line each.
  std::vector<std::string> Finish() ABSL_LOCKS_EXCLUDED(mu_);

  // Attempts that had to be made again.
  int retry_count() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  void Attempt(StormCall& call) ABSL_LOCKS_EXCLUDED(mu_);
  std::shared_ptr<grpc::Channel> RandomConnection() ABSL_LOCKS_EXCLUDED(mu_);

  std::vector<std::shared_ptr<grpc::Channel>> connections_;
  absl::Mutex mu_;  // before StormCall::mu
  std::mt19937_64 random_ ABSL_GUARDED_BY(mu_);
  std::vector<std::shared_ptr<StormCall>> waiting_ ABSL_GUARDED_BY(mu_);
  std::vector<std::shared_ptr<StormCall>> calls_ ABSL_GUARDED_BY(mu_);
  int running_ ABSL_GUARDED_BY(mu_) = 0;
  int retries_ ABSL_GUARDED_BY(mu_) = 0;
  bool finishing_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace heapd::e2e

#endif  // HEAPD_TESTS_E2E_STORM_ATTEMPTS_H_
