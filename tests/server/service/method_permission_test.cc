#include "server/service/method_permission.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "heapd/v1/collector_service.pb.h"
#include "heapd/v1/heap_service.pb.h"
#include "heapd/v1/object_service.pb.h"
#include "heapd/v1/snapshot_service.pb.h"

namespace heapd::server {
namespace {

using google::protobuf::FileDescriptor;

TEST(MethodPermissionTest, EveryMethodOfTheContractHasARowAndNoOtherHas) {
  std::set<std::string> in_contract;
  for (const FileDescriptor* file :
       {v1::CreateHeapRequest::descriptor()->file(),
        v1::ReadObjectRequest::descriptor()->file(),
        v1::GetStatsRequest::descriptor()->file(),
        v1::GetSnapshotRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* const service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        const auto* const method = service->method(m);
        in_contract.insert(absl::StrCat(service->name(), "/", method->name()));
        // Rows are found by the request.
        EXPECT_EQ(method->input_type()->name(),
                  absl::StrCat(method->name(), "Request"));
        const MethodPermission& row =
            MethodPermissionOf(method->input_type()->name());
        EXPECT_EQ(std::string(row.service), service->name());
        EXPECT_EQ(std::string(row.method), method->name());
      }
    }
  }
  std::set<std::string> in_table;
  for (const MethodPermission& row : MethodPermissions()) {
    EXPECT_FALSE(row.needed.empty()) << row.method;
    EXPECT_TRUE(
        in_table.insert(absl::StrCat(row.service, "/", row.method)).second);
  }
  EXPECT_EQ(in_table, in_contract);
}

TEST(MethodPermissionTest, WhatTouchesSnapshotsOrHeapsIsAudited) {
  for (const MethodPermission& row : MethodPermissions()) {
    const bool grave =
        row.needed.HasAny({Permission::kAdmin, Permission::kDownload}) ||
        row.method == "CreateSnapshot" || row.method == "CancelSnapshot" ||
        row.method == "CompareSnapshots";
    EXPECT_EQ(row.audited, grave) << row.method;
  }
}

TEST(MethodPermissionDeathTest, AMethodThatNobodyDecidedAboutIsNotServed) {
  EXPECT_DEATH(MethodPermissionOf("DropEverythingRequest"), "");
}

}  // namespace
}  // namespace heapd::server
