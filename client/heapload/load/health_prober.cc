#include "client/heapload/load/health_prober.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/async_unary_call.h>

#include <algorithm>
#include <utility>

#include "client/heapd/connection.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapload {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using HealthService = grpc::health::v1::Health;

ProbeOutcome OutcomeOf(const grpc::Status& status,
                       const HealthCheckResponse& response) {
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return ProbeOutcome::kTimeout;
  }
  if (!status.ok()) return ProbeOutcome::kFailed;
  return response.status() == HealthCheckResponse::SERVING
             ? ProbeOutcome::kServing
             : ProbeOutcome::kNotServing;
}

}  // namespace

struct HealthProber::Probe {
  Nanos intended = 0;
  grpc::ClientContext context;
  HealthCheckResponse response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<HealthCheckResponse>> reader;
};

absl::StatusOr<std::unique_ptr<HealthProber>> HealthProber::Start(
    HealthProberOptions options, const RunClock& clock) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      auto channel, client::OpenChannel(options.address, options.credentials));
  std::unique_ptr<HealthProber> prober(
      new HealthProber(std::move(options), std::move(channel), clock));
  HealthProber* const raw = prober.get();
  prober->sender_ = std::thread([raw] { raw->SendAll(); });
  prober->receiver_ = std::thread([raw] { raw->ReceiveAll(); });
  return prober;
}

HealthProber::HealthProber(HealthProberOptions options,
                           std::shared_ptr<grpc::Channel> channel,
                           const RunClock& clock)
    : options_(std::move(options)),
      stub_(HealthService::NewStub(std::move(channel))),
      clock_(clock) {}

HealthProber::~HealthProber() { EndThreads(); }

void HealthProber::EndThreads() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (sender_.joinable()) sender_.join();
  if (receiver_.joinable()) receiver_.join();
}

ProbeOutcome HealthProber::Last() const {
  absl::MutexLock lock(&mu_);
  return probes_.empty() ? ProbeOutcome::kServing : probes_.back().outcome;
}

ProbeSeries HealthProber::Stop() {
  EndThreads();
  ProbeSeries series;
  series.name = options_.name;
  series.address = options_.address;
  series.timeout_seconds = ToSeconds(options_.timeout);
  absl::MutexLock lock(&mu_);
  series.probes = std::move(probes_);
  std::sort(series.probes.begin(), series.probes.end(),
            [](const HealthProbe& a, const HealthProbe& b) {
              return a.intended_seconds < b.intended_seconds;
            });
  return series;
}

void HealthProber::SendAll() {
  SleepPrecisely();
  for (Nanos intended = 0; WaitUntil(intended); intended += options_.interval) {
    Send(intended);
  }
  queue_.Shutdown();
}

bool HealthProber::WaitUntil(Nanos time) {
  absl::MutexLock lock(&mu_);
  const Nanos wait = std::max<Nanos>(0, time - clock_.Now());
  return !mu_.AwaitWithTimeout(absl::Condition(&stopping_),
                               absl::Nanoseconds(wait));
}

void HealthProber::Send(Nanos intended) {
  auto* const probe = new Probe;  // ReceiveAll() frees it
  probe->intended = intended;
  probe->context.set_deadline(clock_.ToDeadline(intended + options_.timeout));
  probe->reader =
      stub_->AsyncCheck(&probe->context, HealthCheckRequest(), &queue_);
  probe->reader->Finish(&probe->response, &probe->status, probe);
}

void HealthProber::ReceiveAll() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    const Nanos now = clock_.Now();
    const std::unique_ptr<Probe> probe(static_cast<Probe*>(tag));
    HealthProbe result;
    result.intended_seconds = ToSeconds(probe->intended);
    result.latency_seconds = ToSeconds(now - probe->intended);
    result.outcome = OutcomeOf(probe->status, probe->response);
    absl::MutexLock lock(&mu_);
    probes_.push_back(result);
  }
}

}  // namespace heapd::heapload
