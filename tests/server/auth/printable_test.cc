#include "server/auth/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace heapd::server {
namespace {

TEST(PrintableTest, NamesOfPeopleAndServicesAre) {
  for (const char* text : {"a", "alice@example.org", "Jörg Müller", "日本",
                           "spiffe://example.org/ns/a/sa/b", "a b", "\"x\"="}) {
    EXPECT_TRUE(IsPrintableName(text)) << text;
  }
  EXPECT_TRUE(IsPrintableName(std::string(256, 'x')));
}

TEST(PrintableTest, WhatIsNotSeenIsNot) {
  for (const char* text :
       {"", " a", "a ", "a\n", "a\tb", "a\x7f", "\x1b[31m", "a\xc2\x85z",
        "a\xe2\x80\x8bz", "\xe2\x80\xaez", "a\xe2\x81\xa6z", "\xef\xbb\xbfz",
        "\xff", "a\xc3"}) {
    EXPECT_FALSE(IsPrintableName(text)) << text;
  }
  EXPECT_FALSE(IsPrintableName(std::string(257, 'x')));
  EXPECT_FALSE(IsPrintableName(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace heapd::server
