#ifndef HEAPD_TESTS_E2E_STORM_CLIENT_H_
#define HEAPD_TESTS_E2E_STORM_CLIENT_H_

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/heapd/batch_builder.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "tests/e2e/storm_attempts.h"
#include "tests/e2e/storm_model.h"

namespace heapd::e2e {

struct StormClientOptions {
  std::string heap;
  std::string name;  // unique: it is in payloads, roots and request ids
  uint64_t session = 0;
  uint32_t type = 0;
  uint64_t seed = 0;
  // Without, every attempt is a request of its own.
  bool with_request_ids = true;
};

// A client of a session of its own that changes a graph of its own at random by
// every kind of call that changes something, each made as StormAttempts does,
// and goes on with the first answer. So later attempts of a call come when
// others have changed the same objects. It keeps a model of what has to be
// there. Single-threaded.
class StormClient {
 public:
  // REQUIRES: `attempts` outlives the client.
  StormClient(const StormClientOptions& options, StormAttempts* attempts)
      : options_(options), attempts_(*attempts), random_(options.seed) {}

  // Until that time, or until a call fails or says what the model does not.
  void RunUntil(absl::Time end);

  const StormModel& model() const { return model_; }
  // What the answers said that the model did not.
  const std::vector<std::string>& problems() const { return problems_; }
  int call_count() const { return call_count_; }

 private:
  using Stub = v1::ObjectService::Stub;

  // One call each; does nothing where the graph has nothing for it.
  void AllocateObject();
  void AllocateString();
  void WriteObject();
  void CopyObject();
  void LinkObject();
  void UnlinkObject();
  void AddSlots();
  void HoldObject();
  void ReleaseObject();
  void RootObject();
  void UnrootObject();
  void PushScope();
  void PopScope();
  void Apply();
  void Pipeline();

  template <typename Request>
  Request NewRequest();
  // Makes the call three times; false when it failed.
  template <typename Request, typename Response>
  bool Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                         Response*),
            const Request& request, Response* response);
  // A batch of several objects that refer to each other, one of which a name
  // holds; and what it does to the model.
  struct Family {
    v1::Batch batch;
    std::string child;
    std::string parent;
    std::string root;
    uint64_t former_root;
  };
  Family NewFamily();
  void AddFamily(const Family& family, const v1::BatchResult& result);
  void Expect(bool is_so, const std::string& what);

  uint32_t Random(uint32_t count) {
    return static_cast<uint32_t>(random_() % count);
  }
  // A reachable object; 0 when there is none.
  uint64_t SomeObject();
  // The same, with a slot at least.
  uint64_t SomeObjectWithSlots();
  std::string NewPayload();
  std::string SomeName();
  client::Value SomeValue();

  const StormClientOptions options_;
  StormAttempts& attempts_;
  std::mt19937_64 random_;
  StormModel model_;
  std::vector<std::string> problems_;
  int call_count_ = 0;
  uint64_t serial_ = 0;
};

}  // namespace heapd::e2e

#endif  // HEAPD_TESTS_E2E_STORM_CLIENT_H_
