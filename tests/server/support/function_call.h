#ifndef HEAPD_TESTS_SERVER_SUPPORT_FUNCTION_CALL_H_
#define HEAPD_TESTS_SERVER_SUPPORT_FUNCTION_CALL_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "server/host/heap_call.h"

namespace heapd::server {

// A call made of functions, that can be waited for.
class FunctionCall final : public HeapCall {
 public:
  explicit FunctionCall(std::function<absl::Status(HeapAccess&)> execute,
                        const CallTerms& terms = {})
      : HeapCall(terms), execute_(std::move(execute)) {}

  absl::Status Wait() {
    completed_.WaitForNotification();
    return status_;
  }
  bool completed() const { return completed_.HasBeenNotified(); }
  int executions() const { return executions_; }
  const std::string& replayed() const { return replayed_; }
  void set_cancelled() { cancelled_ = true; }

 private:
  absl::Status Execute(HeapAccess& access) override {
    ++executions_;
    return execute_(access);
  }
  void Complete(const absl::Status& status) override {
    status_ = status;
    completed_.Notify();
  }
  std::string Answer() override { return "answer"; }
  void Replay(const std::string& answer) override { replayed_ = answer; }
  bool IsCancelled() const override { return cancelled_; }

  const std::function<absl::Status(HeapAccess&)> execute_;
  int executions_ = 0;
  bool cancelled_ = false;
  std::string replayed_;
  absl::Status status_;
  absl::Notification completed_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_FUNCTION_CALL_H_
