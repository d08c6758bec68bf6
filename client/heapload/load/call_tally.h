#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_TALLY_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_TALLY_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "client/heapload/load/call_failure.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/load/counter.h"
#include "client/heapload/load/error_classes.h"
#include "client/heapload/load/latency_histogram.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// What became of some calls, as one thread saw it: the sender counts those that
// were intended and those that it could not send, the receiver those that
// ended. Together every intended call is in it once.
//
// One thread counts. Others may read meanwhile; who has seen in IsComplete()
// that all calls ended sees everything.
class CallTally {
 public:
  void CountIntended() { intended_.Add(1); }
  void CountUnsent() {
    unsent_.Add(1);
    ended_.CountLast();
  }
  void CountOk(Nanos latency, uint64_t operations) {
    ok_.Add(1);
    operations_.Add(operations);
    latency_.Record(latency);
    ended_.CountLast();
  }
  // `error_class` is of ErrorClasses.
  void CountError(size_t error_class, Refusal refusal) {
    errors_[error_class].Add(1);
    if (refusal == Refusal::kWithRetryInfo) refused_with_retry_.Add(1);
    if (refusal == Refusal::kWithoutRetryInfo) refused_without_retry_.Add(1);
    ended_.CountLast();
  }
  // One more attempt at a call that has not ended.
  void CountRetry() { retries_.Add(1); }

  uint64_t intended() const { return intended_.get(); }
  uint64_t ended() const { return ended_.GetAll(); }
  const LatencyHistogram& latency() const { return latency_; }

  // Adds this to `counts`; `names` are those of ErrorClasses, asked for after
  // the last call ended, or as far as there are.
  void AddTo(CallCounts& counts, const std::vector<std::string>& names) const;

 private:
  Counter intended_;
  Counter unsent_;
  Counter ok_;
  Counter operations_;
  Counter refused_with_retry_;
  Counter refused_without_retry_;
  Counter retries_;
  Counter ended_;
  std::array<Counter, ErrorClasses::kCount> errors_;
  LatencyHistogram latency_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_TALLY_H_
