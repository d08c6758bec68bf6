#include "server/service/type_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stub = v1::ObjectService::Stub;
using TypeMethodsTest = ServiceFixture;

TEST_F(TypeMethodsTest, TheSameTypeHasTheSameId) {
  EXPECT_EQ(DefineType("Item"), type_);
  EXPECT_NE(DefineType("Other"), type_);
  EXPECT_GT(type_, 1u);
}

TEST_F(TypeMethodsTest, ChecksNamesAndKind) {
  v1::DefineTypeRequest request;
  request.set_heap("shop");
  v1::DefineTypeResponse response;
  EXPECT_THAT(Do(&Stub::DefineType, request, &response), RefusesField("type"));
  request.mutable_type()->set_name("");
  EXPECT_THAT(Do(&Stub::DefineType, request, &response),
              RefusesField("type.name"));
  request.mutable_type()->set_name(std::string(1025, 'n'));
  EXPECT_THAT(Do(&Stub::DefineType, request, &response),
              RefusesField("type.name"));
  request.mutable_type()->set_name("T");
  request.mutable_type()->set_kind(static_cast<v1::TypeKind>(9));
  EXPECT_THAT(Do(&Stub::DefineType, request, &response),
              RefusesField("type.kind"));
  request.mutable_type()->set_kind(v1::TYPE_KIND_STRING);
  request.mutable_type()->add_slot_names("ok");
  request.mutable_type()->add_slot_names(std::string(1025, 's'));
  EXPECT_THAT(Do(&Stub::DefineType, request, &response),
              RefusesField("type.slot_names[1]"));
}

TEST_F(TypeMethodsTest, TextThatIsNotUtf8IsAClearError) {
  v1::DefineTypeRequest request;
  request.set_heap("shop");
  request.mutable_type()->set_name("\xff\xfe");
  v1::DefineTypeResponse response;
  EXPECT_THAT(Do(&Stub::DefineType, request, &response),
              FailsWith(grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD"));
}

TEST_F(TypeMethodsTest, ListsEveryTypePageByPage) {
  v1::DefineTypeRequest define;
  define.set_heap("shop");
  define.mutable_type()->set_name("Text");
  define.mutable_type()->set_kind(v1::TYPE_KIND_STRING);
  define.mutable_type()->add_slot_names("next");
  v1::DefineTypeResponse defined;
  ASSERT_SUCCEEDS(Do(&Stub::DefineType, define, &defined));
  for (int i = 0; i < 5; ++i) DefineType("T" + std::to_string(i));
  v1::ListTypesRequest request;
  request.set_heap("shop");
  request.set_page_size(3);
  std::vector<v1::Type> types;
  do {
    v1::ListTypesResponse response;
    ASSERT_SUCCEEDS(Do(&Stub::ListTypes, request, &response));
    types.insert(types.end(), response.types().begin(), response.types().end());
    request.set_page_token(response.next_page_token());
    ASSERT_LT(types.size(), 100u);
  } while (!request.page_token().empty());
  EXPECT_EQ(types.size(), Stats().type_count());
  for (size_t i = 0; i < types.size(); ++i) EXPECT_EQ(types[i].type(), i + 1);
  const v1::Type& text = types[defined.type() - 1];
  EXPECT_EQ(text.name(), "Text");
  EXPECT_EQ(text.kind(), v1::TYPE_KIND_STRING);
  EXPECT_EQ(text.slot_names(0), "next");
}

}  // namespace
}  // namespace heapd::server
