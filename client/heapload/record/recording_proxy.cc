#include "client/heapload/record/recording_proxy.h"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/connection.h"
#include "client/heapd/remote_heap.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/record/listen_address.h"
#include "client/heapload/record/live_counts.h"
#include "client/heapload/record/stream_relay.h"
#include "client/heapload/record/unary_relay.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/server_builder.h"

namespace heapd::heapload {

// Takes every call of every service.
class RecordingProxy::Service final : public grpc::CallbackGenericService {
 public:
  explicit Service(RelayCore* core) : core_(core) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const MethodTraits traits = TraitsOf(context->method());
    if (traits.unary) return new UnaryRelay(core_, context, traits);
    return StreamRelay::Start(core_, context, traits);
  }

 private:
  RelayCore* const core_;
};

namespace {

// The daemon's own limit is what counts.
constexpr int kMaxMessageBytes = 1 << 30;

void SetConnectionArguments(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(-1);
  // On by default, and then two proxies share the port silently.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Clients may ping as they may ping the daemon.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 900);
}

std::shared_ptr<grpc::Channel> ChannelToDaemon(
    const std::string& target, const client::Credentials& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  // Calls are the clients', who retry themselves.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (!credentials.tls.has_value() || absl::StartsWith(target, "unix:")) {
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(),
                                     arguments);
  }
  if (!credentials.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(credentials.tls->server_name);
  }
  return grpc::CreateCustomChannel(
      target, client::ToChannelCredentials(*credentials.tls), arguments);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordingProxy>> RecordingProxy::Start(
    RecordingProxyOptions options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::string listen,
                                ParseListenAddress(options.listen));
  client::ClientOptions client_options;
  client::UseCredentials(options.credentials, client_options);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      std::unique_ptr<client::Client> client,
      client::Client::Connect(options.address, std::move(client_options)));
  std::unique_ptr<RecordingProxy> proxy(
      new RecordingProxy(std::move(options), std::move(client)));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      proxy->recorder_,
      CallRecorder::Create(proxy->options_.file, proxy->options_.recorder));
  absl::Status status = proxy->NoteHeaps();
  if (status.ok()) status = proxy->Listen(listen);
  if (status.ok()) return proxy;
  unlink(proxy->options_.file.c_str());
  return status;
}

RecordingProxy::RecordingProxy(RecordingProxyOptions options,
                               std::unique_ptr<client::Client> client)
    : options_(std::move(options)), client_(std::move(client)) {}

RecordingProxy::~RecordingProxy() { StopServer(absl::ZeroDuration()); }

absl::Status RecordingProxy::NoteHeaps() {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::vector<v1::Heap> heaps,
                                client_->ListHeaps());
  for (const v1::Heap& heap : heaps) {
    recording::HeapFound found;
    *found.mutable_heap() = heap;
    auto types = client_->Heap(heap.heap()).ListTypes();
    if (!types.ok()) return types.status();
    for (v1::Type& type : *types) *found.add_types() = std::move(type);
    recorder_->FoundHeap(std::move(found));
  }
  return absl::OkStatus();
}

absl::Status RecordingProxy::Listen(const std::string& listen) {
  HEAPD_CLIENT_RETURN_IF_ERROR(ClaimUnixSocket(listen));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::string target,
                                client::ParseAddress(options_.address));
  core_ =
      std::make_unique<RelayCore>(ChannelToDaemon(target, options_.credentials),
                                  recorder_.get(), options_.order);
  service_ = std::make_unique<Service>(core_.get());
  grpc::ServerBuilder builder;
  SetConnectionArguments(builder);
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(service_.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", listen, ": is it in use, or not permitted?"));
  }
  const bool is_unix = absl::StartsWith(listen, "unix:");
  address_ = is_unix
                 ? listen
                 : absl::StrCat(listen.substr(0, listen.rfind(':') + 1), port);
  return CloseToOthers(listen);
}

void RecordingProxy::StopServer(absl::Duration grace) {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() +
                    absl::ToChronoNanoseconds(grace));
  server_->Wait();
  server_.reset();
}

absl::Status RecordingProxy::Stop(absl::Duration grace, Counts counts) {
  StopServer(grace);
  const std::vector<std::string> heaps = recorder_->Drain();
  absl::Status status;
  if (counts == Counts::kCollectAndCount) {
    for (const std::string& heap : heaps) {
      auto counted = CountLiveObjects(*client_, heap);
      if (counted.ok()) {
        counts_.push_back(*std::move(counted));
      } else if (status.ok()) {
        status = std::move(counted).status();
      }
    }
  }
  const absl::Status finished = recorder_->Finish(counts_);
  return finished.ok() ? status : finished;
}

}  // namespace heapd::heapload
