#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "server/ops/crash_notes.h"

namespace heapd::server {
namespace {

// Capability row 58: a line is whole, or it is not shown.
TEST(CrashNotesRaceTest, LinesAreWholeWhileOthersWriteThem) {
  constexpr int kWrites = 200'000;
  CrashNotesRing notes;
  std::atomic<int> writing{2};
  std::vector<std::thread> writers;
  for (const char letter : {'x', 'y'}) {
    writers.emplace_back([&notes, &writing, line = std::string(250, letter)] {
      for (int i = 0; i < kWrites; ++i) notes.Add(line);
      --writing;
    });
  }
  int torn = 0;
  const auto check = [&torn](const char* text) {
    const std::string line = text;
    torn += line.size() != 251 || line.back() != '\n' ||
            line.find_first_not_of(line[0]) != 250;
  };
  while (writing > 0) notes.ForEach(check);
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(torn, 0);
  int left = 0;
  notes.ForEach([&left](const char*) { ++left; });
  EXPECT_GT(left, 0);
}

}  // namespace
}  // namespace heapd::server
