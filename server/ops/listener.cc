#include "server/ops/listener.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"

namespace heapd::server {
namespace {

// One address on its way through BuildAndStart(), which fills in the port.
struct Binding {
  Address address;
  int selected_port = 0;
};

absl::StatusOr<std::vector<Binding>> ResolveAll(
    const ListenerOptions& options) {
  const Reach reach = options.credentials != nullptr ? Reach::kAnywhere
                                                     : options.plaintext_reach;
  std::vector<Binding> bindings;
  for (const std::string& text : options.addresses) {
    absl::StatusOr<std::vector<Address>> resolved = ResolveAddress(text, reach);
    if (!resolved.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(options.name, ": ", resolved.status().message()));
    }
    for (Address& address : *resolved) {
      bindings.push_back({std::move(address)});
    }
  }
  return bindings;
}

void SetConnectionArguments(const ListenerOptions& options,
                            grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_request_bytes));
  // On by default, and then a second daemon shares the port silently.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             options.max_streams_per_connection);
  // Clients may ping idle connections every second to notice a dead daemon;
  // gRPC's default cuts them off for that.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 900);
  // Who connects and says nothing is not waited for as long as by default (two
  // minutes).
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  // And the daemon notices dead clients, which would keep their streams.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
}

void SetThreads(const ListenerOptions& options, grpc::ServerBuilder& builder) {
  using Option = grpc::ServerBuilder::SyncServerOption;
  builder.SetSyncServerOption(Option::NUM_CQS, 1);
  builder.SetSyncServerOption(Option::MIN_POLLERS, 1);
  builder.SetSyncServerOption(Option::MAX_POLLERS, 2);
  grpc::ResourceQuota quota(options.name);
  // Pollers count too.
  quota.SetMaxThreads(options.max_threads + 2);
  if (options.max_receive_bytes > 0) quota.Resize(options.max_receive_bytes);
  builder.SetResourceQuota(quota);
}

absl::Status Taken(const ListenerOptions& options, const Binding& binding) {
  const absl::Status reason = binding.address.is_unix()
                                  ? absl::OkStatus()
                                  : CheckBindable(binding.address);
  return absl::UnavailableError(absl::StrCat(
      "cannot listen on ", binding.address.ToString(), " (", options.name,
      "): ", reason.ok() ? "the system refused it" : reason.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Start(
    const ListenerOptions& options,
    const std::vector<grpc::Service*>& services) {
  HEAPD_ASSIGN_OR_RETURN(std::vector<Binding> bindings, ResolveAll(options));
  std::unique_ptr<Listener> listener(new Listener());
  grpc::ServerBuilder builder;
  SetConnectionArguments(options, builder);
  SetThreads(options, builder);
  for (Binding& binding : bindings) {
    if (binding.address.is_unix()) {
      HEAPD_ASSIGN_OR_RETURN(UnixSocketClaim claim,
                             UnixSocketClaim::Take(binding.address.unix_path));
      listener->claims_.push_back(std::move(claim));
    }
    const bool encrypted =
        options.credentials != nullptr && !binding.address.is_unix();
    builder.AddListeningPort(
        binding.address.ToString(),
        encrypted ? options.credentials : grpc::InsecureServerCredentials(),
        &binding.selected_port);
  }
  for (grpc::Service* service : services) builder.RegisterService(service);
  listener->server_ = builder.BuildAndStart();
  for (Binding& binding : bindings) {
    if (binding.selected_port == 0) return Taken(options, binding);
    if (!binding.address.is_unix()) {
      binding.address.port = static_cast<uint16_t>(binding.selected_port);
    }
    listener->addresses_.push_back(binding.address.ToString());
  }
  if (listener->server_ == nullptr) {
    return absl::InternalError(
        absl::StrCat(options.name, ": gRPC could not start"));
  }
  for (const UnixSocketClaim& claim : listener->claims_) {
    HEAPD_RETURN_IF_ERROR(claim.SetMode(options.socket_mode));
  }
  return listener;
}

std::shared_ptr<grpc::Channel> Listener::InProcessChannel() {
  // What is in this process already need not be kept out of it.
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  return server_->InProcessChannel(arguments);
}

Listener::~Listener() { Shutdown(absl::ZeroDuration()); }

void Listener::Shutdown(absl::Duration grace) {
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() +
                      absl::ToChronoNanoseconds(grace));
    server_->Wait();
    server_.reset();
  }
  claims_.clear();
}

}  // namespace heapd::server
