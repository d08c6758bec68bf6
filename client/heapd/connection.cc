#include "client/heapd/connection.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/lease_renewer.h"
#include "client/heapd/status_macros.h"
#include "client/heapd/strings.h"
#include "client/heapd/token_interceptor.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace heapd::client {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr absl::Duration kInitialReconnectBackoff = absl::Milliseconds(100);
constexpr absl::Duration kMaxReconnectBackoff = absl::Seconds(2);

absl::Status BadAddress(std::string_view address) {
  return absl::InvalidArgumentError(absl::StrCat(
      "not an address (host:port or unix:/path): '", Absl(address), "'"));
}

std::string RandomRequestIdPrefix() {
  absl::BitGen random;
  return absl::StrCat(
      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16),
      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16), "-");
}

}  // namespace

absl::StatusOr<std::string> ParseAddress(std::string_view address) {
  if (address.starts_with(kUnixPrefix)) {
    if (address.size() == kUnixPrefix.size()) return BadAddress(address);
    return std::string(address);
  }
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return BadAddress(address);
  const std::string_view host = address.substr(0, colon);
  // More colons in a host mean an IPv6 address, which needs brackets.
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  uint32_t port = 0;
  if ((!bracketed && host.find_first_of(":/[]") != std::string_view::npos) ||
      !absl::SimpleAtoi(Absl(address.substr(colon + 1)), &port) || port == 0 ||
      port > 65535) {
    return BadAddress(address);
  }
  return absl::StrCat("dns:///", Absl(address));
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(
    std::string_view address, const Credentials& credentials) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::string target,
                                ParseAddress(address));
  grpc::ChannelArguments arguments;
  std::shared_ptr<grpc::ChannelCredentials> security =
      grpc::InsecureChannelCredentials();
  if (credentials.tls.has_value() && !address.starts_with(kUnixPrefix)) {
    HEAPD_CLIENT_RETURN_IF_ERROR(CheckTls(*credentials.tls));
    security = ToChannelCredentials(*credentials.tls);
    if (!credentials.tls->server_name.empty()) {
      arguments.SetSslTargetNameOverride(credentials.tls->server_name);
    }
  }
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  // A Client is a connection of its own: clients to one address must not queue
  // behind each other's messages.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // http_proxy is for the world outside; a daemon is a neighbour.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // gRPC's own are meant for servers far away, and longer than our retries.
  arguments.SetInt(
      GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
      static_cast<int>(absl::ToInt64Milliseconds(kInitialReconnectBackoff)));
  arguments.SetInt(
      GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
      static_cast<int>(absl::ToInt64Milliseconds(kMaxReconnectBackoff)));
  arguments.SetInt(
      GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
      static_cast<int>(absl::ToInt64Milliseconds(kMaxReconnectBackoff)));
  if (credentials.bearer_token.empty()) {
    return grpc::CreateCustomChannel(target, security, arguments);
  }
  std::vector<
      std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>
      interceptors;
  interceptors.push_back(MakeTokenInterceptorFactory(credentials.bearer_token));
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      target, security, arguments, std::move(interceptors));
}

Connection::Connection(std::shared_ptr<grpc::Channel> channel,
                       ClientOptions options)
    : channel_(std::move(channel)),
      options_(std::move(options)),
      request_id_prefix_(RandomRequestIdPrefix()),
      leases_(std::make_unique<LeaseRenewer>(
          channel_, [this](grpc::ClientContext& context, absl::Time deadline) {
            Prepare(context, deadline);
          })) {}

Connection::~Connection() = default;

std::string Connection::NewRequestId() {
  if (options_.request_ids == RequestIds::kNone) return "";
  // Relaxed: only that no number comes twice matters.
  return absl::StrCat(request_id_prefix_, absl::Hex(next_request_.fetch_add(
                                              1, std::memory_order_relaxed)));
}

Repeat Connection::RepeatWithRequestId() const {
  return options_.request_ids == RequestIds::kGenerate ? Repeat::kSafe
                                                       : Repeat::kUnsafe;
}

void Connection::Prepare(grpc::ClientContext& context,
                         absl::Time deadline) const {
  context.set_deadline(absl::ToChronoTime(deadline));
  if (!options_.bearer_token.empty()) {
    context.AddMetadata("authorization",
                        absl::StrCat("Bearer ", options_.bearer_token));
  }
}

}  // namespace heapd::client
