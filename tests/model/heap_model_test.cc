#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/model/model_run.h"

namespace heapd::testing {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

// HEAPD_TEST_SEED runs that seed alone; HEAPD_TEST_SEEDS says how many.
TEST(HeapModelTest, HeapAgreesWithTheModelAfterEveryStep) {
  const uint64_t only = FromEnvironment("HEAPD_TEST_SEED", 0);
  const uint64_t first = only != 0 ? only : 1;
  const uint64_t count =
      only != 0 ? 1 : FromEnvironment("HEAPD_TEST_SEEDS", 2000);
  const uint64_t steps = FromEnvironment("HEAPD_TEST_STEPS", 150);
  for (uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE(absl::StrCat("HEAPD_TEST_SEED=", seed));
    ModelRun run(seed);
    ASSERT_EQ(run.Start(), "") << "at the start";
    for (uint64_t step = 0; step < steps; ++step) {
      const std::string wrong = run.Step();
      ASSERT_EQ(wrong, "") << "at step " << step;
    }
    const std::string wrong = run.Finish();
    ASSERT_EQ(wrong, "") << "at the end";
  }
}

}  // namespace
}  // namespace heapd::testing
