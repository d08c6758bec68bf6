#include "client/heapload/load/tally_collector.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "client/heapd/check.h"

namespace heapd::heapload {
namespace {

// The sender counts what it intends and cannot send, the receiver the rest.
template <typename Function>
void ForEachTally(const std::vector<std::unique_ptr<Worker>>& workers, size_t i,
                  Function function) {
  for (const std::unique_ptr<Worker>& worker : workers) {
    for (Recorder* const recorder : {&worker->sent(), &worker->received()}) {
      const CallTally* const tally = recorder->interval(i);
      if (tally != nullptr) function(*tally);
    }
  }
}

void AddPhaseSeconds(const std::vector<PhaseSpan>& spans, RunPhase& phase) {
  for (const PhaseSpan& span : spans) {
    if (span.name == phase.name) {
      phase.seconds += span.end_seconds - span.start_seconds;
    }
  }
}

}  // namespace

TallyCollector::TallyCollector(
    const RecorderShape& shape,
    const std::vector<std::unique_ptr<Worker>>& workers,
    const ErrorClasses& classes)
    : shape_(shape), workers_(workers), classes_(classes) {}

void TallyCollector::CollectIntervals() {
  for (size_t i = intervals_.size(); i < shape_.interval_count && IsOver(i);
       ++i) {
    intervals_.push_back(Merge(i));
    for (const std::unique_ptr<Worker>& worker : workers_) {
      worker->sent().Discard(i);
      worker->received().Discard(i);
    }
  }
}

bool TallyCollector::IsOver(size_t i) const {
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (worker->sender().current_interval() <= i) return false;
  }
  uint64_t intended = 0;
  uint64_t ended = 0;
  // What ended is counted last, so that it is never ahead of the rest.
  ForEachTally(workers_, i, [&](const CallTally& tally) {
    ended += tally.ended();
    intended += tally.intended();
  });
  return ended == intended;
}

RunInterval TallyCollector::Peek(size_t i) const {
  return i < intervals_.size() ? intervals_[i] : Merge(i);
}

RunInterval TallyCollector::Merge(size_t i) const {
  RunInterval interval;
  interval.start_seconds = ToSeconds(static_cast<Nanos>(i) * shape_.interval);
  interval.seconds = ToSeconds(shape_.interval);
  LatencyHistogram latency;
  const std::vector<std::string> names = classes_.Names();
  ForEachTally(workers_, i, [&](const CallTally& tally) {
    tally.AddTo(interval.calls, names);
    latency.Merge(tally.latency());
  });
  interval.latency = latency.Summarize();
  return interval;
}

RunPhase TallyCollector::MergePhase(
    size_t i, const std::vector<std::string>& names) const {
  RunPhase phase;
  LatencyHistogram latency;
  for (const std::unique_ptr<Worker>& worker : workers_) {
    for (Recorder* const recorder : {&worker->sent(), &worker->received()}) {
      recorder->phase(i).AddTo(phase.calls, names);
      latency.Merge(recorder->phase(i).latency());
    }
  }
  phase.latency = latency.Summarize();
  return phase;
}

void TallyCollector::Finish(const Schedule& schedule, double seconds,
                            RunReport& report) {
  CollectIntervals();
  HEAPD_CLIENT_CHECK(intervals_.size() == shape_.interval_count);
  // An interrupted run has no calls in what would have come.
  while (!intervals_.empty() && intervals_.back().start_seconds >= seconds) {
    HEAPD_CLIENT_CHECK(intervals_.back().calls.intended == 0);
    intervals_.pop_back();
  }
  if (!intervals_.empty()) {
    RunInterval& last = intervals_.back();
    last.seconds = std::min(last.seconds, seconds - last.start_seconds);
  }
  report.intervals = std::move(intervals_);
  report.phase_spans = schedule.PhaseSpans(seconds);
  const std::vector<std::string> names = classes_.Names();
  LatencyHistogram latency;
  LatencyHistogram lag;
  for (const std::unique_ptr<Worker>& worker : workers_) {
    lag.Merge(worker->sender().lag());
    for (size_t i = 0; i < shape_.phase_count; ++i) {
      for (Recorder* const recorder : {&worker->sent(), &worker->received()}) {
        recorder->phase(i).AddTo(report.calls, names);
        latency.Merge(recorder->phase(i).latency());
      }
    }
  }
  report.latency = latency.Summarize();
  report.send_lag = lag.Summarize();
  for (size_t i = 0; i < shape_.phase_count; ++i) {
    RunPhase phase = MergePhase(i, names);
    phase.name = schedule.phase_names()[i];
    AddPhaseSeconds(report.phase_spans, phase);
    if (phase.seconds > 0) report.phases.push_back(std::move(phase));
  }
}

}  // namespace heapd::heapload
