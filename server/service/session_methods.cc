#include "server/service/session_methods.h"

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/service/check.h"
#include "server/service/convert.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kMinTimeToLive = absl::Seconds(1);

absl::StatusOr<absl::Duration> TimeToLive(const v1::OpenSessionRequest& request,
                                          const ServiceCore& core) {
  if (!request.has_time_to_live()) return core.default_time_to_live;
  HEAPD_ASSIGN_OR_RETURN(const absl::Duration time_to_live,
                         FromMessage(request.time_to_live(), "time_to_live"));
  if (time_to_live < kMinTimeToLive || time_to_live > core.max_time_to_live) {
    return InvalidField(
        "time_to_live",
        absl::StrCat("must be from ", absl::FormatDuration(kMinTimeToLive),
                     " to ", absl::FormatDuration(core.max_time_to_live)));
  }
  return time_to_live;
}

absl::StatusOr<Ref> CarryRef(const v1::PopScopeRequest& request) {
  if (request.carry_ref() == 0) return Ref();
  return ToRef(request.carry_ref(), "carry_ref");
}

}  // namespace

absl::Status OpenSessionMethod::Check(const Request& request,
                                      const MethodContext& context) {
  HEAPD_RETURN_IF_ERROR(CheckLabel(request.label()));
  return TimeToLive(request, context.core).status();
}

absl::Status OpenSessionMethod::Run(const Request& request,
                                    const MethodContext& context,
                                    HeapAccess& access, Response* response) {
  HEAPD_ASSIGN_OR_RETURN(const absl::Duration time_to_live,
                         TimeToLive(request, context.core));
  const SessionId session = access.leases.NewId();
  HEAPD_RETURN_IF_ERROR(
      access.heap.OpenSession(session, request.label(), request.tag()));
  access.leases.Add(session, time_to_live, access.now);
  response->set_session(session);
  *response->mutable_time_to_live() = ToMessage(time_to_live);
  return absl::OkStatus();
}

absl::Status RenewSessionMethod::Check(const Request& request,
                                       const MethodContext&) {
  return CheckSession(request.session());
}

absl::Status RenewSessionMethod::Run(const Request& request,
                                     const MethodContext&, HeapAccess& access,
                                     Response* response) {
  // It is renewed already, as by any call; this asks for how long.
  const absl::optional<absl::Duration> time_to_live =
      access.leases.Renew(request.session(), access.now, access.now);
  *response->mutable_time_to_live() =
      ToMessage(time_to_live.value_or(absl::ZeroDuration()));
  return absl::OkStatus();
}

absl::Status CloseSessionMethod::Check(const Request& request,
                                       const MethodContext&) {
  return CheckSession(request.session());
}

absl::Status CloseSessionMethod::Run(const Request& request,
                                     const MethodContext&, HeapAccess& access,
                                     Response*) {
  return access.CloseSession(request.session());
}

absl::Status PushScopeMethod::Check(const Request& request,
                                    const MethodContext&) {
  return CheckSession(request.session());
}

absl::Status PushScopeMethod::Run(const Request& request, const MethodContext&,
                                  HeapAccess& access, Response* response) {
  HEAPD_ASSIGN_OR_RETURN(const uint32_t depth,
                         access.heap.PushScope(request.session()));
  response->set_depth(depth);
  return absl::OkStatus();
}

absl::Status PopScopeMethod::Check(const Request& request,
                                   const MethodContext&) {
  HEAPD_RETURN_IF_ERROR(CheckSession(request.session()));
  return CarryRef(request).status();
}

absl::Status PopScopeMethod::Run(const Request& request, const MethodContext&,
                                 HeapAccess& access, Response* response) {
  HEAPD_ASSIGN_OR_RETURN(const Ref carry, CarryRef(request));
  HEAPD_ASSIGN_OR_RETURN(const uint32_t depth,
                         access.heap.PopScope(request.session(), carry));
  response->set_depth(depth);
  return absl::OkStatus();
}

}  // namespace heapd::server
